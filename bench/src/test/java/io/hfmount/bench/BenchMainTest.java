package io.hfmount.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(120)
class BenchMainTest {
    private static final List<String> FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx256m");

    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void badOption_exitsWith2AndSaysWhy() {
        assertThat(run("nonsense")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("bench: nonsense: no such row; the rows are seq-write");
        assertThat(out.size()).isZero();
    }

    @Test
    void missingReference_exitsWith2AndOneLine() {
        String missing = directory.resolve("hf-mount-fuse").toString();
        assertThat(run("seq-write", "--reference", missing)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("bench: --reference: " + missing + " is no executable file");
        assertThat(out.size()).isZero();
        assertThat(directory.resolve("work")).doesNotExist();
    }

    @Test
    void processThatCannotStart_exitsWith1AndSaysWhy() {
        JavaCommand broken = new JavaCommand(directory.resolve("no-java"), List.of(), "");
        assertThat(BenchMain.run(arguments("seq-write"), broken, print(out), print(err)))
                .isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no-java");
        assertThat(directory.resolve("work")).isEmptyDirectory();
    }

    @Test
    @Tag("e2e")
    void quickRun_measuresEveryRowWithMounts() throws Exception {
        Path json = directory.resolve("results.json");
        assertThat(run("--json", json.toString())).as("%s", err).isZero();
        List<JsonNode> rows = Files.readAllLines(json).stream()
                .map(JsonMapper.shared()::readTree)
                .toList();
        assertThat(rows)
                .extracting(row -> row.get("row").stringValue())
                .containsExactlyElementsOf(Row.mounts().stream().map(Row::label).toList());
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.get("value").doubleValue()).isPositive());
        assertThat(directory.resolve("work")).as("nothing is left behind").isEmptyDirectory();
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            assertThat(mounts).noneMatch(line -> line.contains(directory.toString()));
        }
    }

    @Test
    @Tag("e2e")
    void roundTrips_areMeasuredThroughBothEngines() throws Exception {
        Path json = directory.resolve("results.json");
        assertThat(run("roundtrip-4k", "roundtrip-4k-jnr", "--json", json.toString()))
                .as("%s", err)
                .isZero();
        assertThat(Files.readAllLines(json).stream().map(JsonMapper.shared()::readTree))
                .hasSize(2)
                .allSatisfy(row -> {
                    assertThat(row.get("value").doubleValue()).isBetween(1.0, 1e6);
                    assertThat(row.get("limit").doubleValue()).isEqualTo(9);
                    assertThat(row.get("unit").stringValue()).isEqualTo("µs");
                });
        assertThat(directory.resolve("work")).as("nothing is left behind").isEmptyDirectory();
    }

    private int run(String... arguments) {
        JavaCommand java = new JavaCommand(
                Path.of(System.getProperty("java.home"), "bin", "java"), FLAGS, System.getProperty("java.class.path"));
        return BenchMain.run(arguments(arguments), java, print(out), print(err));
    }

    private List<String> arguments(String... more) {
        return Stream.concat(
                        Stream.of(
                                "--quick",
                                "--runs",
                                "1",
                                "--dir",
                                directory.resolve("work").toString()),
                        Stream.of(more))
                .toList();
    }

    private static PrintStream print(ByteArrayOutputStream target) {
        return new PrintStream(target, true, StandardCharsets.UTF_8);
    }
}
