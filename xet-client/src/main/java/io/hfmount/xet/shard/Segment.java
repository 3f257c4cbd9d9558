package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.xorb.XorbLimits;

/**
 * A consecutive piece of a file: the chunks {@code [chunkStart, chunkEnd)} of a xorb.
 *
 * @param xorb xorb hash
 * @param unpackedBytes length of those chunks in bytes, 1 to {@link XorbLimits#MAX_BYTES}
 * @param chunkStart first chunk index
 * @param chunkEnd one past the last chunk index
 */
public record Segment(ContentHash xorb, long unpackedBytes, int chunkStart, int chunkEnd) {
    public Segment {
        if (chunkStart < 0 || chunkEnd <= chunkStart || chunkEnd > XorbLimits.MAX_CHUNKS) {
            throw new IllegalArgumentException("not a chunk range of a xorb: [" + chunkStart + ", " + chunkEnd + ")");
        }
        if (unpackedBytes < 1 || unpackedBytes > XorbLimits.MAX_BYTES) {
            throw new IllegalArgumentException("a segment has 1 to " + XorbLimits.MAX_BYTES + " bytes, not "
                    + Long.toUnsignedString(unpackedBytes));
        }
    }
}
