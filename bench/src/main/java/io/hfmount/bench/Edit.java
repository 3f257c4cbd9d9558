package io.hfmount.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** Changes of a large file as programs make them. The same seed gives the same change, so that a copy can follow. */
enum Edit {
    /** One byte at the end. */
    APPEND {
        @Override
        void apply(Path file, long seed) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                writeAt(channel, channel.size(), bytes(new SplittableRandom(seed), 1));
            }
        }
    },
    /** Twenty times 4 KiB in random places. */
    EDITS {
        @Override
        void apply(Path file, long seed) throws IOException {
            SplittableRandom random = new SplittableRandom(seed);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                for (int i = 0; i < 20; i++) {
                    writeAt(
                            channel,
                            random.nextLong(channel.size() - Sizes.SMALL_FILE),
                            bytes(random, Sizes.SMALL_FILE));
                }
            }
        }
    },
    /** 100 bytes in the middle, saved as editors do: the whole text to a new file, which then takes the name. */
    INSERT {
        @Override
        void apply(Path file, long seed) throws IOException {
            Path draft = file.resolveSibling("." + file.getFileName() + ".new");
            try (FileChannel from = FileChannel.open(file);
                    FileChannel to = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                long middle = from.size() / 2;
                copy(from, 0, middle, to);
                ByteBuffer inserted = ByteBuffer.wrap(bytes(new SplittableRandom(seed), 100));
                while (inserted.hasRemaining()) {
                    to.write(inserted);
                }
                copy(from, middle, from.size(), to);
            }
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
    },
    /** The second half cut off. */
    TRUNCATE {
        @Override
        void apply(Path file, long seed) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
        }
    };

    private static final int PIECE = 1 << 20;

    /** Opens {@code file}, changes it and closes it. */
    abstract void apply(Path file, long seed) throws IOException;

    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void writeAt(FileChannel channel, long position, byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            channel.write(rest, position + rest.position());
        }
    }

    private static void copy(FileChannel from, long start, long end, FileChannel to) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        for (long at = start; at < end; ) {
            piece.clear().limit((int) Math.min(PIECE, end - at));
            int count = from.read(piece, at);
            if (count < 0) {
                throw new IOException("the file ends at " + at + " while it is copied");
            }
            piece.flip();
            while (piece.hasRemaining()) {
                to.write(piece);
            }
            at += count;
        }
    }
}
