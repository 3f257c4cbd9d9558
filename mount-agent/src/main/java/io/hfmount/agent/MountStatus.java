package io.hfmount.agent;

import io.hfmount.model.api.MountState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Counters of a mount at one moment.
 *
 * @param state READY, DRAINING or FAILED
 * @param dirtyFiles files whose newest content is not on the Hub
 * @param dirtyBytes sum of their sizes
 * @param dirtyGenerationLag sum over them of generations not yet published
 * @param oldestDirtySince when the longest-waiting of them became dirty, null when none is
 * @param lastFlush when the last publication ended, null before the first
 * @param stagingBytes bytes of local disk that staging takes
 * @param deletesQueued removals not yet on the Hub
 * @param flushQueueDepth files waiting for publication
 * @param flushInflight files being published
 * @param inodes inodes in memory
 * @param openHandles open file handles
 * @param cacheBytes bytes in the content cache
 */
public record MountStatus(
        MountState state,
        long dirtyFiles,
        long dirtyBytes,
        long dirtyGenerationLag,
        @Nullable Instant oldestDirtySince,
        @Nullable Instant lastFlush,
        long stagingBytes,
        long deletesQueued,
        long flushQueueDepth,
        long flushInflight,
        long inodes,
        long openHandles,
        long cacheBytes) {}
