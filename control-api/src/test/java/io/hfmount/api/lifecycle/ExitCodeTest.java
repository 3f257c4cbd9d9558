package io.hfmount.api.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.api.HfMountApplication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes: how they end is what an operator's scripts see. */
class ExitCodeTest {
    private static final int LIMIT_SECONDS = 90;

    @TempDir
    Path dir;

    private Process process;

    @AfterEach
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    private Path log() {
        return dir.resolve("log");
    }

    private void start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                HfMountApplication.class.getName(),
                "--hfmount.port=0",
                "--hfmount.data-dir=" + dir.resolve("data"),
                "--hfmount.mount-roots=" + dir,
                "--logging.level.root=INFO"));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
    }

    private int end() throws InterruptedException {
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private void awaitLog(String text) {
        Awaitility.await()
                .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
                .until(() -> Files.readString(log()).contains(text));
    }

    @Test
    void badSetting_endsWith2AndOneLine() throws Exception {
        start("--hfmount.mounts[0].source=hf://buckets/ann/data", "--hfmount.mounts[0].mount-point=relative");
        assertThat(end()).isEqualTo(ExitCode.BAD_OPTION);
        assertThat(Files.readAllLines(log()))
                .containsExactly("hf-mount-sidecar: hfmount.mounts[0]: mountPoint must be an absolute path of a"
                        + " directory other than /");
    }

    @Test
    void sigterm_withNothingLeft_endsWith0() throws Exception {
        start();
        awaitLog("settings: ");
        process.destroy();
        assertThat(end()).isEqualTo(ExitCode.OK);
    }

    @Test
    void sigterm_withUnpublishedData_endsWith3AndNamesIt() throws Exception {
        Path mount = Files.createDirectory(dir.resolve("m"));
        start(
                "--spring.profiles.active=stuck-agent",
                "--hfmount.mounts[0].source=hf://buckets/ann/data",
                "--hfmount.mounts[0].mount-point=" + mount);
        awaitLog(mount + " serves");
        process.destroy();
        assertThat(end()).isEqualTo(ExitCode.UNPUBLISHED);
        assertThat(Files.readString(log())).contains("unpublished").contains(mount + "/stuck.txt");
    }

    private Path startWithHangingMount(String limit) throws IOException {
        Path mount = Files.createDirectory(dir.resolve("m"));
        start(
                "--spring.profiles.active=hanging-agent",
                "--hfmount.mounts[0].source=hf://buckets/ann/data",
                "--hfmount.mounts[0].mount-point=" + mount,
                "--hfmount.mounts[0].options.flushShutdownTimeout=" + limit);
        awaitLog(mount + " serves");
        return mount;
    }

    @Test
    void sigterm_withAMountThatNeverDetaches_endsWith3() throws Exception {
        startWithHangingMount("PT1S");
        process.destroy();
        assertThat(end()).isEqualTo(ExitCode.UNPUBLISHED);
    }

    @Test
    void secondSignal_endsAtOnceWith3() throws Exception {
        startWithHangingMount("PT1H");
        process.destroy();
        awaitLog("a second signal ends at once");
        process.destroy();
        assertThat(end()).isEqualTo(ExitCode.UNPUBLISHED);
        assertThat(Files.readString(log())).contains("second signal: ending at once");
    }
}
