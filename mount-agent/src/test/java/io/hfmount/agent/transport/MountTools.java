package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What tests of real mounts need around them: programs, and looks at what the kernel shows. */
public interface MountTools {
    /** Programs that were started; whoever implements this ends them. */
    List<Process> children();

    /** Runs an action until it passes, for what the kernel does in its own time. */
    default void eventually(ThrowingAction action) {
        org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(action::run);
    }

    /** An assertion that may throw. */
    @FunctionalInterface
    interface ThrowingAction {
        void run() throws Exception;
    }

    /** Names in a directory. */
    default List<String> namesIn(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(p -> p.getFileName().toString()).toList();
        }
    }

    /** Text at the start of an open file. */
    default String readAt0(FileChannel channel, int size) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(size);
        channel.read(buffer, 0);
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
    }

    /** How many mounts lie there. */
    default long mountsAt(Path directory) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.filter(line -> line.split(" ")[4].equals(directory.toString()))
                    .count();
        }
    }

    /** Ends the programs and the mount, and checks that nothing of it stays. */
    default void end(@Nullable MountedTransport mount, @Nullable Path mountPoint) throws Exception {
        for (Process child : children()) {
            child.destroyForcibly().waitFor();
        }
        if (mount != null) {
            mount.unmount(true);
            mount.ended().get(20, TimeUnit.SECONDS);
        }
        if (mountPoint != null) {
            long left = mountsAt(mountPoint);
            for (long i = 0; i < left; i++) {
                new ProcessBuilder("umount", "-l", mountPoint.toString())
                        .start()
                        .waitFor();
            }
            assertThat(left).as("mounts left behind").isZero();
        }
    }

    /** Starts a program that is killed after the test at the latest. */
    default Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        children().add(process);
        return process;
    }

    /** Runs a program that must succeed, and tells what it printed. */
    default String run(String... command) throws Exception {
        Process process = start(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
        return output;
    }

    /** Runs a program that must fail, and tells what it printed. */
    default String fails(String... command) throws Exception {
        Process process = start(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isNotZero();
        return output;
    }

    /** Runs {@link MountClient}. */
    default String runClient(String... arguments) throws Exception {
        return run(clientCommand(arguments));
    }

    /** The command that runs {@link MountClient}. */
    default String[] clientCommand(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                MountClient.class.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }
}
