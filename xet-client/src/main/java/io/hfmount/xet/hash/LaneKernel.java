package io.hfmount.xet.hash;

import java.util.Arrays;

/**
 * A kernel that hashes one chunk per lane of a vector. What does not depend on the width of the vector is here: which
 * chunks go together, where the last one ends, and what the lanes count.
 *
 * <p>A window is hashed in groups of as many chunks as there are lanes. The last group ends with the last chunk, so it may
 * overlap the one before, which costs nothing because lanes come together only; a window that is too small for one group
 * is copied first, so that no lane reads outside the content.
 */
abstract sealed class LaneKernel implements Blake3Kernel permits Lanes8Kernel, Lanes16Kernel {
    private static final int BLOCK_BYTES = 64;
    private static final int BLOCKS = Blake3Hasher.CHUNK_BYTES / BLOCK_BYTES;

    private static final int[] PERMUTATION = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

    private final int lanes;
    /** Message words by column: word w of lane l is at {@code w * lanes + l}. */
    final int[] words;
    /** Columns of what the last four state words start with: counter, its high half, block length, flags. */
    final int[] heads;
    /** Columns of the key. */
    private final int[] keys;

    private final int[] spare = new int[8];
    private final byte[] last = new byte[Blake3Hasher.CHUNK_BYTES];
    private byte[] small = new byte[0];

    LaneKernel(int lanes) {
        this.lanes = lanes;
        this.words = new int[16 * lanes];
        this.heads = new int[4 * lanes];
        this.keys = new int[8 * lanes];
    }

    /** Where the message words of all seven rounds are in {@link #words}, in the order of their use. */
    static int[] schedule(int lanes) {
        int[] places = new int[7 * 16];
        for (int i = 0; i < 16; i++) {
            places[i] = i * lanes;
        }
        for (int i = 16; i < places.length; i++) {
            places[i] = places[i - 16 - i % 16 + PERMUTATION[i % 16]];
        }
        return places;
    }

    /**
     * Loads one block per lane into {@link #words}.
     *
     * @param off where the block of lane 0 is in {@code data}; each next one is 1024 bytes further
     * @param last holds the block of the last lane
     */
    abstract void loadBlocks(byte[] data, int off, byte[] last, int lastOff);

    /** Loads one pair of nodes per lane into {@link #words}, lane 0 from nodes {@code first} and {@code first + 1}. */
    abstract void loadPairs(int[] nodes, int first);

    /**
     * Compresses the block of each lane.
     *
     * @param in columns of chaining values, {@code inColumn} apart, from index {@code inAt}
     * @param out the same for the result; may be the same place
     */
    abstract void compress(int[] in, int inAt, int inColumn, int[] out, int outAt, int outColumn);

    @Override
    public final void hashChunks(int[] key, byte[] data, int off, int len, long counter, int[] nodes) {
        int count = Blake3Hasher.chunksIn(len);
        loadKey(key);
        if (count < lanes) {
            int bytes = lanes * Blake3Hasher.CHUNK_BYTES;
            if (small.length == 0) {
                small = new byte[bytes];
            }
            System.arraycopy(data, off, small, 0, len);
            int padded = count * Blake3Hasher.CHUNK_BYTES;
            Arrays.fill(small, len, padded, (byte) 0);
            group(small, 0, count - 1, tail(len), small, bytes - Blake3Hasher.CHUNK_BYTES, counter, nodes, 0);
            return;
        }
        int first = 0;
        for (; count - first > lanes; first += lanes) {
            int at = off + first * Blake3Hasher.CHUNK_BYTES;
            int end = at + (lanes - 1) * Blake3Hasher.CHUNK_BYTES;
            group(data, at, lanes - 1, Blake3Hasher.CHUNK_BYTES, data, end, counter + first, nodes, first);
        }
        first = count - lanes;
        int at = off + first * Blake3Hasher.CHUNK_BYTES;
        int end = at + (lanes - 1) * Blake3Hasher.CHUNK_BYTES;
        int tail = tail(len);
        if (tail == Blake3Hasher.CHUNK_BYTES) {
            group(data, at, lanes - 1, tail, data, end, counter + first, nodes, first);
        } else {
            System.arraycopy(data, end, last, 0, tail);
            Arrays.fill(last, tail, (tail + BLOCK_BYTES - 1) & -BLOCK_BYTES, (byte) 0);
            group(data, at, lanes - 1, tail, last, 0, counter + first, nodes, first);
        }
    }

    /** Bytes of the last chunk. */
    private static int tail(int len) {
        return (len - 1) % Blake3Hasher.CHUNK_BYTES + 1;
    }

    /**
     * Hashes one chunk per lane into {@code nodes} from node {@code first}.
     *
     * @param special the lane whose chunk may be shorter, {@code length} bytes and then zeros
     */
    private void group(
            byte[] data,
            int off,
            int special,
            int length,
            byte[] lastData,
            int lastOff,
            long counter,
            int[] nodes,
            int first) {
        int end = (length - 1) / BLOCK_BYTES;
        for (int i = 0; i < lanes; i++) {
            heads[i] = (int) (counter + i);
            heads[lanes + i] = (int) ((counter + i) >>> 32);
        }
        for (int b = 0; b < BLOCKS; b++) {
            boolean edge = b < 2 || b == BLOCKS - 1 || b == end || b == end + 1;
            if (edge) {
                int flags = Blake3Hasher.KEYED_HASH | (b == 0 ? Blake3Hasher.CHUNK_START : 0);
                int ending = b == BLOCKS - 1 ? Blake3Hasher.CHUNK_END : 0;
                Arrays.fill(heads, 2 * lanes, 3 * lanes, BLOCK_BYTES);
                Arrays.fill(heads, 3 * lanes, 4 * lanes, flags | ending);
                if (b == end) {
                    heads[2 * lanes + special] = length - BLOCK_BYTES * b;
                    heads[3 * lanes + special] = flags | Blake3Hasher.CHUNK_END;
                }
            }
            loadBlocks(data, off + BLOCK_BYTES * b, lastData, lastOff + BLOCK_BYTES * b);
            if (b == 0) {
                compress(keys, 0, lanes, nodes, first, COLUMN);
            } else {
                compress(nodes, first, COLUMN, nodes, first, COLUMN);
            }
            if (b == end) {
                save(nodes, first + special);
            }
        }
        restore(nodes, first + special);
    }

    @Override
    public final int joinPairs(int[] key, int[] nodes, int count) {
        int pairs = count / 2;
        loadKey(key);
        Arrays.fill(heads, 0, 2 * lanes, 0);
        Arrays.fill(heads, 2 * lanes, 3 * lanes, BLOCK_BYTES);
        Arrays.fill(heads, 3 * lanes, 4 * lanes, Blake3Hasher.KEYED_HASH | Blake3Hasher.PARENT);
        boolean odd = count % 2 == 1;
        if (odd) {
            save(nodes, count - 1);
        }
        for (int i = 0; i < pairs; i += lanes) {
            loadPairs(nodes, 2 * i);
            compress(keys, 0, lanes, nodes, i, COLUMN);
        }
        if (odd) {
            restore(nodes, pairs);
        }
        return count - pairs;
    }

    private void loadKey(int[] key) {
        for (int w = 0; w < 8; w++) {
            Arrays.fill(keys, w * lanes, (w + 1) * lanes, key[w]);
        }
    }

    /** Keeps a node while vectors write beyond what they mean. */
    private void save(int[] nodes, int index) {
        for (int w = 0; w < 8; w++) {
            spare[w] = nodes[w * COLUMN + index];
        }
    }

    private void restore(int[] nodes, int index) {
        for (int w = 0; w < 8; w++) {
            nodes[w * COLUMN + index] = spare[w];
        }
    }
}
