package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.MemoryFileSystem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/** What tests run in a process of its own: applications that map files, and a server that is killed. */
public final class MountClient {
    private static final long PAGE = 4096;

    private MountClient() {}

    /** First the command, then its arguments. */
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "mapped-checksum" -> {
                try (FileChannel channel = FileChannel.open(Path.of(args[1]))) {
                    MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
                    byte[] content = new byte[map.remaining()];
                    map.get(content);
                    System.out.println(Arrays.hashCode(content));
                }
            }
            case "mapped-fill" -> {
                try (FileChannel channel =
                        FileChannel.open(Path.of(args[1]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    MappedByteBuffer map = channel.map(
                            FileChannel.MapMode.READ_WRITE, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
                    while (map.hasRemaining()) {
                        map.put(Byte.parseByte(args[4]));
                    }
                    map.force();
                }
            }
            case "mapped-store" ->
                store(Path.of(args[1]), Long.parseLong(args[2]), Long.parseLong(args[3]), args[4].equals("msync"));
            case "mapped-tail" -> storeBehindTheEnd(Path.of(args[1]));
            case "serve" -> {
                Transport transport =
                        (Transport) Class.forName(args[1]).getConstructor().newInstance();
                transport.mount(
                        new MemoryFileSystem(), new TransportOptions(Path.of(args[2]), "killed", false, false, 64));
                System.out.println("serving");
                new CountDownLatch(1).await();
            }
            case "round-trip" -> roundTrip(args[1], Path.of(args[2]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /** Stores Zs through a shared mapping, which is unmapped before the file is closed. */
    private static void store(Path file, long from, long length, boolean msync) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment map = channel.map(FileChannel.MapMode.READ_WRITE, from, length, arena);
            map.fill((byte) 'Z');
            if (msync) {
                map.force();
            }
        }
    }

    /** Stores an L as the last byte of the file, and behind it, as far as the page goes. */
    private static void storeBehindTheEnd(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            long size = channel.size();
            long page = size & -PAGE;
            MemorySegment map = channel.map(FileChannel.MapMode.READ_WRITE, page, size - page, arena);
            MemorySegment whole = MemorySegment.ofAddress(map.address()).reinterpret(PAGE); // as the kernel mapped it
            whole.asSlice(size - page).fill((byte) 'X');
            whole.set(ValueLayout.JAVA_BYTE, size - page - 1, (byte) 'L');
        }
    }

    /** Mounts for this user alone, works in the mount, meets a busy unmount, and ends cleanly. */
    private static void roundTrip(String transportClass, Path mountPoint) throws Exception {
        Transport transport =
                (Transport) Class.forName(transportClass).getConstructor().newInstance();
        if (!transport.unusableBecause().isEmpty()) {
            throw new IllegalStateException(transport.unusableBecause());
        }
        MountedTransport mount = transport.mount(
                new MemoryFileSystem(), new TransportOptions(mountPoint, "round,trip", false, true, 64));
        System.out.println(mount.describe());
        Path file = Files.writeString(mountPoint.resolve("file"), "content");
        if (!Files.readString(file).equals("content")) {
            throw new IllegalStateException("read something else");
        }
        if (Files.readString(Path.of("/proc/self/mounts")).lines().noneMatch(l -> l.startsWith("round,trip "))) {
            throw new IllegalStateException("the source is not shown");
        }
        try (FileChannel open = FileChannel.open(file)) {
            try {
                mount.unmount(false);
                throw new IllegalStateException("unmounted although " + open + " is open");
            } catch (IOException e) {
                if (!e.getMessage().contains("busy")) {
                    throw e;
                }
                System.out.println("busy as expected");
            }
        }
        mount.unmount(false);
        if (!mount.ended().isDone() || Files.exists(file)) {
            throw new IllegalStateException("still mounted");
        }
        System.out.println("round trip done");
    }
}
