package io.hfmount.e2e.exercise;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.Command;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;

/**
 * Random work on one file of a mount beside an array that holds what must be in it, in the manner of the classic file
 * system exerciser fsx. Every read is compared; a difference is reported with the last operations. Not thread-safe.
 */
final class FileExercise implements AutoCloseable {
    private static final int HISTORY = 25;
    private static final int MAX_IO = 96 * 1024;

    private final MountedBucket mount;
    private final String name;
    private final int maxSize;
    private final SplittableRandom random;
    private final Deque<String> history = new ArrayDeque<>();
    private byte[] expected = new byte[0];
    private FileChannel channel;

    /**
     * @param seed gives the whole sequence
     * @param maxSize of the file in bytes
     */
    FileExercise(MountedBucket mount, String name, long seed, int maxSize) throws IOException {
        this.mount = mount;
        this.name = name;
        this.maxSize = maxSize;
        this.random = new SplittableRandom(seed);
        this.channel = open();
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(
                mount.file(name), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** One random operation; about one in {@code boundary} closes, flushes or mounts anew. */
    void step(int boundary) throws IOException {
        if (random.nextInt(boundary) == 0) {
            boundary();
            return;
        }
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5 -> write(position(), length());
            case 6, 7 -> write(expected.length, 1 + random.nextInt(4096));
            case 8, 9, 10, 11, 12 -> read();
            case 13 -> truncate(random.nextInt(expected.length + 1));
            case 14 -> truncate(Math.min(maxSize, expected.length + random.nextInt(MAX_IO)));
            case 15, 16 -> mappedRead();
            case 17, 18 -> mappedWrite();
            default -> punch();
        }
    }

    /** One random change, without closing or flushing. */
    void change() throws IOException {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> write(position(), length());
            case 3 -> write(expected.length, 1 + random.nextInt(4096));
            case 4 -> truncate(random.nextInt(expected.length + 1));
            case 5 -> truncate(Math.min(maxSize, expected.length + random.nextInt(MAX_IO)));
            case 6 -> mappedWrite();
            default -> punch();
        }
    }

    private void boundary() throws IOException {
        switch (random.nextInt(8)) {
            case 0 -> remount();
            case 1, 2, 3 -> {
                note("flush");
                mount.flush();
                assertPublished();
            }
            default -> {
                note("close, open");
                channel.close();
                channel = open();
            }
        }
    }

    /** Mounts anew and reads the whole file. */
    void remount() throws IOException {
        note("remount");
        channel.close();
        mount.remount();
        channel = open();
        assertSame(0, readFully(0, expected.length + 1), "after a remount");
    }

    /** Publishes, and compares what the Hub has. */
    void flushAndCompare() {
        note("flush");
        mount.flush();
        assertPublished();
    }

    private void assertPublished() {
        assertSame(0, mount.published(name), "on the Hub");
    }

    private int position() {
        int limit = Math.min(expected.length + 2 * MAX_IO, maxSize - 1);
        return random.nextInt(4) == 0 ? random.nextInt(limit) : random.nextInt(Math.max(1, expected.length));
    }

    private int length() {
        return 1 + random.nextInt(random.nextInt(3) == 0 ? MAX_IO : 3000);
    }

    private void write(int position, int wanted) throws IOException {
        int length = Math.min(wanted, maxSize - position);
        if (length <= 0) {
            return;
        }
        note("write [" + position + ", " + (position + length) + ")");
        byte[] data = bytes(length);
        ByteBuffer rest = ByteBuffer.wrap(data);
        while (rest.hasRemaining()) {
            channel.write(rest, position + rest.position());
        }
        grow(position + length);
        System.arraycopy(data, 0, expected, position, length);
    }

    private void read() throws IOException {
        int from = random.nextInt(expected.length + 1);
        int length = random.nextInt(MAX_IO);
        note("read [" + from + ", " + (from + length) + ")");
        assertSame(from, readFully(from, length), "read");
    }

    private void truncate(int size) throws IOException {
        note("truncate to " + size + " from " + expected.length);
        if (size <= expected.length) {
            channel.truncate(size);
        } else {
            Command.of(
                            "truncate",
                            "-s",
                            Integer.toString(size),
                            mount.file(name).toString())
                    .runs();
        }
        expected = Arrays.copyOf(expected, size);
    }

    private void mappedRead() throws IOException {
        Span span = span();
        if (span.length() > 0) {
            note("mapped read " + span);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment view = channel.map(MapMode.READ_ONLY, span.from(), span.length(), arena);
                byte[] got = view.toArray(ValueLayout.JAVA_BYTE);
                assertThat(Arrays.mismatch(got, Arrays.copyOfRange(expected, span.from(), span.from() + span.length())))
                        .as(() -> "first wrong byte of the mapped read; " + story())
                        .isEqualTo(-1);
            }
        }
    }

    private void mappedWrite() throws IOException {
        Span span = span();
        if (span.length() > 0) {
            note("mapped write " + span);
            byte[] data = bytes(span.length());
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment view = channel.map(MapMode.READ_WRITE, span.from(), span.length(), arena);
                MemorySegment.copy(data, 0, view, ValueLayout.JAVA_BYTE, 0, data.length);
                view.force();
            }
            System.arraycopy(data, 0, expected, span.from(), data.length);
        }
    }

    private void punch() {
        Span span = span();
        if (span.length() > 0) {
            note("punch " + span);
            Command.of(
                            "fallocate",
                            "--punch-hole",
                            "-o",
                            Integer.toString(span.from()),
                            "-l",
                            Integer.toString(span.length()),
                            mount.file(name).toString())
                    .runs();
            Arrays.fill(expected, span.from(), span.from() + span.length(), (byte) 0);
        }
    }

    private record Span(int from, int length) {
        @Override
        public String toString() {
            return "[" + from + ", " + (from + length) + ")";
        }
    }

    /** A random part of the file, empty when the file is. */
    private Span span() {
        if (expected.length == 0) {
            return new Span(0, 0);
        }
        int from = random.nextInt(expected.length);
        return new Span(from, Math.min(length(), expected.length - from));
    }

    private byte[] bytes(int length) {
        byte[] data = new byte[length];
        random.nextBytes(data);
        return data;
    }

    private void grow(int size) {
        if (size > expected.length) {
            expected = Arrays.copyOf(expected, size);
        }
    }

    /** What is there of {@code [from, from + length)}; the file's end is compared by the length. */
    private byte[] readFully(int from, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        while (target.hasRemaining() && channel.read(target, from + target.position()) >= 0) {
            // go on
        }
        return Arrays.copyOf(target.array(), target.position());
    }

    private void assertSame(int from, byte[] got, String where) {
        int until = where.equals("read") ? Math.min(expected.length, from + got.length) : expected.length;
        byte[] wanted = Arrays.copyOfRange(expected, from, until);
        int wrong = Arrays.mismatch(wanted, got);
        assertThat(wrong < 0 ? -1 : wrong + from)
                .as(() -> "first wrong byte " + where + " of " + expected.length + " bytes, " + got.length
                        + " were read;" + " " + story())
                .isEqualTo(-1);
    }

    private String story() {
        return "the last operations: " + String.join("; ", history);
    }

    private void note(String operation) {
        history.addLast(operation);
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
