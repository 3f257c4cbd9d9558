package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.transport.MountClient;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The way in without privileges: a process of another user mounts through the setuid program. It runs in a mount
 * namespace of its own, with a device node that everybody may open, so that the machine stays as it is.
 */
final class FusermountTest {
    private static final String SCRIPT = """
            set -e
            mount -t tmpfs -o mode=0755,dev none "$1/dev"
            mknod -m 666 "$1/dev/fuse" c 10 229
            mount --bind "$1/dev/fuse" /dev/fuse
            shift
            exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
            """;

    @TempDir
    Path temp;

    @Test
    @Timeout(60)
    void unprivilegedUser_mountsThroughFusermount_usesAndUnmounts() throws Exception {
        Assumptions.assumeTrue(LibC.effectiveUserId() == 0, "needs root to become another user");
        Assumptions.assumeTrue(new FuseTransport().unusableBecause().isEmpty(), "no device");
        Assumptions.assumeTrue(FusermountMounter.isInstalled(), "no fusermount3");
        openToEverybody(temp);
        Path mountPoint = Files.createDirectory(temp.resolve("mnt"));
        Files.createDirectory(temp.resolve("dev"));
        Files.setAttribute(mountPoint, "unix:uid", 65534);

        List<String> command = new ArrayList<>(
                List.of("unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh", temp.toString()));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx128m",
                "-cp",
                readableClassPath(),
                MountClient.class.getName(),
                "round-trip",
                FuseTransport.class.getName(),
                mountPoint.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("mountedBy=fusermount3")
                .contains("busy as expected")
                .contains("round trip done");
    }

    /** Copies what the child needs to where another user may read it. */
    private String readableClassPath() throws IOException {
        List<String> copies = new ArrayList<>();
        int index = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path source = Path.of(entry);
            String name = source.getFileName().toString();
            boolean needed = Files.isDirectory(source) || name.startsWith("slf4j") || name.startsWith("logback");
            if (needed && Files.exists(source)) {
                Path target = temp.resolve("classes-" + index++ + "-" + name);
                copyTree(source, target);
                copies.add(target.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copyTree(Path source, Path target) throws IOException {
        try (Stream<Path> tree = Files.walk(source)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                Path copy = target.resolve(source.relativize(path).toString());
                Files.copy(path, copy);
                openToEverybody(copy);
            }
        }
    }

    private static void openToEverybody(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
