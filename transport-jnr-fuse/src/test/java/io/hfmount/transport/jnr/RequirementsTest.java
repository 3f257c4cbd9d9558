package io.hfmount.transport.jnr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.transport.fuse.KernelMount;
import io.hfmount.agent.vfs.MemoryFileSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each thing that may be missing is named with its remedy, before anything is mounted. */
final class RequirementsTest {
    @TempDir
    Path temp;

    @Test
    void missingLibrary_isAnsweredWithThePackageToInstall() {
        Assumptions.assumeTrue(KernelMount.deviceProblem().isEmpty(), "no device");
        JnrFuseTransport transport = new JnrFuseTransport("libfuse-absent.so.2");

        assertThat(transport.unusableBecause()).contains("libfuse-absent.so.2", "install the package libfuse2");
        assertThatThrownBy(() ->
                        transport.mount(new MemoryFileSystem(), new TransportOptions(temp, "source", false, true, 64)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("libfuse2");
    }

    @Test
    void jvmThatGivesItsSignalsAway_isRefused() {
        assertThat(Requirements.jvmProblem(List.of("-Xmx1g", "-Xrs"), StandardCharsets.UTF_8))
                .contains("-Xrs", "SIGTERM");
        assertThat(Requirements.jvmProblem(List.of("-XX:+ReduceSignalUsage"), StandardCharsets.UTF_8))
                .contains("-Xrs");
        assertThat(Requirements.jvmProblem(List.of("-Xmx1g"), StandardCharsets.UTF_8))
                .isEmpty();
    }

    @Test
    void jvmThatManglesNames_isRefused() {
        assertThat(Requirements.jvmProblem(List.of(), StandardCharsets.ISO_8859_1))
                .contains("-Dfile.encoding=UTF-8");
    }

    @Test
    @Timeout(60)
    void realJvmWithReducedSignals_isRefused() throws Exception {
        assumeUsable();
        assertThat(problemSeenBy("-Xrs")).contains("without it");
    }

    @Test
    @Timeout(60)
    void placeWhereNothingCanBeUnpacked_isNamedWithItsSettings() throws Exception {
        assumeUsable();
        assertThat(problemSeenBy("-Djffi.extract.dir=/proc/absent"))
                .contains("/proc/absent", "-Djffi.extract.dir=DIR", "-Djffi.boot.library.path");
        assertThat(problemSeenBy("-Djffi.extract.dir=" + temp)).isEqualTo("nothing");
    }

    private static void assumeUsable() {
        String problem = new JnrFuseTransport().unusableBecause();
        Assumptions.assumeTrue(problem.isEmpty(), problem);
    }

    /** A program that says what is missing. */
    public static final class Probe {
        private Probe() {}

        /** No arguments. */
        public static void main(String[] args) {
            String problem = new JnrFuseTransport().unusableBecause();
            System.out.println(problem.isEmpty() ? "nothing" : problem);
        }
    }

    private static String problemSeenBy(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
