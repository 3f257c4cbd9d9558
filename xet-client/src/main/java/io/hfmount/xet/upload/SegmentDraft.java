package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.shard.Segment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A segment of a file under construction, on a stored xorb or on one that has no hash yet. Grows at its end only.
 * Confined as {@link OpenXorb} is.
 */
final class SegmentDraft {
    private final @Nullable ContentHash known;
    private @Nullable OpenXorb open;
    private int start;
    private int count;
    private long bytes;
    private List<ContentHash> hashes = new ArrayList<>();
    private @Nullable ContentHash verification;

    /** A segment on a stored xorb. */
    SegmentDraft(ContentHash xorb, int start) {
        this.known = xorb;
        this.start = start;
    }

    /** A segment on a xorb under construction. */
    SegmentDraft(OpenXorb xorb, int start) {
        this.known = null;
        this.open = xorb;
        this.start = start;
        xorb.refer(this);
    }

    /** A segment that is registered already; nothing can be added. */
    SegmentDraft(Segment registered, ContentHash verification) {
        this.known = registered.xorb();
        this.start = registered.chunkStart();
        this.count = registered.chunkEnd() - registered.chunkStart();
        this.bytes = registered.unpackedBytes();
        this.hashes = List.of();
        this.verification = verification;
    }

    /** Whether chunks can still be added. */
    boolean isOpen() {
        return verification == null;
    }

    void add(Chunk chunk) {
        hashes.add(chunk.hash());
        count++;
        bytes += chunk.length();
    }

    /** Nothing follows; keeps the range hash instead of the chunk hashes. */
    void close() {
        if (verification == null) {
            verification = XetHashes.rangeHash(hashes);
            hashes = List.of();
        }
    }

    void move(OpenXorb target, int shift) {
        open = target;
        start += shift;
    }

    long bytes() {
        return bytes;
    }

    int chunkEnd() {
        return start + count;
    }

    boolean isIn(OpenXorb xorb) {
        return open == xorb;
    }

    /** Whether it refers to the stored xorb {@code xorb}. */
    boolean isIn(ContentHash xorb) {
        OpenXorb mine = open;
        return xorb.equals(mine == null ? known : mine.hash());
    }

    /** The finished segment. */
    Segment segment() {
        OpenXorb mine = open;
        ContentHash xorb = mine == null ? known : mine.hash();
        if (xorb == null) {
            throw new IllegalStateException("a segment refers to a xorb that was not sealed");
        }
        return new Segment(xorb, bytes, start, start + count);
    }

    ContentHash verification() {
        close();
        ContentHash done = verification;
        if (done == null) {
            throw new IllegalStateException("a closed segment has a verification hash");
        }
        return done;
    }
}
