package io.hfmount.xet.chunk;

import java.util.OptionalLong;

/** Finds a cut that survives any edit before a position (xet-protocol §3.3). */
public final class StableBoundary {
    private static final int LEAST = 2 * Chunker.MIN;
    private static final int LIMIT = Chunker.MAX - Chunker.MIN;

    private StableBoundary() {}

    /**
     * The first stable boundary for content that is unchanged from {@code start} on.
     *
     * @param boundaries ascending chunk boundaries of the file, from 0 to its size
     * @param start everything at or after this offset is unchanged
     * @return a boundary; empty when only the end of the file is safe
     */
    public static OptionalLong find(long[] boundaries, long start) {
        for (int i = 0; i + 2 < boundaries.length; i++) {
            if (boundaries[i] >= start
                    && isStable(boundaries[i + 1] - boundaries[i])
                    && isStable(boundaries[i + 2] - boundaries[i + 1])) {
                return OptionalLong.of(boundaries[i + 2]);
            }
        }
        return OptionalLong.empty();
    }

    /** Whether a chunk of {@code size} bytes can anchor the resynchronisation. */
    static boolean isStable(long size) {
        return size >= LEAST && size < LIMIT;
    }
}
