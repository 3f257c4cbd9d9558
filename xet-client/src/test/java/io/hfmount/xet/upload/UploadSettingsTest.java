package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UploadSettingsTest {
    @Test
    void smallHeap_getsSmallXorbsAndAThirdOfMemory() {
        for (long mebibytes : new long[] {128, 200, 256, 512, 768}) {
            UploadSettings settings = UploadSettings.forHeap(mebibytes << 20);
            assertThat(settings.memoryBytes()).as("%d MiB", mebibytes).isLessThanOrEqualTo((mebibytes << 20) / 3);
            assertThat(settings.maxXorbBytes()).isBetween(4 << 20, 64 << 20);
        }
        assertThat(UploadSettings.forHeap(32 << 20).maxXorbBytes()).isEqualTo(4 << 20);
        assertThat(UploadSettings.forHeap(2L << 30)).isEqualTo(UploadSettings.defaults());
    }

    @Test
    void segments_growWithTheFileUpToAXorb() {
        UploadSettings settings = UploadSettings.defaults();
        assertThat(settings.segmentLimit(0)).isEqualTo(4 << 20);
        assertThat(settings.segmentLimit(16L << 30)).isEqualTo(4 << 20);
        assertThat(settings.segmentLimit(64L << 30)).isEqualTo(16 << 20);
        assertThat(settings.segmentLimit(1L << 40)).isEqualTo(64 << 20);
        assertThat(settings.withShortSegments(false).segmentLimit(0)).isEqualTo(64 << 20);
    }

    @Test
    void values_areChecked() {
        UploadSettings settings = UploadSettings.defaults();
        assertThatThrownBy(() -> settings.withXorbLimits((64 << 20) + 1, 8192))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxXorbBytes");
        assertThatThrownBy(() -> settings.withXorbLimits(64 << 20, 8193)).hasMessageContaining("maxXorbChunks");
        assertThatThrownBy(() -> settings.withMemory(64 << 20, 8 << 20)).hasMessageContaining("memoryBytes");
        assertThatThrownBy(() -> settings.withShardBytes(10)).hasMessageContaining("shardBytes");
        assertThatThrownBy(() -> settings.withDedup(true, -1)).hasMessageContaining("dedupChunks");
    }
}
