package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ContentSettingsTest {
    private static final ContentSettings DEFAULTS = ContentSettings.DEFAULTS;

    @Test
    void badLimit_isRefusedByName() {
        assertThatThrownBy(() -> DEFAULTS.withMaxFetches(0)).hasMessageContaining("maxFetches");
        assertThatThrownBy(() -> DEFAULTS.withPrefetch(1, 1 << 20, 1 << 20)).hasMessageContaining("prefetchInitial");
        assertThatThrownBy(() -> DEFAULTS.withPrefetch(1 << 20, 1 << 19, 1 << 20))
                .hasMessageContaining("prefetchMax");
        assertThatThrownBy(() -> DEFAULTS.withPrefetch(1 << 20, 1 << 20, 1 << 19))
                .hasMessageContaining("prefetchBlock");
        assertThatThrownBy(() -> DEFAULTS.withReadFetchTimeout(Duration.ofSeconds(-1)))
                .hasMessageContaining("readFetchTimeout");
    }

    @Test
    void smallMemory_isRaised_andItsPartsShrink() {
        ContentSettings small = DEFAULTS.withMaxReadMemory(1);
        assertThat(small.maxReadMemory()).isEqualTo(8L << 20);
        assertThat(small.retainedMemory()).isEqualTo(2L << 20);
        assertThat(small.cacheWriteQueue()).isEqualTo(4L << 20);
    }
}
