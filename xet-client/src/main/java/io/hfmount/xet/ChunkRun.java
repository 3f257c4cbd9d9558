package io.hfmount.xet;

import io.hfmount.model.ContentHash;

/**
 * Consecutive decoded chunks of one xorb. The arrays are owned by the receiver and must not be changed.
 *
 * @param xorb xorb hash
 * @param chunkStart index of the first chunk inside the xorb
 * @param data the unpacked bytes of all chunks, back to back
 * @param ends end offset of each chunk inside {@code data}, ascending; the last equals {@code data.length}
 */
public record ChunkRun(ContentHash xorb, int chunkStart, byte[] data, int[] ends) {
    /** Number of chunks. */
    public int count() {
        return ends.length;
    }

    /** One past the index of the last chunk inside the xorb. */
    public int chunkEnd() {
        return chunkStart + ends.length;
    }

    /** Where chunk {@code index} (counted inside the xorb) starts in {@link #data}. */
    public int startOf(int index) {
        int i = index - chunkStart;
        return i == 0 ? 0 : ends[i - 1];
    }

    /** Where chunk {@code index} (counted inside the xorb) ends in {@link #data}. */
    public int endOf(int index) {
        return ends[index - chunkStart];
    }
}
