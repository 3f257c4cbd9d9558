package io.hfmount.agent.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes whole files past the page cache ({@code O_DIRECT}). What a sequential reader was given lies in the page cache
 * already, under the mount's own file; a second copy would take memory from the pod, and the time to find that memory.
 *
 * <p>Where the file system does not do it, files are written the usual way. Thread-safe: one file at a time.
 */
final class DirectWriter {
    /** Shorter files are written the usual way: random reads come back to their neighbourhood. */
    static final int FROM = 1 << 20;

    /** Written at a time, and the size of the buffer. */
    private static final int STEP = 1 << 20;

    private static final int BLOCK_AT_MOST = 64 << 10;

    /** After so many failures in a row it is not tried again: a full disk passes, a file system without it stays so. */
    private static final int ATTEMPTS = 3;

    private static final Logger log = LoggerFactory.getLogger(DirectWriter.class);

    private static final @Nullable OpenOption DIRECT = directOption();

    private final Path directory;
    private final int block;

    // Guarded by this.
    private int attempts;
    private @Nullable ByteBuffer buffer;

    /**
     * A writer for files in one file system.
     *
     * @param directory some directory of it
     */
    DirectWriter(Path directory) throws IOException {
        this.directory = directory;
        long size = Files.getFileStore(directory).getBlockSize();
        boolean usual = Long.bitCount(size) == 1 && size <= BLOCK_AT_MOST;
        this.block = usual ? (int) size : 1;
        this.attempts = usual ? ATTEMPTS : 0;
    }

    /** An option of the JDK alone, outside the standard, so it is asked for by name. */
    private static @Nullable OpenOption directOption() {
        try {
            return (OpenOption) Class.forName("com.sun.nio.file.ExtendedOpenOption")
                    .getField("DIRECT")
                    .get(null);
        } catch (ReflectiveOperationException none) {
            return null;
        }
    }

    /**
     * Fills a file.
     *
     * @param file exists and is empty
     * @param parts written one after the other; their positions stay
     * @return whether it was done; if not, the file is empty again
     */
    synchronized boolean write(Path file, List<ByteBuffer> parts) throws IOException {
        long length = parts.stream().mapToLong(ByteBuffer::remaining).sum();
        OpenOption option = DIRECT;
        if (option == null || attempts == 0 || length < FROM) {
            return false;
        }
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, option, LinkOption.NOFOLLOW_LINKS)) {
            fill(channel, parts);
            channel.truncate(length);
            attempts = ATTEMPTS;
            return true;
        } catch (IOException | UnsupportedOperationException refused) {
            attempts--;
            if (attempts == 0) {
                log.info("From now on {} is written through the page cache: {}", directory, refused.toString());
            }
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            channel.truncate(0);
        }
        return false;
    }

    /** Writes everything in whole blocks, zeros after the end. */
    private void fill(FileChannel channel, List<ByteBuffer> parts) throws IOException {
        ByteBuffer step = buffer();
        for (ByteBuffer part : parts) {
            ByteBuffer rest = part.duplicate();
            while (rest.hasRemaining()) {
                int count = Math.min(step.remaining(), rest.remaining());
                step.put(step.position(), rest, rest.position(), count);
                step.position(step.position() + count);
                rest.position(rest.position() + count);
                if (!step.hasRemaining()) {
                    drain(channel, step);
                }
            }
        }
        while (step.position() % block != 0) {
            step.put((byte) 0);
        }
        drain(channel, step);
    }

    private void drain(FileChannel channel, ByteBuffer step) throws IOException {
        step.flip();
        while (step.hasRemaining()) {
            if (channel.write(step) % block != 0) {
                throw new IOException("a part of a block was written");
            }
        }
        step.clear();
    }

    private ByteBuffer buffer() {
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(STEP + block).alignedSlice(block).slice(0, STEP);
        }
        return buffer.clear();
    }
}
