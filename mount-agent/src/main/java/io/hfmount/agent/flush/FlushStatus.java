package io.hfmount.agent.flush;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What waits, at one moment. Immutable.
 *
 * @param dirtyFiles files with changes that the Hub does not have
 * @param dirtyBytes sum of their sizes
 * @param dirtyGenerationLag sum of their generations: changes that wait
 * @param oldestDirtySince when the oldest of those changes was made, null when nothing is dirty
 * @param oldestDirtySeconds its age, 0 when nothing is dirty
 * @param deletesQueued remote deletes that wait
 * @param queueDepth files that wait for their time or for a free place
 * @param inFlight files that are being uploaded or committed
 * @param lastFlush when a file was last published, null if never
 * @param paused whether publication stands still because the token is refused
 */
public record FlushStatus(
        long dirtyFiles,
        long dirtyBytes,
        long dirtyGenerationLag,
        @Nullable Instant oldestDirtySince,
        long oldestDirtySeconds,
        long deletesQueued,
        int queueDepth,
        int inFlight,
        @Nullable Instant lastFlush,
        boolean paused) {}
