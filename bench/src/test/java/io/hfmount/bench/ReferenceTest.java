package io.hfmount.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hfmount.bench.Agent.Mounted;
import io.hfmount.emulator.EmulatorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program itself is not here; scripts behave at its edges as it does. */
@Timeout(60)
class ReferenceTest {
    private static final String HUB = "http://127.0.0.1:1";
    /** Mounts something at the last argument and notes what it was started with. */
    private static final String MOUNTING = """
            for at; do :; done
            mount -t tmpfs none "$at" || exit 1
            printf '%s\\n' "$@" > "$at/arguments"
            printf '%s' "$HF_TOKEN" > "$at/token"
            echo it is mounted
            """;

    @TempDir
    Path directory;

    private Path at;

    @BeforeEach
    void placeToMount() {
        at = directory.resolve("a b\\c"); // escaped in the kernel's list
    }

    @Test
    void command_namesHubCachesBucketAndPlace_andNoToken() {
        List<String> command = command(Map.of());
        assertThat(command)
                .containsExactly(
                        "/bin/ref",
                        "--hub-endpoint",
                        HUB,
                        "--cache-dir",
                        "/caches",
                        "--advanced-writes",
                        "--flush-debounce-ms",
                        "2000",
                        "bucket",
                        "demo/data",
                        "/mnt/at")
                .noneMatch(argument -> argument.contains(EmulatorConfig.DEFAULT_TOKEN));
    }

    @ParameterizedTest
    @CsvSource({"PT0S,0", "PT0.25S,250", "PT2S,2000", "PT1M,60000"})
    void debounce_isGivenInMilliseconds(String debounce, String millis) {
        assertThat(command(Map.of("flushDebounce", debounce))).containsSequence("--flush-debounce-ms", millis);
    }

    @Test
    void noDebounce_isADebounceOfZero() {
        assertThat(command(reference(Path.of("/bin/ref")).noDebounce())).containsSequence("--flush-debounce-ms", "0");
    }

    @Test
    void optionThatItIsNotTold_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> command(Map.of("directIo", true)))
                .withMessageContaining("directIo");
    }

    @Test
    void processThatEndsAtOnce_isAnErrorWithItsLastOutput() throws Exception {
        try (Reference reference = reference(script("echo no such bucket >&2; exit 3"))) {
            assertThatThrownBy(() -> reference.mount("demo/data", at, Map.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the reference ended with 3: no such bucket");
        }
    }

    @Test
    void processThatEndsWellWithoutAMount_isAnErrorToo() throws Exception {
        try (Reference reference = reference(script("echo done"))) {
            assertThatThrownBy(() -> reference.mount("demo/data", at, Map.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the reference ended with 0: done");
        }
    }

    @Test
    @Tag("e2e")
    void mount_waitsUntilItIsThere_andUnmountUntilItIsGone() throws Exception {
        Path binary = mounting("trap 'umount \"$at\"; kill $!; exit 0' TERM; sleep 60 & wait");
        try (Reference reference = reference(binary)) {
            Mounted mount = reference.mount("demo/data", at, Map.of("flushDebounce", "PT0S"));
            assertThat(MountPoints.contains(at.toRealPath())).isTrue();
            assertThat(mount.directory()).isEqualTo(at);
            assertThat(reference.files(mount)).isDirectory();
            assertThatArgumentsOf(reference, mount);
            reference.unmount(mount);
            assertThat(MountPoints.contains(at.toRealPath())).isFalse();
            assertThat(reference.peakMebibytes()).isPositive();
            Mounted again = reference.mount("demo/data", at, Map.of());
            assertThat(reference.files(again)).isEqualTo(reference.files(mount));
        }
        assertThat(MountPoints.contains(at.toRealPath())).as("closing unmounts").isFalse();
    }

    private void assertThatArgumentsOf(Reference reference, Mounted mount) throws IOException {
        Path place = at.toRealPath();
        List<String> expected = Reference.command(
                Path.of("/bin/ref"), HUB, reference.files(mount), "demo/data", place, Map.of("flushDebounce", "PT0S"));
        assertThat(String.join(
                        "\n", Files.readAllLines(awaited(place.resolve("token")).resolveSibling("arguments"))))
                .isEqualTo(String.join("\n", expected.subList(1, expected.size())));
        assertThat(Files.readString(place.resolve("token"))).isEqualTo(EmulatorConfig.DEFAULT_TOKEN);
    }

    /** The script writes a moment after it has mounted. */
    private static Path awaited(Path file) throws IOException {
        while (!Files.exists(file) || Files.size(file) == 0) {
            Thread.onSpinWait();
        }
        return file;
    }

    @Test
    @Tag("e2e")
    void mountThatTheProcessLeaves_isUnmountedForIt() throws Exception {
        try (Reference reference = reference(mounting("trap 'kill $!; exit 0' TERM; sleep 60 & wait"))) {
            Mounted mount = reference.mount("demo/data", at, Map.of());
            reference.unmount(mount);
            assertThat(MountPoints.contains(at.toRealPath())).isFalse();
        }
    }

    @Test
    @Tag("e2e")
    void processThatEndsWhileItIsMounted_isAnError_andItsMountIsGone() throws Exception {
        try (Reference reference = reference(mounting("echo it broke; exit 4"))) {
            Mounted mount = reference.mount("demo/data", at, Map.of());
            assertThatThrownBy(() -> {
                        while (true) {
                            reference.flush(mount);
                            Thread.onSpinWait();
                        }
                    })
                    .hasMessageContaining("the reference ended with 4: it is mounted")
                    .hasMessageContaining("it broke");
            assertThatThrownBy(() -> reference.unmount(mount)).hasMessageContaining("ended with 4");
            assertThat(MountPoints.contains(at.toRealPath())).isFalse();
        }
    }

    private Path mounting(String then) throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "scripts can mount only as root");
        return script(MOUNTING + then);
    }

    private Path script(String text) throws IOException {
        return Files.writeString(
                Files.createFile(
                        directory.resolve("reference.sh"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))),
                "#!/bin/sh\n" + text + "\n");
    }

    private Reference reference(Path binary) {
        return new Reference(binary, directory.resolve("reference"), HUB);
    }

    private static List<String> command(Map<String, Object> options) {
        return Reference.command(
                Path.of("/bin/ref"), HUB, Path.of("/caches"), "demo/data", Path.of("/mnt/at"), options);
    }
}
