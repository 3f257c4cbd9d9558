package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.api.HfMountApplication;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive of classes that {@code ./run} makes for faster starts ({@code scripts/class-archive.sh}). */
@Timeout(180)
class ClassArchiveTest {
    /** A start that is over soon: with a setting that cannot be used. */
    private static final String REFUSED = "hf-mount-sidecar: ";

    @TempDir
    static Path made;

    @TempDir
    Path dir;

    @BeforeAll
    static void make() throws Exception {
        Started first = start(made, "");
        assertThat(first.output()).contains("preparing faster starts", REFUSED).doesNotContain("failed");
    }

    @BeforeEach
    void copy() throws IOException {
        for (String name : List.of("classes.jsa", "classes.jsa.key")) {
            Files.copy(made.resolve(name), dir.resolve(name));
        }
    }

    private record Started(int code, String output) {}

    /** Starts the sidecar like {@code ./run}, with an archive in {@code directory} and more flags for the JVM. */
    private static Started start(Path directory, String flags) throws IOException, InterruptedException {
        String script = """
                set -euo pipefail
                NAME=run
                . "$ROOT/scripts/common.sh"
                . "$ROOT/scripts/class-archive.sh"
                ARCHIVE=%s/classes.jsa
                use_archive
                exec "$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}" %s -cp "$SIDECAR_CLASSES" %s --hfmount.port=none
                """.formatted(directory, flags, HfMountApplication.class.getName());
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true);
        builder.environment().put("ROOT", Path.of("..").toRealPath().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        return new Started(process.waitFor(), output);
    }

    @Test
    void classesComeFromTheArchive() throws Exception {
        Path classes = dir.resolve("classes");
        Started started = start(dir, "-Xlog:class+load:file=" + classes);
        assertQuiet(started);
        assertThat(Files.readAllLines(classes))
                .filteredOn(line -> line.contains(" " + HfMountApplication.class.getName() + " "))
                .singleElement()
                .asString()
                .contains("shared objects file (top)");
    }

    @Test
    void training_leavesTheArchiveOnly() throws Exception {
        try (Stream<Path> files = Files.list(made)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("classes.jsa", "classes.jsa.key", "classes.jsa.lock", "log");
        }
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(made.toString());
    }

    @Test
    void trainingSawPublications_andNothingFail() throws Exception {
        assertThat(Files.readString(made.resolve("log")))
                .contains("path=\"file\" route=FULL result=PUBLISHED", "path=\"directory/name\"", "HTTP/1.1 201")
                .doesNotContain(" ERROR [", "cannot", "No such");
    }

    @Test
    void damagedArchive_isDoneWithout_andNobodyIsTold() throws Exception {
        try (RandomAccessFile archive =
                new RandomAccessFile(dir.resolve("classes.jsa").toFile(), "rw")) {
            archive.setLength(archive.length() / 2);
        }
        assertQuiet(start(dir, ""));
    }

    @Test
    void archiveThatFitsNoLonger_isDoneWithout_andNobodyIsTold() throws Exception {
        assertQuiet(start(dir, "-XX:-UseCompactObjectHeaders"));
        assertQuiet(start(dir, "-XX:-UseG1GC -XX:+UseZGC"));
    }

    private static void assertQuiet(Started started) {
        assertThat(started.code()).as(started.output()).isEqualTo(2);
        assertThat(started.output())
                .contains(REFUSED)
                .doesNotContainIgnoringCase("archive")
                .doesNotContain("[cds", "[aot");
    }
}
