package io.hfmount.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;

class TokenSourceTest {
    private final AtomicReference<Instant> time = new AtomicReference<>(Instant.EPOCH);
    private final Clock clock = new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return time.get();
        }
    };

    @TempDir
    Path dir;

    private TokenSource file(String fallback) {
        return TokenSource.file(dir.resolve("token"), fallback, clock, Schedulers.immediate());
    }

    private void write(String text) throws Exception {
        Files.writeString(dir.resolve("token"), text);
    }

    private void pass(Duration duration) {
        time.updateAndGet(t -> t.plus(duration));
    }

    @Test
    void rotatedFile_isSeenAfterThirtySeconds() throws Exception {
        TokenSource source = file("hf_static");
        write("hf_one\n");
        assertThat(source.token().block()).isEqualTo("hf_one");
        write("hf_two\n");
        pass(Duration.ofSeconds(29));
        assertThat(source.token().block()).isEqualTo("hf_one");
        pass(Duration.ofSeconds(1));
        assertThat(source.token().block()).isEqualTo("hf_two");
    }

    @Test
    void fileThatIsAbsentOrBlank_leavesTheFallback() throws Exception {
        TokenSource source = file("hf_static");
        assertThat(source.token().block()).isEqualTo("hf_static");
        write("  \n");
        pass(Duration.ofSeconds(30));
        assertThat(source.token().block()).isEqualTo("hf_static");
        assertThat(file(null).token().block()).isNull();
    }

    @Test
    void tokenThatCannotBeAHeader_isRefusedWithoutShowingIt() throws Exception {
        write("hf_evil\r\nX-Injected: 1");
        assertThatThrownBy(() -> file(null).token().block())
                .isInstanceOf(HubException.class)
                .hasMessageContaining("no usable token")
                .hasMessageNotContaining("hf_evil");
        assertThatThrownBy(() -> TokenSource.fixed("hf_evil x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hf_evil");
        write("x".repeat(70_000));
        assertThatThrownBy(() -> file(null).token().block()).hasMessageContaining("64 KiB");
    }
}
