package io.hfmount.xet.compress;

/**
 * Brings the bytes at index 0 mod 4 together, then those at 1, 2 and 3 mod 4, which helps LZ4 on arrays of 32-bit numbers.
 * Where the length is not a multiple of 4 the first groups are one longer. Thread-safe.
 *
 * <p>Both ways go by 32 bytes, which are two matrices of 4 x 4 bytes in four longs: row i has number i in its lower and number
 * i + 4 in its upper half, and a transposed row is eight bytes of one group.
 */
final class ByteGrouping {
    private static final int STEP = 32;
    private static final long ODD_BYTES = 0x00FF_00FF_00FF_00FFL;
    private static final long ODD_PAIRS = 0x0000_FFFF_0000_FFFFL;
    private static final long LOW = 0xFFFF_FFFFL;

    private ByteGrouping() {}

    /** Groups {@code src[off..off+len)} into {@code dst} from index 0. */
    static void group(byte[] src, int off, int len, byte[] dst) {
        int g1 = groupStart(len, 1);
        int g2 = groupStart(len, 2);
        int g3 = groupStart(len, 3);
        int i = 0;
        for (; i <= len - STEP; i += STEP) {
            int at = off + i;
            long n01 = (long) Lz4Frame.LONG_LE.get(src, at);
            long n23 = (long) Lz4Frame.LONG_LE.get(src, at + 8);
            long n45 = (long) Lz4Frame.LONG_LE.get(src, at + 16);
            long n67 = (long) Lz4Frame.LONG_LE.get(src, at + 24);
            long a = (n01 & LOW) | n45 << 32;
            long b = n01 >>> 32 | (n45 & ~LOW);
            long c = (n23 & LOW) | n67 << 32;
            long d = n23 >>> 32 | (n67 & ~LOW);
            long t = (a >>> 16 ^ c) & ODD_PAIRS;
            c ^= t;
            a ^= t << 16;
            t = (b >>> 16 ^ d) & ODD_PAIRS;
            d ^= t;
            b ^= t << 16;
            t = (a >>> 8 ^ b) & ODD_BYTES;
            b ^= t;
            a ^= t << 8;
            t = (c >>> 8 ^ d) & ODD_BYTES;
            d ^= t;
            c ^= t << 8;
            int to = i >>> 2;
            Lz4Frame.LONG_LE.set(dst, to, a);
            Lz4Frame.LONG_LE.set(dst, g1 + to, b);
            Lz4Frame.LONG_LE.set(dst, g2 + to, c);
            Lz4Frame.LONG_LE.set(dst, g3 + to, d);
        }
        for (; i < len; i++) {
            dst[groupStart(len, i & 3) + (i >>> 2)] = src[off + i];
        }
    }

    /** Undoes {@link #group}: reads {@code len} grouped bytes from index 0 of {@code src}. */
    static void ungroup(byte[] src, int len, byte[] dst, int off) {
        int g1 = groupStart(len, 1);
        int g2 = groupStart(len, 2);
        int g3 = groupStart(len, 3);
        int i = 0;
        for (; i <= len - STEP; i += STEP) {
            int from = i >>> 2;
            long a = (long) Lz4Frame.LONG_LE.get(src, from);
            long b = (long) Lz4Frame.LONG_LE.get(src, g1 + from);
            long c = (long) Lz4Frame.LONG_LE.get(src, g2 + from);
            long d = (long) Lz4Frame.LONG_LE.get(src, g3 + from);
            long t = (a >>> 16 ^ c) & ODD_PAIRS;
            c ^= t;
            a ^= t << 16;
            t = (b >>> 16 ^ d) & ODD_PAIRS;
            d ^= t;
            b ^= t << 16;
            t = (a >>> 8 ^ b) & ODD_BYTES;
            b ^= t;
            a ^= t << 8;
            t = (c >>> 8 ^ d) & ODD_BYTES;
            d ^= t;
            c ^= t << 8;
            int at = off + i;
            Lz4Frame.LONG_LE.set(dst, at, (a & LOW) | b << 32);
            Lz4Frame.LONG_LE.set(dst, at + 8, (c & LOW) | d << 32);
            Lz4Frame.LONG_LE.set(dst, at + 16, a >>> 32 | (b & ~LOW));
            Lz4Frame.LONG_LE.set(dst, at + 24, c >>> 32 | (d & ~LOW));
        }
        for (; i < len; i++) {
            dst[off + i] = src[groupStart(len, i & 3) + (i >>> 2)];
        }
    }

    /** Where group {@code k} of {@code len} bytes starts. */
    private static int groupStart(int len, int k) {
        return k * (len >>> 2) + Math.min(k, len & 3);
    }
}
