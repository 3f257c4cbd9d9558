package io.hfmount.agent.fs;

import java.time.Duration;
import java.time.Instant;

/**
 * Notices that somebody looks into one child of a directory after the other. Then one listing of the whole subtree is
 * cheaper than one for each child, if the subtree is not too large; as nobody knows, such a listing may cost at most as
 * many pages as directories were listed singly before, so that all questions together at most double.
 *
 * <p>Guarded by the inode table's lock.
 */
final class Walk {
    /** Entries of a page of the Hub (mount-semantics §4.1). */
    static final int PAGE = 5000;

    private static final int SECOND = 2;

    private int listed;
    private int next = SECOND;
    private long clock;
    private Instant last = Instant.EPOCH;

    /**
     * A child is about to be listed.
     *
     * @param nowClock the table's counter of own changes; a change of our own would make the subtree's listing useless
     * @param patience longest pause inside a walk
     * @return most entries that a listing of the subtree may have instead, zero for none
     */
    int step(long nowClock, Instant now, Duration patience, int limit) {
        boolean goesOn = nowClock == clock && now.isBefore(last.plus(patience));
        listed = goesOn ? listed + 1 : 1;
        clock = nowClock;
        last = now;
        return listed < next ? 0 : (int) Math.min(limit, (long) listed * PAGE);
    }

    /** The subtree was larger than {@link #step} allowed. */
    void wasTooLarge() {
        next = (int) Math.min(Integer.MAX_VALUE, 2L * Math.max(next, listed));
    }
}
