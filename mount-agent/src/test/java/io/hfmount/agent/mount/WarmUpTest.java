package io.hfmount.agent.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WarmUpTest {
    @TempDir
    Path directory;

    @Test
    void everyRound_isServedAndPublished_andNothingStaysStaged() throws Exception {
        WarmUp.run(directory, 3);
        try (Stream<Path> walk = Files.walk(directory)) {
            assertThat(walk.filter(Files::isRegularFile).map(Path::getFileName).map(Path::toString))
                    .containsExactly("LOCK");
        }
    }

    @Test
    void inTheBackground_itRemovesWhatItMade() throws Exception {
        List<Path> before = leftovers();
        Thread thread = WarmUp.start();
        assertThat(thread.isDaemon()).isTrue();
        assertThat(thread.join(Duration.ofSeconds(50))).isTrue();
        assertThat(leftovers()).isEqualTo(before);
    }

    private static List<Path> leftovers() throws IOException {
        try (Stream<Path> list = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return list.filter(path -> path.getFileName().toString().startsWith("hf-mount-warm-up-"))
                    .sorted()
                    .toList();
        }
    }
}
