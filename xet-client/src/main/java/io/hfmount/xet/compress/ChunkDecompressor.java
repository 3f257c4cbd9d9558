package io.hfmount.xet.compress;

import java.util.Objects;

/** Decodes stored chunks one after the other, reusing its scratch space. Not thread-safe. */
public final class ChunkDecompressor {
    private final Lz4FrameReader frames = new Lz4FrameReader();
    private byte[] grouped = new byte[0];

    /**
     * Decodes the payload {@code stored[off..off+len)} into {@code out[outOff..outOff+unpacked)}.
     *
     * @param unpacked the exact length that has to come out
     * @throws CompressionFormatException if the payload is damaged or gives another length; {@code out} may then hold
     *     anything in that range
     * @throws IndexOutOfBoundsException if a range is not inside its array
     */
    public void decompress(Scheme scheme, byte[] stored, int off, int len, byte[] out, int outOff, int unpacked)
            throws CompressionFormatException {
        Objects.checkFromIndexSize(off, len, stored.length);
        Objects.checkFromIndexSize(outOff, unpacked, out.length);
        switch (scheme) {
            case NONE -> {
                if (len != unpacked) {
                    throw new CompressionFormatException(
                            "an uncompressed chunk stores " + len + " bytes, but its header says " + unpacked);
                }
                System.arraycopy(stored, off, out, outOff, len);
            }
            case LZ4 -> frames.read(stored, off, len, out, outOff, unpacked);
            case BYTE_GROUPED_LZ4 -> {
                if (grouped.length < unpacked) {
                    grouped = new byte[unpacked];
                }
                frames.read(stored, off, len, grouped, 0, unpacked);
                ByteGrouping.ungroup(grouped, unpacked, out, outOff);
            }
        }
    }
}
