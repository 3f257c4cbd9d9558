package io.hfmount.xet.compress;

import net.jpountz.lz4.LZ4Compressor;

/**
 * Writes LZ4 frames in the form the reference writes: independent blocks, no sizes or checksums, end mark, block class
 * 64 KiB for content up to that length and 256 KiB above. Thread-safe.
 */
final class Lz4FrameWriter {
    private static final int HEADER = 7;
    private static final int SMALL_CLASS = 4;
    private static final int LARGE_CLASS = 5;

    private final LZ4Compressor compressor = Lz4Frame.LZ4.fastCompressor();

    /** Room that {@link #write} needs for {@code len} bytes of content. */
    static int bound(int len) {
        int blocks = len / Lz4Frame.blockBytes(SMALL_CLASS) + 1;
        return HEADER + len + len / 255 + 20 * blocks + 4;
    }

    /**
     * Writes one frame.
     *
     * @param out receives it from index 0; at least {@link #bound} bytes
     * @return length of the frame in bytes
     */
    int write(byte[] src, int off, int len, byte[] out) {
        int blockClass = len <= Lz4Frame.blockBytes(SMALL_CLASS) ? SMALL_CLASS : LARGE_CLASS;
        int blockBytes = Lz4Frame.blockBytes(blockClass);
        Lz4Frame.INT_LE.set(out, 0, Lz4Frame.MAGIC);
        out[4] = (byte) (Lz4Frame.VERSION | Lz4Frame.INDEPENDENT);
        out[5] = (byte) (blockClass << 4);
        out[6] = Lz4Frame.headerChecksum(out, 4, 2);
        int at = HEADER;
        for (int done = 0; done < len; ) {
            int n = Math.min(blockBytes, len - done);
            int stored = compressor.compress(src, off + done, n, out, at + 4, out.length - at - 4);
            if (stored < n) {
                Lz4Frame.INT_LE.set(out, at, stored);
            } else {
                System.arraycopy(src, off + done, out, at + 4, n);
                Lz4Frame.INT_LE.set(out, at, n | Lz4Frame.RAW_BLOCK);
                stored = n;
            }
            at += 4 + stored;
            done += n;
        }
        Lz4Frame.INT_LE.set(out, at, 0);
        return at + 4;
    }
}
