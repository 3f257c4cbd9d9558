package io.hfmount.xet.compress;

/**
 * The {@code auto} policy (xet-protocol §7.1): grouping pays where the four byte positions differ in their distribution of
 * one-bits. Thread-safe.
 */
public final class SchemeChooser {
    private static final double THRESHOLD = 0.02;
    private static final int CLASSES = 9;

    private SchemeChooser() {}

    /** The scheme to try for content like {@code data[off..off+len)}: {@code LZ4} or {@code BYTE_GROUPED_LZ4}. */
    public static Scheme choose(byte[] data, int off, int len) {
        return divergence(histograms(data, off, len)) > THRESHOLD ? Scheme.BYTE_GROUPED_LZ4 : Scheme.LZ4;
    }

    /** {@code [k][c]} counts the bytes at index k mod 4 that have c one-bits. */
    static int[][] histograms(byte[] data, int off, int len) {
        int[][] counts = new int[4][CLASSES];
        for (int i = 0; i < len; i++) {
            counts[i & 3][Integer.bitCount(data[off + i] & 0xFF)]++;
        }
        return counts;
    }

    /** The greatest divergence of a position from the whole; positions with an empty class do not count. */
    private static double divergence(int[][] counts) {
        long[] base = new long[CLASSES];
        long all = 0;
        for (int c = 0; c < CLASSES; c++) {
            base[c] = 1;
            for (int[] position : counts) {
                base[c] += position[c];
                all += position[c];
            }
        }
        double greatest = 0;
        for (int[] position : counts) {
            long total = 0;
            for (int n : position) {
                total += n;
            }
            double divergence = 0;
            boolean counted = true;
            for (int c = 0; c < CLASSES && counted; c++) {
                counted = position[c] > 0;
                double p = (double) position[c] / total;
                double q = (double) base[c] / all;
                divergence += p * Math.log(p / q);
            }
            if (counted && divergence > greatest) {
                greatest = divergence;
            }
        }
        return greatest;
    }
}
