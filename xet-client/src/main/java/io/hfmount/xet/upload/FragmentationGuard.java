package io.hfmount.xet.upload;

/**
 * Refuses short dedup runs where a file is already cut into many small segments (xet-protocol §11.3), because reading it
 * back would cost more than storing the bytes again. One per file, not thread-safe.
 */
final class FragmentationGuard {
    private static final int WINDOW = 128;
    private static final double LOW = 4;
    private static final double HIGH = 8;

    /** Runs in a file that are too few to make it slow to read. */
    private static final int FEW = 16;

    private final int[] counts = new int[WINDOW];
    private int next;
    private int filled;
    private long sum;
    private boolean high;
    private long allRuns;
    private long allChunks;

    /** A segment of {@code chunks} chunks begins. */
    void begin(int chunks) {
        sum += chunks - counts[next];
        counts[next] = chunks;
        next = (next + 1) % WINDOW;
        filled = Math.min(filled + 1, WINDOW);
        allRuns++;
        allChunks += chunks;
    }

    /** The last segment grows by {@code chunks} chunks. */
    void extend(int chunks) {
        counts[(next + WINDOW - 1) % WINDOW] += chunks;
        sum += chunks;
        allChunks += chunks;
    }

    /** Whether a new segment of {@code chunks} known chunks may begin. */
    boolean allows(int chunks) {
        if (filled < WINDOW) {
            return true;
        }
        double average = (double) sum / WINDOW;
        if (average >= (high ? HIGH : LOW)) {
            high = false;
            return true;
        }
        if (chunks < average) {
            high = true;
            return false;
        }
        return true;
    }

    /**
     * Whether a new segment of {@code chunks} chunks that only the index on disk knows may begin: a long one, or one that
     * leaves the whole file in long runs. The window alone would let a file of 128 segments fall into single chunks.
     */
    boolean allowsRemembered(int chunks) {
        return allows(chunks) && (chunks >= HIGH || allRuns < FEW || allChunks + chunks >= HIGH * (allRuns + 1));
    }
}
