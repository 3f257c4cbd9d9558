package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.vfs.MemoryFileSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/**
 * Measures the whole transport over the file system in memory: a program to run by hand, not a test. One argument, an
 * empty directory. The client runs in a process of its own when two arguments {@code client DIR} are given.
 */
public final class FuseMeasurement {
    private static final int MIB = 1 << 20;
    private static final int FILE_MIB = 128;

    private FuseMeasurement() {}

    /** Serves and starts the client, or is the client. */
    public static void main(String[] args) throws Exception {
        if (args[0].equals("client")) {
            client(Path.of(args[1]).resolve("file"));
            return;
        }
        Path directory = Path.of(args[0]).toAbsolutePath();
        MountedTransport mount = new FuseTransport()
                .mount(new MemoryFileSystem(), new TransportOptions(directory, "measurement", false, true, 64));
        try {
            System.out.println(mount.describe());
            new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            FuseMeasurement.class.getName(),
                            "client",
                            directory.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        } finally {
            mount.unmount(true);
        }
    }

    private static void client(Path file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(MIB + 4096).alignedSlice(4096);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int pass = 0; pass < 4; pass++) {
                long start = System.nanoTime();
                for (int i = 0; i < FILE_MIB; i++) {
                    channel.write(block.clear().limit(MIB), (long) i * MIB);
                }
                report("sequential write, 1 MiB calls", pass, start);
            }
        }
        try (FileChannel direct = FileChannel.open(file, StandardOpenOption.READ, direct())) {
            for (int pass = 0; pass < 3; pass++) {
                long start = System.nanoTime();
                for (int i = 0; i < FILE_MIB; i++) {
                    direct.read(block.clear().limit(MIB), (long) i * MIB);
                }
                report("O_DIRECT read, 1 MiB calls", pass, start);
            }
            Random random = new Random(1);
            long[] nanos = new long[20_000];
            for (int pass = 0; pass < 4; pass++) {
                for (int i = 0; i < nanos.length; i++) {
                    long offset = (long) random.nextInt(FILE_MIB * 256) * 4096;
                    long start = System.nanoTime();
                    direct.read(block.clear().limit(4096), offset);
                    nanos[i] = System.nanoTime() - start;
                }
                Arrays.sort(nanos);
                System.out.printf(
                        "4 KiB O_DIRECT read, pass %d: p50 %.1f us, p99 %.1f us%n",
                        pass, nanos[nanos.length / 2] / 1e3, nanos[nanos.length / 100 * 99] / 1e3);
            }
        }
        Files.delete(file);
    }

    /** O_DIRECT has no name in the standard library. */
    private static OpenOption direct() {
        try {
            return (OpenOption) Class.forName("com.sun.nio.file.ExtendedOpenOption")
                    .getField("DIRECT")
                    .get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void report(String what, int pass, long start) {
        System.out.printf("%s, pass %d: %.0f MiB/s%n", what, pass, FILE_MIB / ((System.nanoTime() - start) / 1e9));
    }
}
