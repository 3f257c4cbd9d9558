package io.hfmount.xet.xorb;

import java.util.ArrayDeque;

/**
 * Arrays of one size for the records of xorbs, used again and again, so that what is uploaded does not pass through the
 * garbage collector. Arrays that are never given back are left to it. Thread-safe.
 */
public final class SegmentPool {
    /** Bytes of a segment: with its header it just fills the smallest region of the collector, which then never copies it. */
    static final int SEGMENT_BYTES = (1 << 20) - 64;

    private final int most;

    // Guarded by this.
    private final ArrayDeque<byte[]> free = new ArrayDeque<>();

    /**
     * A pool.
     *
     * @param keptBytes most bytes of free segments, 0 to keep none
     */
    public SegmentPool(long keptBytes) {
        if (keptBytes < 0) {
            throw new IllegalArgumentException("a pool keeps 0 or more bytes, not " + keptBytes);
        }
        this.most = (int) Math.min(keptBytes / SEGMENT_BYTES, 1 << 20);
    }

    /** A segment with any content. */
    byte[] take() {
        byte[] segment;
        synchronized (this) {
            segment = free.pollLast();
        }
        return segment != null ? segment : new byte[SEGMENT_BYTES];
    }

    /** Gives a segment back that nobody reads or writes any more. */
    synchronized void give(byte[] segment) {
        if (free.size() < most) {
            free.addLast(segment);
        }
    }

    /** Leaves the free segments to the collector. */
    public synchronized void clear() {
        free.clear();
    }

    /** Bytes of free segments. */
    public synchronized long freeBytes() {
        return (long) free.size() * SEGMENT_BYTES;
    }
}
