package io.hfmount.xet.hash;

import static jdk.incubator.vector.VectorOperators.ROR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sixteen chunks at once in vectors of 512 bits. The species must be a constant of the class for the compiler to keep vectors in
 * registers, which is why {@link Lanes8Kernel} has its own text. The seven rounds are a loop over a table, which keeps the
 * method small enough to be compiled well, and the four mixings of a half round advance side by side.
 */
final class Lanes16Kernel extends LaneKernel {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final int LANES = 16;
    private static final int[] SCHEDULE = schedule(LANES);

    private static final IntVector LOW_1 = exchange(1, 0);
    private static final IntVector HIGH_1 = exchange(1, 1);
    private static final IntVector LOW_2 = exchange(2, 0);
    private static final IntVector HIGH_2 = exchange(2, 2);
    private static final IntVector LOW_4 = exchange(4, 0);
    private static final IntVector HIGH_4 = exchange(4, 4);
    private static final IntVector LOW_8 = exchange(8, 0);
    private static final IntVector HIGH_8 = exchange(8, 8);
    private static final IntVector EVEN = IntVector.zero(INTS).addIndex(2);
    private static final IntVector ODD = EVEN.add(1);

    Lanes16Kernel() {
        super(LANES);
    }

    /**
     * Which lanes of two rows make one row after blocks of {@code distance} lanes changed places between them: the upper
     * row of the pair with {@code shift} 0, the lower one with {@code shift} equal to {@code distance}.
     */
    private static IntVector exchange(int distance, int shift) {
        int[] lanes = new int[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = (i & distance) == 0 ? i + shift : LANES + i - distance + shift;
        }
        return IntVector.fromArray(INTS, lanes, 0);
    }

    @Override
    void loadBlocks(byte[] data, int off, byte[] last, int lastOff) {
        load(data, off, last, lastOff, words, 0);
    }

    /** Transposes a square: 16 words of each lane. */
    private static void load(byte[] data, int off, byte[] last, int lastOff, int[] words, int to) {
        IntVector r0 = ByteVector.fromArray(BYTES, data, off).reinterpretAsInts();
        IntVector r1 = ByteVector.fromArray(BYTES, data, off + 1 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r2 = ByteVector.fromArray(BYTES, data, off + 2 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r3 = ByteVector.fromArray(BYTES, data, off + 3 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r4 = ByteVector.fromArray(BYTES, data, off + 4 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r5 = ByteVector.fromArray(BYTES, data, off + 5 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r6 = ByteVector.fromArray(BYTES, data, off + 6 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r7 = ByteVector.fromArray(BYTES, data, off + 7 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r8 = ByteVector.fromArray(BYTES, data, off + 8 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r9 = ByteVector.fromArray(BYTES, data, off + 9 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r10 = ByteVector.fromArray(BYTES, data, off + 10 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r11 = ByteVector.fromArray(BYTES, data, off + 11 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r12 = ByteVector.fromArray(BYTES, data, off + 12 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r13 = ByteVector.fromArray(BYTES, data, off + 13 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r14 = ByteVector.fromArray(BYTES, data, off + 14 * Blake3Hasher.CHUNK_BYTES)
                .reinterpretAsInts();
        IntVector r15 = ByteVector.fromArray(BYTES, last, lastOff).reinterpretAsInts();
        // blocks of 8
        IntVector t8x0 = LOW_8.selectFrom(r0, r8);
        r8 = HIGH_8.selectFrom(r0, r8);
        r0 = t8x0;
        IntVector t8x1 = LOW_8.selectFrom(r1, r9);
        r9 = HIGH_8.selectFrom(r1, r9);
        r1 = t8x1;
        IntVector t8x2 = LOW_8.selectFrom(r2, r10);
        r10 = HIGH_8.selectFrom(r2, r10);
        r2 = t8x2;
        IntVector t8x3 = LOW_8.selectFrom(r3, r11);
        r11 = HIGH_8.selectFrom(r3, r11);
        r3 = t8x3;
        IntVector t8x4 = LOW_8.selectFrom(r4, r12);
        r12 = HIGH_8.selectFrom(r4, r12);
        r4 = t8x4;
        IntVector t8x5 = LOW_8.selectFrom(r5, r13);
        r13 = HIGH_8.selectFrom(r5, r13);
        r5 = t8x5;
        IntVector t8x6 = LOW_8.selectFrom(r6, r14);
        r14 = HIGH_8.selectFrom(r6, r14);
        r6 = t8x6;
        IntVector t8x7 = LOW_8.selectFrom(r7, r15);
        r15 = HIGH_8.selectFrom(r7, r15);
        r7 = t8x7;
        // blocks of 4
        IntVector t4x0 = LOW_4.selectFrom(r0, r4);
        r4 = HIGH_4.selectFrom(r0, r4);
        r0 = t4x0;
        IntVector t4x1 = LOW_4.selectFrom(r1, r5);
        r5 = HIGH_4.selectFrom(r1, r5);
        r1 = t4x1;
        IntVector t4x2 = LOW_4.selectFrom(r2, r6);
        r6 = HIGH_4.selectFrom(r2, r6);
        r2 = t4x2;
        IntVector t4x3 = LOW_4.selectFrom(r3, r7);
        r7 = HIGH_4.selectFrom(r3, r7);
        r3 = t4x3;
        IntVector t4x8 = LOW_4.selectFrom(r8, r12);
        r12 = HIGH_4.selectFrom(r8, r12);
        r8 = t4x8;
        IntVector t4x9 = LOW_4.selectFrom(r9, r13);
        r13 = HIGH_4.selectFrom(r9, r13);
        r9 = t4x9;
        IntVector t4x10 = LOW_4.selectFrom(r10, r14);
        r14 = HIGH_4.selectFrom(r10, r14);
        r10 = t4x10;
        IntVector t4x11 = LOW_4.selectFrom(r11, r15);
        r15 = HIGH_4.selectFrom(r11, r15);
        r11 = t4x11;
        // blocks of 2
        IntVector t2x0 = LOW_2.selectFrom(r0, r2);
        r2 = HIGH_2.selectFrom(r0, r2);
        r0 = t2x0;
        IntVector t2x1 = LOW_2.selectFrom(r1, r3);
        r3 = HIGH_2.selectFrom(r1, r3);
        r1 = t2x1;
        IntVector t2x4 = LOW_2.selectFrom(r4, r6);
        r6 = HIGH_2.selectFrom(r4, r6);
        r4 = t2x4;
        IntVector t2x5 = LOW_2.selectFrom(r5, r7);
        r7 = HIGH_2.selectFrom(r5, r7);
        r5 = t2x5;
        IntVector t2x8 = LOW_2.selectFrom(r8, r10);
        r10 = HIGH_2.selectFrom(r8, r10);
        r8 = t2x8;
        IntVector t2x9 = LOW_2.selectFrom(r9, r11);
        r11 = HIGH_2.selectFrom(r9, r11);
        r9 = t2x9;
        IntVector t2x12 = LOW_2.selectFrom(r12, r14);
        r14 = HIGH_2.selectFrom(r12, r14);
        r12 = t2x12;
        IntVector t2x13 = LOW_2.selectFrom(r13, r15);
        r15 = HIGH_2.selectFrom(r13, r15);
        r13 = t2x13;
        // single lanes
        IntVector t1x0 = LOW_1.selectFrom(r0, r1);
        r1 = HIGH_1.selectFrom(r0, r1);
        r0 = t1x0;
        IntVector t1x2 = LOW_1.selectFrom(r2, r3);
        r3 = HIGH_1.selectFrom(r2, r3);
        r2 = t1x2;
        IntVector t1x4 = LOW_1.selectFrom(r4, r5);
        r5 = HIGH_1.selectFrom(r4, r5);
        r4 = t1x4;
        IntVector t1x6 = LOW_1.selectFrom(r6, r7);
        r7 = HIGH_1.selectFrom(r6, r7);
        r6 = t1x6;
        IntVector t1x8 = LOW_1.selectFrom(r8, r9);
        r9 = HIGH_1.selectFrom(r8, r9);
        r8 = t1x8;
        IntVector t1x10 = LOW_1.selectFrom(r10, r11);
        r11 = HIGH_1.selectFrom(r10, r11);
        r10 = t1x10;
        IntVector t1x12 = LOW_1.selectFrom(r12, r13);
        r13 = HIGH_1.selectFrom(r12, r13);
        r12 = t1x12;
        IntVector t1x14 = LOW_1.selectFrom(r14, r15);
        r15 = HIGH_1.selectFrom(r14, r15);
        r14 = t1x14;
        r0.intoArray(words, to);
        r1.intoArray(words, to + 1 * LANES);
        r2.intoArray(words, to + 2 * LANES);
        r3.intoArray(words, to + 3 * LANES);
        r4.intoArray(words, to + 4 * LANES);
        r5.intoArray(words, to + 5 * LANES);
        r6.intoArray(words, to + 6 * LANES);
        r7.intoArray(words, to + 7 * LANES);
        r8.intoArray(words, to + 8 * LANES);
        r9.intoArray(words, to + 9 * LANES);
        r10.intoArray(words, to + 10 * LANES);
        r11.intoArray(words, to + 11 * LANES);
        r12.intoArray(words, to + 12 * LANES);
        r13.intoArray(words, to + 13 * LANES);
        r14.intoArray(words, to + 14 * LANES);
        r15.intoArray(words, to + 15 * LANES);
    }

    @Override
    void loadPairs(int[] nodes, int first) {
        for (int w = 0; w < 8; w++) {
            IntVector lower = IntVector.fromArray(INTS, nodes, w * COLUMN + first);
            IntVector upper = IntVector.fromArray(INTS, nodes, w * COLUMN + first + LANES);
            EVEN.selectFrom(lower, upper).intoArray(words, w * LANES);
            ODD.selectFrom(lower, upper).intoArray(words, (8 + w) * LANES);
        }
    }

    @Override
    void compress(int[] in, int inAt, int inColumn, int[] out, int outAt, int outColumn) {
        rounds(words, heads, in, inAt, inColumn, out, outAt, outColumn);
    }

    private static void rounds(
            int[] words, int[] heads, int[] in, int inAt, int inColumn, int[] out, int outAt, int outColumn) {
        IntVector v0 = IntVector.fromArray(INTS, in, inAt);
        IntVector v1 = IntVector.fromArray(INTS, in, inAt + inColumn);
        IntVector v2 = IntVector.fromArray(INTS, in, inAt + 2 * inColumn);
        IntVector v3 = IntVector.fromArray(INTS, in, inAt + 3 * inColumn);
        IntVector v4 = IntVector.fromArray(INTS, in, inAt + 4 * inColumn);
        IntVector v5 = IntVector.fromArray(INTS, in, inAt + 5 * inColumn);
        IntVector v6 = IntVector.fromArray(INTS, in, inAt + 6 * inColumn);
        IntVector v7 = IntVector.fromArray(INTS, in, inAt + 7 * inColumn);
        IntVector v8 = IntVector.broadcast(INTS, ScalarKernel.IV0);
        IntVector v9 = IntVector.broadcast(INTS, ScalarKernel.IV1);
        IntVector v10 = IntVector.broadcast(INTS, ScalarKernel.IV2);
        IntVector v11 = IntVector.broadcast(INTS, ScalarKernel.IV3);
        IntVector v12 = IntVector.fromArray(INTS, heads, 0);
        IntVector v13 = IntVector.fromArray(INTS, heads, 1 * LANES);
        IntVector v14 = IntVector.fromArray(INTS, heads, 2 * LANES);
        IntVector v15 = IntVector.fromArray(INTS, heads, 3 * LANES);
        for (int r = 0; r < SCHEDULE.length; r += 16) {
            // columns
            v0 = v0.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 0])).add(v4);
            v1 = v1.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 2])).add(v5);
            v2 = v2.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 4])).add(v6);
            v3 = v3.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 6])).add(v7);
            v12 = v12.lanewise(XOR, v0).lanewise(ROR, 16);
            v13 = v13.lanewise(XOR, v1).lanewise(ROR, 16);
            v14 = v14.lanewise(XOR, v2).lanewise(ROR, 16);
            v15 = v15.lanewise(XOR, v3).lanewise(ROR, 16);
            v8 = v8.add(v12);
            v9 = v9.add(v13);
            v10 = v10.add(v14);
            v11 = v11.add(v15);
            v4 = v4.lanewise(XOR, v8).lanewise(ROR, 12);
            v5 = v5.lanewise(XOR, v9).lanewise(ROR, 12);
            v6 = v6.lanewise(XOR, v10).lanewise(ROR, 12);
            v7 = v7.lanewise(XOR, v11).lanewise(ROR, 12);
            v0 = v0.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 1])).add(v4);
            v1 = v1.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 3])).add(v5);
            v2 = v2.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 5])).add(v6);
            v3 = v3.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 7])).add(v7);
            v12 = v12.lanewise(XOR, v0).lanewise(ROR, 8);
            v13 = v13.lanewise(XOR, v1).lanewise(ROR, 8);
            v14 = v14.lanewise(XOR, v2).lanewise(ROR, 8);
            v15 = v15.lanewise(XOR, v3).lanewise(ROR, 8);
            v8 = v8.add(v12);
            v9 = v9.add(v13);
            v10 = v10.add(v14);
            v11 = v11.add(v15);
            v4 = v4.lanewise(XOR, v8).lanewise(ROR, 7);
            v5 = v5.lanewise(XOR, v9).lanewise(ROR, 7);
            v6 = v6.lanewise(XOR, v10).lanewise(ROR, 7);
            v7 = v7.lanewise(XOR, v11).lanewise(ROR, 7);
            // diagonals
            v0 = v0.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 8])).add(v5);
            v1 = v1.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 10])).add(v6);
            v2 = v2.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 12])).add(v7);
            v3 = v3.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 14])).add(v4);
            v15 = v15.lanewise(XOR, v0).lanewise(ROR, 16);
            v12 = v12.lanewise(XOR, v1).lanewise(ROR, 16);
            v13 = v13.lanewise(XOR, v2).lanewise(ROR, 16);
            v14 = v14.lanewise(XOR, v3).lanewise(ROR, 16);
            v10 = v10.add(v15);
            v11 = v11.add(v12);
            v8 = v8.add(v13);
            v9 = v9.add(v14);
            v5 = v5.lanewise(XOR, v10).lanewise(ROR, 12);
            v6 = v6.lanewise(XOR, v11).lanewise(ROR, 12);
            v7 = v7.lanewise(XOR, v8).lanewise(ROR, 12);
            v4 = v4.lanewise(XOR, v9).lanewise(ROR, 12);
            v0 = v0.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 9])).add(v5);
            v1 = v1.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 11])).add(v6);
            v2 = v2.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 13])).add(v7);
            v3 = v3.add(IntVector.fromArray(INTS, words, SCHEDULE[r + 15])).add(v4);
            v15 = v15.lanewise(XOR, v0).lanewise(ROR, 8);
            v12 = v12.lanewise(XOR, v1).lanewise(ROR, 8);
            v13 = v13.lanewise(XOR, v2).lanewise(ROR, 8);
            v14 = v14.lanewise(XOR, v3).lanewise(ROR, 8);
            v10 = v10.add(v15);
            v11 = v11.add(v12);
            v8 = v8.add(v13);
            v9 = v9.add(v14);
            v5 = v5.lanewise(XOR, v10).lanewise(ROR, 7);
            v6 = v6.lanewise(XOR, v11).lanewise(ROR, 7);
            v7 = v7.lanewise(XOR, v8).lanewise(ROR, 7);
            v4 = v4.lanewise(XOR, v9).lanewise(ROR, 7);
        }
        v0.lanewise(XOR, v8).intoArray(out, outAt);
        v1.lanewise(XOR, v9).intoArray(out, outAt + outColumn);
        v2.lanewise(XOR, v10).intoArray(out, outAt + 2 * outColumn);
        v3.lanewise(XOR, v11).intoArray(out, outAt + 3 * outColumn);
        v4.lanewise(XOR, v12).intoArray(out, outAt + 4 * outColumn);
        v5.lanewise(XOR, v13).intoArray(out, outAt + 5 * outColumn);
        v6.lanewise(XOR, v14).intoArray(out, outAt + 6 * outColumn);
        v7.lanewise(XOR, v15).intoArray(out, outAt + 7 * outColumn);
    }
}
