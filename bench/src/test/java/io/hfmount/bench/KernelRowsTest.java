package io.hfmount.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class KernelRowsTest {
    private static final Set<Row> HOT = EnumSet.of(Row.BLAKE3_64K_HOT);

    @TempDir
    Path directory;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void timeOfTheCall_isNoPartOfTheRate() {
        assertThat(new OfficialBlake3.Block(10_500, 500).rate()).isCloseTo(6553.6, within(1e-9));
    }

    @Test
    void packageForPython_hashesAsWeDo() throws Exception {
        try (OfficialBlake3 official = OfficialBlake3.start(withPackage(), directory)) {
            for (boolean hot : List.of(true, false)) {
                OfficialBlake3.Block block = official.measure(hot, 0.01);
                assertThat(block.call()).isPositive().isLessThan(block.nanos());
            }
        }
    }

    @Test
    @Tag("e2e")
    void blake3_hasTheProjectsOwnCodeAsLimitOfEachRun() throws Exception {
        Path python = withPackage();
        Set<Row> rows = EnumSet.of(Row.BLAKE3_64K, Row.BLAKE3_64K_HOT);
        List<Measurement> results = measure(rows, 3, python);
        assertThat(results).extracting(Measurement::row).containsExactlyElementsOf(rows);
        assertThat(results).allSatisfy(result -> {
            assertThat(result.runs()).hasSize(3).allMatch(rate -> rate > 0);
            assertThat(result.limits()).hasSize(3).allMatch(rate -> rate > 0);
            assertThat(result.limitIs()).matches("the BLAKE3 project's own code \\(Python package blake3 [0-9.]+\\)");
        });
        assertThat(err.size()).isZero();
        assertThat(directory.resolve("work")).as("nothing is left behind").isEmptyDirectory();
    }

    @Test
    @Tag("e2e")
    void pythonWithoutThePackage_leavesTheLimitOut_andSaysWhy() throws Exception {
        // without the directory of packages
        Path python = wrapper("exec %s -S \"$@\"".formatted(System.getenv().getOrDefault("HFMOUNT_PYTHON", "python3")));
        assertThat(measure(HOT, 1, python)).singleElement().satisfies(result -> {
            assertThat(result.limit()).isNull();
            assertThat(result.value()).isPositive();
        });
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .startsWith("bench: blake3-64k and blake3-64k-hot have no limit")
                .endsWith("ModuleNotFoundError: No module named 'blake3'");
    }

    @Test
    @Tag("e2e")
    void noPython_leavesTheLimitOut_andSaysWhy() throws Exception {
        assertThat(measure(HOT, 1, null))
                .singleElement()
                .satisfies(result -> assertThat(result.limit()).isNull());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no Python in build/venv");
    }

    @Test
    @Tag("e2e")
    void pythonThatFailsLater_isNamedInTheError() throws Exception {
        Path once = directory.resolve("once");
        Path python = wrapper("mkdir '%s' && exec '%s' \"$@\"".formatted(once, withPackage()));
        assertThatIllegalStateException()
                .isThrownBy(() -> measure(HOT, 1, python))
                .withMessageContaining(
                        "the kernel blake3Hot cannot be measured: the Python package blake3 ended with 1");
    }

    @Test
    void packageWithOtherHashes_isNoLimit() throws Exception {
        Path modules = Files.createDirectory(directory.resolve("modules"));
        Files.writeString(modules.resolve("blake3.py"), """
                import hashlib


                __version__ = "0"


                def blake3(data, key):
                    return hashlib.blake2s(data, key=key)
                """);
        Path python = wrapper("PYTHONPATH=%s exec python3 \"$@\"".formatted(modules));
        assertThatIllegalStateException()
                .isThrownBy(() -> measure(HOT, 1, python))
                .withMessageContaining("another hash for the same bytes");
        assertThat(directory.resolve("work")).as("nothing is left behind").isEmptyDirectory();
    }

    private List<Measurement> measure(Set<Row> rows, int runs, @Nullable Path python) throws Exception {
        PrintStream to = new PrintStream(err, true, StandardCharsets.UTF_8);
        return KernelRows.measure(rows, runs, true, directory.resolve("work"), python, to);
    }

    private Path wrapper(String command) throws Exception {
        Path script = Files.writeString(directory.resolve("python"), "#!/bin/sh\n" + command + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    /** The interpreter of build/venv. Not every platform has the package ready-made. */
    private static Path withPackage() throws Exception {
        String python = System.getenv("HFMOUNT_PYTHON");
        assumeTrue(python != null, "HFMOUNT_PYTHON names no Python, as ./test does");
        Process process = new ProcessBuilder(python, "-c", "import blake3")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assumeTrue(process.waitFor() == 0, "the package blake3 is not in " + python);
        return Path.of(python);
    }
}
