package io.hfmount.xet.hash;

import static java.lang.Integer.rotateRight;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The compression function in plain Java. State and message live in locals and the seven rounds are written out, with the
 * message permutation of the BLAKE3 paper (table 2) resolved into the indices, so that the compiler needs no array access
 * inside the rounds; the method stays below the size limit of the optimising compiler. For single chunks and nodes the
 * static methods serve beside every kernel.
 */
final class ScalarKernel implements Blake3Kernel {
    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    static final int IV0 = 0x6A09E667;
    static final int IV1 = 0xBB67AE85;
    static final int IV2 = 0x3C6EF372;
    static final int IV3 = 0xA54FF53A;

    private final int[] cv = new int[8];
    private final byte[] block = new byte[64];

    @Override
    public void hashChunks(int[] key, byte[] data, int off, int len, long counter, int[] nodes) {
        int count = Blake3Hasher.chunksIn(len);
        for (int i = 0; i < count; i++) {
            int at = i * Blake3Hasher.CHUNK_BYTES;
            int length = Math.min(Blake3Hasher.CHUNK_BYTES, len - at);
            hashChunk(key, data, off + at, length, counter + i, 0, block, cv);
            put(nodes, i);
        }
    }

    @Override
    public int joinPairs(int[] key, int[] nodes, int count) {
        int pairs = count / 2;
        for (int i = 0; i < pairs; i++) {
            joinPair(key, nodes, 2 * i, 0, block, cv);
            put(nodes, i);
        }
        if (count % 2 == 1) {
            for (int w = 0; w < 8; w++) {
                nodes[w * COLUMN + pairs] = nodes[w * COLUMN + count - 1];
            }
        }
        return count - pairs;
    }

    private void put(int[] nodes, int index) {
        for (int w = 0; w < 8; w++) {
            nodes[w * COLUMN + index] = cv[w];
        }
    }

    /**
     * The chaining value of one chunk.
     *
     * @param len 0 to 1024
     * @param flags what the last block bears beside the flags of each chunk
     * @param block 64 bytes of scratch
     * @param cv receives eight words
     */
    static void hashChunk(int[] key, byte[] data, int off, int len, long counter, int flags, byte[] block, int[] cv) {
        System.arraycopy(key, 0, cv, 0, 8);
        int start = Blake3Hasher.CHUNK_START;
        int at = off;
        int left = len;
        while (left > 64) {
            compress(cv, data, at, 64, counter, Blake3Hasher.KEYED_HASH | start, cv);
            start = 0;
            at += 64;
            left -= 64;
        }
        System.arraycopy(data, at, block, 0, left);
        Arrays.fill(block, left, 64, (byte) 0);
        compress(cv, block, 0, left, counter, Blake3Hasher.KEYED_HASH | start | Blake3Hasher.CHUNK_END | flags, cv);
    }

    /**
     * The parent of nodes {@code left} and {@code left + 1}.
     *
     * @param flags what it bears beside the flags of each parent
     * @param block 64 bytes of scratch
     * @param cv receives eight words
     */
    static void joinPair(int[] key, int[] nodes, int left, int flags, byte[] block, int[] cv) {
        for (int w = 0; w < 8; w++) {
            INT_LE.set(block, 4 * w, nodes[w * COLUMN + left]);
            INT_LE.set(block, 32 + 4 * w, nodes[w * COLUMN + left + 1]);
        }
        compress(key, block, 0, 64, 0, Blake3Hasher.KEYED_HASH | Blake3Hasher.PARENT | flags, cv);
    }

    /**
     * One compression, truncated to the chaining value.
     *
     * @param cv eight words, the input chaining value
     * @param block bytes {@code [off, off+64)} are the block, padded with zeros
     * @param blockLen number of bytes of the block that are message
     * @param counter chunk number, 0 for parents
     * @param flags domain flags
     * @param out receives eight words; may be {@code cv}
     */
    static void compress(int[] cv, byte[] block, int off, int blockLen, long counter, int flags, int[] out) {
        final int m0 = (int) INT_LE.get(block, off + 0);
        final int m1 = (int) INT_LE.get(block, off + 4);
        final int m2 = (int) INT_LE.get(block, off + 8);
        final int m3 = (int) INT_LE.get(block, off + 12);
        final int m4 = (int) INT_LE.get(block, off + 16);
        final int m5 = (int) INT_LE.get(block, off + 20);
        final int m6 = (int) INT_LE.get(block, off + 24);
        final int m7 = (int) INT_LE.get(block, off + 28);
        final int m8 = (int) INT_LE.get(block, off + 32);
        final int m9 = (int) INT_LE.get(block, off + 36);
        final int m10 = (int) INT_LE.get(block, off + 40);
        final int m11 = (int) INT_LE.get(block, off + 44);
        final int m12 = (int) INT_LE.get(block, off + 48);
        final int m13 = (int) INT_LE.get(block, off + 52);
        final int m14 = (int) INT_LE.get(block, off + 56);
        final int m15 = (int) INT_LE.get(block, off + 60);
        int v0 = cv[0];
        int v1 = cv[1];
        int v2 = cv[2];
        int v3 = cv[3];
        int v4 = cv[4];
        int v5 = cv[5];
        int v6 = cv[6];
        int v7 = cv[7];
        int v8 = IV0;
        int v9 = IV1;
        int v10 = IV2;
        int v11 = IV3;
        int v12 = (int) counter;
        int v13 = (int) (counter >>> 32);
        int v14 = blockLen;
        int v15 = flags;

        // round 1: columns, then diagonals
        v0 += v4 + m0;
        v12 = rotateRight(v12 ^ v0, 16);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 12);
        v0 += v4 + m1;
        v12 = rotateRight(v12 ^ v0, 8);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 7);
        v1 += v5 + m2;
        v13 = rotateRight(v13 ^ v1, 16);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 12);
        v1 += v5 + m3;
        v13 = rotateRight(v13 ^ v1, 8);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 7);
        v2 += v6 + m4;
        v14 = rotateRight(v14 ^ v2, 16);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 12);
        v2 += v6 + m5;
        v14 = rotateRight(v14 ^ v2, 8);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 7);
        v3 += v7 + m6;
        v15 = rotateRight(v15 ^ v3, 16);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 12);
        v3 += v7 + m7;
        v15 = rotateRight(v15 ^ v3, 8);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 7);
        v0 += v5 + m8;
        v15 = rotateRight(v15 ^ v0, 16);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 12);
        v0 += v5 + m9;
        v15 = rotateRight(v15 ^ v0, 8);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 7);
        v1 += v6 + m10;
        v12 = rotateRight(v12 ^ v1, 16);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 12);
        v1 += v6 + m11;
        v12 = rotateRight(v12 ^ v1, 8);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 7);
        v2 += v7 + m12;
        v13 = rotateRight(v13 ^ v2, 16);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 12);
        v2 += v7 + m13;
        v13 = rotateRight(v13 ^ v2, 8);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 7);
        v3 += v4 + m14;
        v14 = rotateRight(v14 ^ v3, 16);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 12);
        v3 += v4 + m15;
        v14 = rotateRight(v14 ^ v3, 8);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 7);

        // round 2: columns, then diagonals
        v0 += v4 + m2;
        v12 = rotateRight(v12 ^ v0, 16);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 12);
        v0 += v4 + m6;
        v12 = rotateRight(v12 ^ v0, 8);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 7);
        v1 += v5 + m3;
        v13 = rotateRight(v13 ^ v1, 16);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 12);
        v1 += v5 + m10;
        v13 = rotateRight(v13 ^ v1, 8);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 7);
        v2 += v6 + m7;
        v14 = rotateRight(v14 ^ v2, 16);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 12);
        v2 += v6 + m0;
        v14 = rotateRight(v14 ^ v2, 8);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 7);
        v3 += v7 + m4;
        v15 = rotateRight(v15 ^ v3, 16);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 12);
        v3 += v7 + m13;
        v15 = rotateRight(v15 ^ v3, 8);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 7);
        v0 += v5 + m1;
        v15 = rotateRight(v15 ^ v0, 16);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 12);
        v0 += v5 + m11;
        v15 = rotateRight(v15 ^ v0, 8);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 7);
        v1 += v6 + m12;
        v12 = rotateRight(v12 ^ v1, 16);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 12);
        v1 += v6 + m5;
        v12 = rotateRight(v12 ^ v1, 8);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 7);
        v2 += v7 + m9;
        v13 = rotateRight(v13 ^ v2, 16);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 12);
        v2 += v7 + m14;
        v13 = rotateRight(v13 ^ v2, 8);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 7);
        v3 += v4 + m15;
        v14 = rotateRight(v14 ^ v3, 16);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 12);
        v3 += v4 + m8;
        v14 = rotateRight(v14 ^ v3, 8);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 7);

        // round 3: columns, then diagonals
        v0 += v4 + m3;
        v12 = rotateRight(v12 ^ v0, 16);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 12);
        v0 += v4 + m4;
        v12 = rotateRight(v12 ^ v0, 8);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 7);
        v1 += v5 + m10;
        v13 = rotateRight(v13 ^ v1, 16);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 12);
        v1 += v5 + m12;
        v13 = rotateRight(v13 ^ v1, 8);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 7);
        v2 += v6 + m13;
        v14 = rotateRight(v14 ^ v2, 16);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 12);
        v2 += v6 + m2;
        v14 = rotateRight(v14 ^ v2, 8);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 7);
        v3 += v7 + m7;
        v15 = rotateRight(v15 ^ v3, 16);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 12);
        v3 += v7 + m14;
        v15 = rotateRight(v15 ^ v3, 8);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 7);
        v0 += v5 + m6;
        v15 = rotateRight(v15 ^ v0, 16);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 12);
        v0 += v5 + m5;
        v15 = rotateRight(v15 ^ v0, 8);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 7);
        v1 += v6 + m9;
        v12 = rotateRight(v12 ^ v1, 16);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 12);
        v1 += v6 + m0;
        v12 = rotateRight(v12 ^ v1, 8);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 7);
        v2 += v7 + m11;
        v13 = rotateRight(v13 ^ v2, 16);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 12);
        v2 += v7 + m15;
        v13 = rotateRight(v13 ^ v2, 8);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 7);
        v3 += v4 + m8;
        v14 = rotateRight(v14 ^ v3, 16);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 12);
        v3 += v4 + m1;
        v14 = rotateRight(v14 ^ v3, 8);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 7);

        // round 4: columns, then diagonals
        v0 += v4 + m10;
        v12 = rotateRight(v12 ^ v0, 16);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 12);
        v0 += v4 + m7;
        v12 = rotateRight(v12 ^ v0, 8);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 7);
        v1 += v5 + m12;
        v13 = rotateRight(v13 ^ v1, 16);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 12);
        v1 += v5 + m9;
        v13 = rotateRight(v13 ^ v1, 8);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 7);
        v2 += v6 + m14;
        v14 = rotateRight(v14 ^ v2, 16);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 12);
        v2 += v6 + m3;
        v14 = rotateRight(v14 ^ v2, 8);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 7);
        v3 += v7 + m13;
        v15 = rotateRight(v15 ^ v3, 16);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 12);
        v3 += v7 + m15;
        v15 = rotateRight(v15 ^ v3, 8);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 7);
        v0 += v5 + m4;
        v15 = rotateRight(v15 ^ v0, 16);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 12);
        v0 += v5 + m0;
        v15 = rotateRight(v15 ^ v0, 8);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 7);
        v1 += v6 + m11;
        v12 = rotateRight(v12 ^ v1, 16);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 12);
        v1 += v6 + m2;
        v12 = rotateRight(v12 ^ v1, 8);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 7);
        v2 += v7 + m5;
        v13 = rotateRight(v13 ^ v2, 16);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 12);
        v2 += v7 + m8;
        v13 = rotateRight(v13 ^ v2, 8);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 7);
        v3 += v4 + m1;
        v14 = rotateRight(v14 ^ v3, 16);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 12);
        v3 += v4 + m6;
        v14 = rotateRight(v14 ^ v3, 8);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 7);

        // round 5: columns, then diagonals
        v0 += v4 + m12;
        v12 = rotateRight(v12 ^ v0, 16);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 12);
        v0 += v4 + m13;
        v12 = rotateRight(v12 ^ v0, 8);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 7);
        v1 += v5 + m9;
        v13 = rotateRight(v13 ^ v1, 16);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 12);
        v1 += v5 + m11;
        v13 = rotateRight(v13 ^ v1, 8);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 7);
        v2 += v6 + m15;
        v14 = rotateRight(v14 ^ v2, 16);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 12);
        v2 += v6 + m10;
        v14 = rotateRight(v14 ^ v2, 8);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 7);
        v3 += v7 + m14;
        v15 = rotateRight(v15 ^ v3, 16);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 12);
        v3 += v7 + m8;
        v15 = rotateRight(v15 ^ v3, 8);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 7);
        v0 += v5 + m7;
        v15 = rotateRight(v15 ^ v0, 16);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 12);
        v0 += v5 + m2;
        v15 = rotateRight(v15 ^ v0, 8);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 7);
        v1 += v6 + m5;
        v12 = rotateRight(v12 ^ v1, 16);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 12);
        v1 += v6 + m3;
        v12 = rotateRight(v12 ^ v1, 8);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 7);
        v2 += v7 + m0;
        v13 = rotateRight(v13 ^ v2, 16);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 12);
        v2 += v7 + m1;
        v13 = rotateRight(v13 ^ v2, 8);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 7);
        v3 += v4 + m6;
        v14 = rotateRight(v14 ^ v3, 16);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 12);
        v3 += v4 + m4;
        v14 = rotateRight(v14 ^ v3, 8);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 7);

        // round 6: columns, then diagonals
        v0 += v4 + m9;
        v12 = rotateRight(v12 ^ v0, 16);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 12);
        v0 += v4 + m14;
        v12 = rotateRight(v12 ^ v0, 8);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 7);
        v1 += v5 + m11;
        v13 = rotateRight(v13 ^ v1, 16);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 12);
        v1 += v5 + m5;
        v13 = rotateRight(v13 ^ v1, 8);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 7);
        v2 += v6 + m8;
        v14 = rotateRight(v14 ^ v2, 16);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 12);
        v2 += v6 + m12;
        v14 = rotateRight(v14 ^ v2, 8);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 7);
        v3 += v7 + m15;
        v15 = rotateRight(v15 ^ v3, 16);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 12);
        v3 += v7 + m1;
        v15 = rotateRight(v15 ^ v3, 8);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 7);
        v0 += v5 + m13;
        v15 = rotateRight(v15 ^ v0, 16);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 12);
        v0 += v5 + m3;
        v15 = rotateRight(v15 ^ v0, 8);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 7);
        v1 += v6 + m0;
        v12 = rotateRight(v12 ^ v1, 16);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 12);
        v1 += v6 + m10;
        v12 = rotateRight(v12 ^ v1, 8);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 7);
        v2 += v7 + m2;
        v13 = rotateRight(v13 ^ v2, 16);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 12);
        v2 += v7 + m6;
        v13 = rotateRight(v13 ^ v2, 8);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 7);
        v3 += v4 + m4;
        v14 = rotateRight(v14 ^ v3, 16);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 12);
        v3 += v4 + m7;
        v14 = rotateRight(v14 ^ v3, 8);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 7);

        // round 7: columns, then diagonals
        v0 += v4 + m11;
        v12 = rotateRight(v12 ^ v0, 16);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 12);
        v0 += v4 + m15;
        v12 = rotateRight(v12 ^ v0, 8);
        v8 += v12;
        v4 = rotateRight(v4 ^ v8, 7);
        v1 += v5 + m5;
        v13 = rotateRight(v13 ^ v1, 16);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 12);
        v1 += v5 + m0;
        v13 = rotateRight(v13 ^ v1, 8);
        v9 += v13;
        v5 = rotateRight(v5 ^ v9, 7);
        v2 += v6 + m1;
        v14 = rotateRight(v14 ^ v2, 16);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 12);
        v2 += v6 + m9;
        v14 = rotateRight(v14 ^ v2, 8);
        v10 += v14;
        v6 = rotateRight(v6 ^ v10, 7);
        v3 += v7 + m8;
        v15 = rotateRight(v15 ^ v3, 16);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 12);
        v3 += v7 + m6;
        v15 = rotateRight(v15 ^ v3, 8);
        v11 += v15;
        v7 = rotateRight(v7 ^ v11, 7);
        v0 += v5 + m14;
        v15 = rotateRight(v15 ^ v0, 16);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 12);
        v0 += v5 + m10;
        v15 = rotateRight(v15 ^ v0, 8);
        v10 += v15;
        v5 = rotateRight(v5 ^ v10, 7);
        v1 += v6 + m2;
        v12 = rotateRight(v12 ^ v1, 16);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 12);
        v1 += v6 + m12;
        v12 = rotateRight(v12 ^ v1, 8);
        v11 += v12;
        v6 = rotateRight(v6 ^ v11, 7);
        v2 += v7 + m3;
        v13 = rotateRight(v13 ^ v2, 16);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 12);
        v2 += v7 + m4;
        v13 = rotateRight(v13 ^ v2, 8);
        v8 += v13;
        v7 = rotateRight(v7 ^ v8, 7);
        v3 += v4 + m7;
        v14 = rotateRight(v14 ^ v3, 16);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 12);
        v3 += v4 + m13;
        v14 = rotateRight(v14 ^ v3, 8);
        v9 += v14;
        v4 = rotateRight(v4 ^ v9, 7);

        out[0] = v0 ^ v8;
        out[1] = v1 ^ v9;
        out[2] = v2 ^ v10;
        out[3] = v3 ^ v11;
        out[4] = v4 ^ v12;
        out[5] = v5 ^ v13;
        out[6] = v6 ^ v14;
        out[7] = v7 ^ v15;
    }
}
