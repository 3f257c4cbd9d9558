package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Decoded chunks on local disk, by xorb hash and chunk index, up to a byte limit. Every chunk is checked (length and
 * CRC-32C) before it is served; what is damaged is dropped. Survives restarts. Thread-safe; shared by all mounts.
 */
public interface ChunkCache extends AutoCloseable {
    /** Caches nothing. */
    ChunkCache NONE = new NoChunkCache();

    /**
     * Opens or creates the cache in {@code directory}, which must belong to nobody else (mode 0700 is set). What an
     * earlier process left there is found again by a scan in the background.
     *
     * @param limit most bytes on disk, also while filling; 0 gives {@link #NONE}
     * @throws IOException if the directory cannot be used or another process has it open
     */
    static ChunkCache open(Path directory, long limit, ContentObserver observer) throws IOException {
        return open(directory, limit, ContentSettings.DEFAULTS.cacheWriteQueue(), observer);
    }

    /**
     * As {@link #open(Path, long, ContentObserver)}.
     *
     * @param queueLimit most bytes waiting to be written
     */
    static ChunkCache open(Path directory, long limit, long queueLimit, ContentObserver observer) throws IOException {
        return limit == 0 ? NONE : DiskChunkCache.open(new DiskCacheFiles(directory), limit, queueLimit, observer);
    }

    /**
     * Deletes what a cache of any kind has left in {@code directory}, if that exists.
     *
     * @throws IOException if it cannot be used, or is in use
     */
    static void discard(Path directory) throws IOException {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            try (CacheFiles files = new DiskCacheFiles(directory)) {
                for (CacheFiles.Found file : files.list()) {
                    files.delete(file.name());
                }
            }
        }
    }

    /** Whether anything is ever cached. */
    boolean enabled();

    /** Unpacked length of a cached chunk, -1 if it is not cached. Never waits. */
    int length(ContentHash xorb, int chunk);

    /**
     * Reads whole chunks {@code [from, to)} of one xorb, in order, and checks them.
     *
     * @param target filled from its position up to its limit, whose distance must be the sum of the chunks' lengths
     * @return whether all is there and sound; if not, what is damaged has been dropped and {@code target} is undefined
     */
    boolean read(ContentHash xorb, int from, int to, ByteBuffer target);

    /** The chunks {@code [from, to)} will be read soon: has the disk begin. Never waits. */
    void willRead(ContentHash xorb, int from, int to);

    /** Whether {@code bytes} more could be offered now without being refused. Never waits. */
    boolean accepts(long bytes);

    /**
     * Caches the chunks of {@code run} soon, or not at all. Never waits.
     *
     * @param done called once, when the run's bytes are not needed any more
     */
    void offer(ChunkRun run, Runnable done);

    /** Stops writing and forgets the index; the files stay for the next start. Idempotent. */
    @Override
    void close();
}
