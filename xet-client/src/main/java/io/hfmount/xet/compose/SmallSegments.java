package io.hfmount.xet.compose;

import io.hfmount.xet.shard.Segment;

/**
 * Keeps a file that grows by many small flushes from ending as thousands of tiny pieces (xet-protocol §13.9): where many
 * short segments precede an edit, they are stored anew together with it. Not thread-safe.
 */
final class SmallSegments {
    private static final int LEAST_COUNT = 16;
    private static final int SMALL_CHUNKS = 8;
    private static final long MAX_BYTES = 4L << 20;

    private final BaseFile base;
    private long left = MAX_BYTES;

    SmallSegments(BaseFile base) {
        this.base = base;
    }

    /**
     * Where storing anew should begin for an edit.
     *
     * @param touched where cutting begins for the edit
     * @param done what is before this was dealt with
     * @return a cut between the two; that of {@code touched} to store nothing anew
     */
    long before(OldCursor touched, OldCursor done) {
        int count = touched.chunk() > 0 ? 1 : 0;
        long chunks = touched.chunk();
        int least = done.chunk() == 0 ? done.segment() : done.segment() + 1;
        long found = touched.position();
        for (int s = touched.segment() - 1; s >= least && touched.position() - base.start(s) <= left; s--) {
            Segment segment = base.segment(s);
            int length = segment.chunkEnd() - segment.chunkStart();
            // What was stored anew before has at least so many chunks and is not moved a second time.
            if (length >= LEAST_COUNT || (count >= LEAST_COUNT && length >= SMALL_CHUNKS)) {
                break;
            }
            count++;
            chunks += length;
            if (count >= LEAST_COUNT && chunks < (long) SMALL_CHUNKS * count) {
                found = base.start(s);
            }
        }
        left -= touched.position() - found;
        return found;
    }
}
