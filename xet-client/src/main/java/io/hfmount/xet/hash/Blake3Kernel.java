package io.hfmount.xet.hash;

/**
 * The inner loops of keyed BLAKE3 over a window of at most {@link #WINDOW} chunks, in the forms that processors offer.
 * Implementations own scratch space and are not thread-safe.
 *
 * <p>Chaining values wait in an array of nodes, one column per word: word {@code w} of node {@code i} is at index {@code w *
 * COLUMN + i}, so that equal words of neighbours fill the lanes of one vector. What stands behind the last node of a column
 * is undefined.
 */
interface Blake3Kernel {
    /** Most chunks in one call; a power of two. */
    int WINDOW = 128;
    /** Distance of two words of a node. A vector may reach beyond the last node. */
    int COLUMN = WINDOW + 16;
    /** Length of an array of nodes. */
    int NODES = 8 * COLUMN;

    /**
     * Hashes {@code data[off..off+len)} as consecutive chunks of 1024 bytes, none of which is the root of its tree.
     *
     * @param key eight key words
     * @param len 1 to {@code WINDOW * 1024}; only the last chunk may be shorter
     * @param counter number of the first chunk inside the message
     * @param nodes receives one node per chunk, from node 0
     */
    void hashChunks(int[] key, byte[] data, int off, int len, long counter, int[] nodes);

    /**
     * Replaces each pair of neighbours by their parent, which is not the root; a last one without neighbour stays.
     *
     * @param key eight key words
     * @param count number of nodes, at most {@link #WINDOW}
     * @return the number of nodes then
     */
    int joinPairs(int[] key, int[] nodes, int count);
}
