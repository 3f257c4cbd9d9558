package io.hfmount.agent.content;

import java.time.Duration;

/**
 * Limits of reading. All sizes are bytes.
 *
 * @param maxReadMemory most bytes that all buffers of one reader hold together: fetches in flight, prefetched and
 *     recently used chunks, chunks queued for the disk cache; at least 8 MiB
 * @param retainedMemory part of {@code maxReadMemory} that may stay filled with chunks already served
 * @param prefetchInitial first prefetch window of a sequential reader, at least 64 KiB
 * @param prefetchMax largest prefetch window of one handle
 * @param prefetchBlock most bytes asked for in one prefetch request
 * @param forwardSkip how far a sequential reader may skip ahead and still count as sequential
 * @param readFetchTimeout bound of one storage call a read waits for; zero for none (H-44b)
 * @param attempts how often a read asks storage before it fails, at least 1
 * @param maxFetches most storage fetches at once, at least 1
 * @param layoutMemory bound of the in-memory maps from file offsets to chunks
 * @param cacheWriteQueue most bytes waiting to be written into the disk cache; what does not fit is not cached
 */
public record ContentSettings(
        long maxReadMemory,
        long retainedMemory,
        long prefetchInitial,
        long prefetchMax,
        long prefetchBlock,
        long forwardSkip,
        Duration readFetchTimeout,
        int attempts,
        int maxFetches,
        long layoutMemory,
        long cacheWriteQueue) {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;

    /** The defaults: 256 MiB of buffers, windows from 1 to 64 MiB, 30 s a fetch, three attempts. */
    public static final ContentSettings DEFAULTS = new ContentSettings(
            256 * MIB, 64 * MIB, MIB, 64 * MIB, 8 * MIB, 16 * MIB, Duration.ofSeconds(30), 3, 256, 32 * MIB, 64 * MIB);

    public ContentSettings {
        require(maxReadMemory >= 8 * MIB, "maxReadMemory must be at least 8 MiB, not " + maxReadMemory);
        require(
                retainedMemory >= 0 && retainedMemory <= maxReadMemory,
                "retainedMemory must be between 0 and maxReadMemory, not " + retainedMemory);
        require(prefetchInitial >= 64 * KIB, "prefetchInitial must be at least 64 KiB, not " + prefetchInitial);
        require(
                prefetchMax >= prefetchInitial,
                "prefetchMax must not be smaller than prefetchInitial, but is " + prefetchMax);
        require(
                prefetchBlock >= prefetchInitial && prefetchBlock <= 64 * MIB,
                "prefetchBlock must be between prefetchInitial and 64 MiB, not " + prefetchBlock);
        require(forwardSkip >= 0, "forwardSkip must not be negative, but is " + forwardSkip);
        require(
                !readFetchTimeout.isNegative(),
                "readFetchTimeout must not be negative, but is " + readFetchTimeout + "; zero means no bound");
        require(attempts >= 1 && attempts <= 10, "attempts must be between 1 and 10, not " + attempts);
        require(maxFetches >= 1, "maxFetches must be at least 1, not " + maxFetches);
        require(layoutMemory >= 0, "layoutMemory must not be negative, but is " + layoutMemory);
        require(cacheWriteQueue >= 0, "cacheWriteQueue must not be negative, but is " + cacheWriteQueue);
    }

    /**
     * The same with another buffer limit, raised to 8 MiB if smaller; {@link #retainedMemory} and
     * {@link #cacheWriteQueue} shrink with it.
     */
    public ContentSettings withMaxReadMemory(long limit) {
        long bytes = Math.max(limit, 8 * MIB);
        return new ContentSettings(
                bytes,
                Math.min(retainedMemory, bytes / 4),
                prefetchInitial,
                prefetchMax,
                prefetchBlock,
                forwardSkip,
                readFetchTimeout,
                attempts,
                maxFetches,
                layoutMemory,
                Math.min(cacheWriteQueue, bytes / 2));
    }

    /** The same with another bound for one storage call; zero for none. */
    public ContentSettings withReadFetchTimeout(Duration timeout) {
        return new ContentSettings(
                maxReadMemory,
                retainedMemory,
                prefetchInitial,
                prefetchMax,
                prefetchBlock,
                forwardSkip,
                timeout,
                attempts,
                maxFetches,
                layoutMemory,
                cacheWriteQueue);
    }

    /** The same with another bound of storage fetches at once. */
    public ContentSettings withMaxFetches(int fetches) {
        return new ContentSettings(
                maxReadMemory,
                retainedMemory,
                prefetchInitial,
                prefetchMax,
                prefetchBlock,
                forwardSkip,
                readFetchTimeout,
                attempts,
                fetches,
                layoutMemory,
                cacheWriteQueue);
    }

    /** The same with other prefetch windows. */
    public ContentSettings withPrefetch(long initial, long max, long block) {
        return new ContentSettings(
                maxReadMemory,
                retainedMemory,
                initial,
                max,
                block,
                forwardSkip,
                readFetchTimeout,
                attempts,
                maxFetches,
                layoutMemory,
                cacheWriteQueue);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
