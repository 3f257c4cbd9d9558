package io.hfmount.agent.content;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * One sequential reader inside a handle, if it is one: where it has got to and how far ahead it may fetch. Arithmetic
 * only. Not thread-safe: guarded by its {@link Prefetcher}.
 *
 * <p>Near reads, in order or out of order as kernel readahead sends them, make it sequential; then its window grows
 * each time the reader has used half of it: fourfold while it is small, then twofold.
 */
final class ReadStream {
    /** Reads that arrive late by up to this much belong to the stream: several readahead requests under way. */
    static final long REORDER = 2L << 20;

    private static final long MIN_GAP = 128 << 10;

    /** Windows smaller than this grow faster: who has read on for so long mostly reads all. */
    private static final long QUICK = 16L << 20;

    private final ContentSettings settings;
    private final ArrayDeque<Block> blocks = new ArrayDeque<>();
    private long front;
    private long planned;
    private long window;
    private long grownAt;
    private int streak;

    ReadStream(ContentSettings settings, long front) {
        this.settings = settings;
        this.front = front;
    }

    /**
     * A range fetched ahead.
     *
     * @param trail what it leaves in memory
     */
    record Block(long start, long end, RangeFetch.Trail trail) {}

    /** Whether a read of {@code [start, end)} goes on with this stream. */
    boolean continues(long start, long end) {
        long gap = start - front;
        return gap >= -REORDER && gap <= Math.max(MIN_GAP, 2 * (end - start));
    }

    /** Whether a read from {@code start} is a skip that an established stream survives. */
    boolean skips(long start) {
        return streak >= 2 && start > front && start - front <= settings.forwardSkip();
    }

    /** Counts a read of {@code [start, end)} that belongs to this stream. */
    void advance(long start, long end) {
        if (end > front) {
            front = end;
            streak++;
        }
    }

    /** Starts as sequential: the reader has said that it will read everything. */
    void expectAll() {
        streak = 1;
    }

    /** The bytes ahead that should have been there were not: fetch ahead anew from here. */
    void missed() {
        planned = Math.min(planned, front);
    }

    /** Fetching ahead failed: start small again, and only after another read. */
    void shrink() {
        window = 0;
        streak = 0;
        planned = Math.min(planned, front);
    }

    /**
     * Opens the window as the reader deserves.
     *
     * @param share most bytes of memory this handle may hold
     * @param grow whether storage keeps up
     * @return bytes to fetch ahead at once, 0 for nothing now
     */
    long open(long share, boolean grow) {
        if (streak < 1) {
            return 0;
        }
        planned = Math.max(planned, front);
        if (window == 0) {
            window = settings.prefetchInitial();
            grownAt = front;
        } else if (grow && front - grownAt >= window / 2) {
            window = Math.min(window * (window < QUICK ? 4 : 2), settings.prefetchMax());
            grownAt = front;
        }
        long room = Math.min(window, share - RangeFetch.EDGES);
        long block = Math.clamp(window / 4, settings.prefetchInitial(), settings.prefetchBlock());
        return Math.max(0, Math.min(block, room));
    }

    /**
     * Where the next block ahead of about {@code block} bytes ends if it fits into the window; 0 if it does not yet.
     *
     * @param plans tells where stored ranges end
     */
    long nextEnd(long block, long share, long size, PlanAhead plans) {
        long most = Math.min(window, share - RangeFetch.EDGES);
        if (planned >= size) {
            return 0;
        }
        long whole = plans.end(planned, block, most);
        if (whole > 0) {
            return whole - front <= most ? whole : 0;
        }
        long end = planned + block;
        if (size - end < block / 2) {
            end = size; // no tiny block at the end
        }
        return end - front <= most || (end == size && end - front <= most + block / 2) ? end : 0;
    }

    /** All up to {@code end} is here or on its way. */
    void plannedTo(long end) {
        planned = end;
    }

    /** File offset up to which all is here or on its way. */
    long planned() {
        return planned;
    }

    /** File offset the reader has got to. */
    long front() {
        return front;
    }

    /** The prefetch window in bytes, 0 before there is one. */
    long window() {
        return window;
    }

    /** Whether the reader has used a window already. */
    boolean established() {
        return window > settings.prefetchInitial() || window == settings.prefetchMax();
    }

    /** Remembers what was fetched ahead. */
    void add(Block block) {
        blocks.add(block);
    }

    /** Takes out the blocks that the reader has left behind. */
    List<Block> takePassed() {
        List<Block> passed = new ArrayList<>(2);
        while (!blocks.isEmpty() && blocks.peek().end() + REORDER <= front) {
            passed.add(blocks.remove());
        }
        return passed;
    }

    /** Takes out all blocks. */
    List<Block> takeAll() {
        List<Block> all = List.copyOf(blocks);
        blocks.clear();
        return all;
    }
}
