package io.hfmount.agent.content;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Immutable files that are kept open for reading, the one used longest ago closed first. An open file saves the look-up
 * of its name and keeps the kernel's read-ahead going from one read to the next. Thread-safe.
 *
 * <p>A channel is closed under its readers by eviction, and by the interrupt of any of them: each reader then opens the
 * file again.
 */
final class ReadChannels implements Closeable {
    /** Interrupts of others that one read outlives. */
    private static final int MOST_ATTEMPTS = 1_000;

    private final int limit;

    // Guarded by this.
    private final LinkedHashMap<Path, FileChannel> channels = new LinkedHashMap<>(16, 0.75f, true);
    private long forgotten;
    private boolean closed;

    /** @param limit most files open between reads, at least 1 */
    ReadChannels(int limit) {
        this.limit = limit;
    }

    /**
     * Fills {@code target} up to its limit from {@code position}. An interrupt of the calling thread does not disturb
     * it, nor is it lost.
     *
     * @throws EOFException if the file is too short
     */
    void read(Path file, long position, ByteBuffer target) throws IOException {
        boolean interrupted = Thread.interrupted(); // it would close the channel for everybody
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    readOnce(file, position, target.duplicate());
                    target.position(target.limit());
                    return;
                } catch (ClosedChannelException gone) {
                    interrupted |= Thread.interrupted();
                    if (attempt == MOST_ATTEMPTS) {
                        throw gone;
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void readOnce(Path file, long position, ByteBuffer target) throws IOException {
        FileChannel kept = find(file);
        if (kept != null) {
            fill(kept, file, position, target);
            return;
        }
        long before = generation();
        FileChannel opened = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        boolean keep = false;
        try {
            fill(opened, file, position, target);
            keep = keep(file, opened, before);
        } finally {
            if (!keep) {
                opened.close();
            }
        }
    }

    private static void fill(FileChannel channel, Path file, long position, ByteBuffer target) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) {
                throw new EOFException(file.getFileName() + " ends at " + at);
            }
            at += count;
        }
    }

    private synchronized @Nullable FileChannel find(Path file) {
        FileChannel channel = channels.get(file);
        if (channel != null && !channel.isOpen()) {
            channels.remove(file);
            return null;
        }
        return channel;
    }

    private synchronized long generation() {
        return forgotten;
    }

    /** Keeps {@code opened}, unless its file may have been replaced since {@code before}. */
    private boolean keep(Path file, FileChannel opened, long before) throws IOException {
        FileChannel evicted = null;
        synchronized (this) {
            if (closed || forgotten != before || channels.putIfAbsent(file, opened) != null) {
                return false;
            }
            if (channels.size() > limit) {
                evicted = channels.pollFirstEntry().getValue();
            }
        }
        if (evicted != null) {
            evicted.close();
        }
        return true;
    }

    /** What is kept of {@code file} is not what its name stands for any more. */
    void forget(Path file) throws IOException {
        FileChannel old;
        synchronized (this) {
            forgotten++;
            old = channels.remove(file);
        }
        if (old != null) {
            old.close();
        }
    }

    /** Files open between reads. */
    synchronized int count() {
        return channels.size();
    }

    @Override
    public void close() throws IOException {
        List<FileChannel> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(channels.values());
            channels.clear();
        }
        for (FileChannel channel : all) {
            channel.close();
        }
    }
}
