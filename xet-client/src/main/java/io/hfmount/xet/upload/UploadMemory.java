package io.hfmount.xet.upload;

import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.xorb.SegmentPool;
import io.hfmount.xet.xorb.XorbLimits;

/**
 * What all sessions of an uploader hold of file content in memory, in three parts: files being cleaned, leftovers that
 * wait in pools for company, and sealed xorbs that are not stored yet. Thread-safe.
 *
 * <p>There is no circular wait: cleaning waits for {@code sending} while it holds {@code cleaning} and {@code pooled}, and
 * {@code sending} depends on the network alone; {@code pooled} is never waited for.
 */
final class UploadMemory {
    private final ByteBudget cleaning;
    private final ByteBudget pooled;
    private final ByteBudget sending;
    private final SegmentPool segments;

    UploadMemory(UploadSettings settings) {
        long xorb = settings.maxXorbBytes();
        // A chunk that does not shrink is stored with a header, so a serialised xorb may be a little longer.
        long pool = xorb + (long) XorbLimits.RECORD_HEADER * settings.maxXorbChunks();
        long share = settings.memoryBytes() - pool;
        long oneFile = xorb + settings.blockBytes() + Chunker.MAX;
        long cleaningShare = Math.max(Math.min(oneFile, share - xorb), share / 3);
        this.cleaning = new ByteBudget(cleaningShare);
        this.pooled = new ByteBudget(pool);
        this.sending = new ByteBudget(share - cleaningShare);
        this.segments = new SegmentPool(settings.memoryBytes());
    }

    /** For files while they are cleaned. */
    ByteBudget cleaning() {
        return cleaning;
    }

    /** For leftovers in pools; not to be waited for. */
    ByteBudget pooled() {
        return pooled;
    }

    /** For serialised xorbs until they are stored. */
    ByteBudget sending() {
        return sending;
    }

    /** Room for serialised xorbs, which the parts above count. */
    SegmentPool segments() {
        return segments;
    }

    /** Keeps nothing for later if nothing is out. */
    void trim() {
        if (used() == 0) {
            segments.clear();
        }
    }

    /** Bytes that are out now. */
    long used() {
        return cleaning.used() + pooled.used() + sending.used();
    }

    /** No less than the most that was ever out at once. */
    long peak() {
        return cleaning.peak() + pooled.peak() + sending.peak();
    }
}
