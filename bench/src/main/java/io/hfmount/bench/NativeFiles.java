package io.hfmount.bench;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** File work that is timed alike in a mount and outside of it. Stateless. */
final class NativeFiles {
    private static final int PIECE = 1 << 20;

    private NativeFiles() {}

    /** Fills {@code memory}, a multiple of 8 bytes, with what nobody has seen before. */
    static void randomize(MemorySegment memory, RandomGenerator random) {
        for (long at = 0; at < memory.byteSize(); at += Long.BYTES) {
            memory.set(java.lang.foreign.ValueLayout.JAVA_LONG, at, random.nextLong());
        }
    }

    /** Creates {@code file}, writes {@code content} in pieces of 1 MiB and closes it. */
    static void write(Path file, MemorySegment content) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < content.byteSize(); at += PIECE) {
                ByteBuffer piece = content.asSlice(at, Math.min(PIECE, content.byteSize() - at))
                        .asByteBuffer();
                while (piece.hasRemaining()) {
                    out.write(piece);
                }
            }
        }
    }

    /** Creates {@code file} with {@code size} random bytes, the same for the same seed. */
    static void writeRandom(Path file, long size, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        try (Arena arena = Arena.ofConfined();
                FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            MemorySegment piece = arena.allocate(PIECE, Long.BYTES);
            for (long at = 0; at < size; at += PIECE) {
                randomize(piece, random);
                ByteBuffer rest = piece.asSlice(0, Math.min(PIECE, size - at)).asByteBuffer();
                while (rest.hasRemaining()) {
                    out.write(rest);
                }
            }
        }
    }

    /**
     * Reads {@code file} from begin to end in pieces of 1 MiB.
     *
     * @throws IOException also when its content is not {@code expected}
     */
    static void readAll(Path file, MemorySegment expected) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        long at = 0;
        try (FileChannel in = FileChannel.open(file)) {
            for (int count = in.read(piece.clear()); count >= 0; count = in.read(piece.clear())) {
                compare(file, at, piece.flip(), expected);
                at += count;
            }
        }
        if (at != expected.byteSize()) {
            throw new EOFException(file + " has " + at + " bytes instead of " + expected.byteSize());
        }
    }

    /** Reads 4 KiB at each of {@code positions}, and compares them with {@code expected}. */
    static void readAt(Path file, List<Long> positions, MemorySegment expected) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(Sizes.SMALL_FILE);
        try (FileChannel in = FileChannel.open(file)) {
            for (long position : positions) {
                piece.clear();
                while (piece.hasRemaining()) {
                    if (in.read(piece, position + piece.position()) < 0) {
                        throw new EOFException(file + " ends before " + position);
                    }
                }
                compare(file, position, piece.flip(), expected);
            }
        }
    }

    /** Creates a file of 4 KiB for each number below {@code count}. */
    static void writeSmall(Path directory, int count, MemorySegment content) throws IOException {
        Files.createDirectory(directory);
        for (int i = 0; i < count; i++) {
            write(directory.resolve("f" + i), content.asSlice((long) i * Sizes.SMALL_FILE, Sizes.SMALL_FILE));
        }
    }

    /** Asks for the attributes of every file. */
    static void stat(List<Path> files) throws IOException {
        for (Path file : files) {
            if (!Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                    .isRegularFile()) {
                throw new IOException(file + " is not a file");
            }
        }
    }

    /** Reads the names of a directory and asks for the attributes of each. */
    static void list(Path directory, int expected) throws IOException {
        int found = 0;
        try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
            for (Path file : names) {
                Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                found++;
            }
        }
        if (found != expected) {
            throw new IOException(directory + " shows " + found + " files instead of " + expected);
        }
    }

    private static void compare(Path file, long at, ByteBuffer piece, MemorySegment expected) throws IOException {
        MemorySegment got = MemorySegment.ofBuffer(piece);
        if (at + got.byteSize() > expected.byteSize() || got.mismatch(expected.asSlice(at, got.byteSize())) >= 0) {
            throw new IOException(file + " has other content than was written, near byte " + at);
        }
    }
}
