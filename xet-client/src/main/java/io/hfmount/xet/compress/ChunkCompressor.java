package io.hfmount.xet.compress;

import java.util.Objects;

/** Compresses chunks one after the other, reusing its scratch space. Not thread-safe. */
public final class ChunkCompressor {
    private final Lz4FrameWriter frames = new Lz4FrameWriter();
    private byte[] grouped = new byte[0];
    private byte[] out = new byte[0];

    /**
     * Compresses {@code data[off..off+len)}.
     *
     * @param requested scheme to try; the result is {@link Scheme#NONE} when that does not shrink the chunk
     */
    public Payload compress(byte[] data, int off, int len, Scheme requested) {
        Objects.checkFromIndexSize(off, len, data.length);
        if (requested == Scheme.NONE) {
            return new Payload(Scheme.NONE, data, off, len);
        }
        byte[] source = data;
        int from = off;
        if (requested == Scheme.BYTE_GROUPED_LZ4) {
            if (grouped.length < len) {
                grouped = new byte[len];
            }
            ByteGrouping.group(data, off, len, grouped);
            source = grouped;
            from = 0;
        }
        int bound = Lz4FrameWriter.bound(len);
        if (out.length < bound) {
            out = new byte[bound];
        }
        int length = frames.write(source, from, len, out);
        return length < len ? new Payload(requested, out, 0, length) : new Payload(Scheme.NONE, data, off, len);
    }
}
