package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.xorb.XorbIndex;
import io.hfmount.xet.xorb.XorbLimits;
import java.util.ArrayList;
import java.util.List;

/**
 * The description of one xorb. Immutable.
 *
 * @param hash xorb hash
 * @param chunks its chunks in order, at least one, each starting where the one before ends
 * @param bytesOnDisk length of the stored xorb; clients write 0
 */
public record XorbEntry(ContentHash hash, List<ChunkEntry> chunks, long bytesOnDisk) {
    private static final long U32 = 0xFFFF_FFFFL;

    public XorbEntry {
        chunks = List.copyOf(chunks);
        if (chunks.isEmpty() || chunks.size() > XorbLimits.MAX_CHUNKS) {
            throw new IllegalArgumentException(
                    "a xorb has 1 to " + XorbLimits.MAX_CHUNKS + " chunks, not " + chunks.size());
        }
        long end = 0;
        for (ChunkEntry chunk : chunks) {
            if (chunk.startOffset() != end) {
                throw new IllegalArgumentException(
                        "a chunk starts at " + chunk.startOffset() + ", but the one before ends at " + end);
            }
            end += chunk.length();
        }
        if (end > XorbLimits.MAX_BYTES) {
            throw new IllegalArgumentException("a xorb has at most " + XorbLimits.MAX_BYTES + " bytes, not " + end);
        }
        if (bytesOnDisk < 0 || bytesOnDisk > U32) {
            throw new IllegalArgumentException("not a length of a stored xorb: " + bytesOnDisk);
        }
        if (hash.equals(ContentHash.ONES)) {
            throw new IllegalArgumentException("the bookend is not the hash of a xorb");
        }
    }

    /** What a client says of a xorb it uploads. */
    public static XorbEntry of(XorbIndex index) {
        List<ChunkEntry> chunks = new ArrayList<>(index.count());
        for (int i = 0; i < index.count(); i++) {
            chunks.add(
                    new ChunkEntry(index.chunks().get(i).hash(), index.unpackedStart(i), index.chunkLength(i), false));
        }
        return new XorbEntry(index.hash(), chunks, 0);
    }

    /** Unpacked length of the xorb in bytes. */
    public int unpackedBytes() {
        ChunkEntry last = chunks.get(chunks.size() - 1);
        return last.startOffset() + last.length();
    }

    /** Unpacked length of chunks {@code [from, to)}, which must not be empty. */
    public int unpackedBytes(int from, int to) {
        ChunkEntry last = chunks.get(to - 1);
        return last.startOffset() + last.length() - chunks.get(from).startOffset();
    }

    /**
     * One chunk of a xorb.
     *
     * @param hash chunk hash; in a keyed shard its keyed form
     * @param startOffset where it starts in the unpacked data
     * @param length unpacked length in bytes
     * @param dedupEligible whether storage offers it for global deduplication
     */
    public record ChunkEntry(ContentHash hash, int startOffset, int length, boolean dedupEligible) {
        public ChunkEntry {
            if (startOffset < 0 || length < 1 || length > Chunker.MAX) {
                throw new IllegalArgumentException("not a chunk: " + Integer.toUnsignedString(length) + " bytes at "
                        + Integer.toUnsignedString(startOffset));
            }
        }

        ChunkEntry withHash(ContentHash other) {
            return new ChunkEntry(other, startOffset, length, dedupEligible);
        }

        ChunkEntry asEligible() {
            return new ChunkEntry(hash, startOffset, length, true);
        }
    }
}
