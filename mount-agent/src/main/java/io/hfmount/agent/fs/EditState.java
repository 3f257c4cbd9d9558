package io.hfmount.agent.fs;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RangeSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * What a partly filled staging file holds of an edit of published content, in the coverage form of mount-semantics §1.5.
 * Immutable; every change gives a new state.
 *
 * <p>Invariants, checked under {@code assert} after every change:
 *
 * <ul>
 *   <li>E1 ranges are sorted, disjoint, not adjacent and not empty
 *   <li>E2 dirty ⊆ coverage
 *   <li>E3 a covered byte that is not dirty equals the base's byte at the same offset
 *   <li>E4 a dirty byte is the user's since the last applied commit, or a covered byte between two such
 *   <li>E5 an uncovered byte below the size is a hole: staging reads zero there, and it is never shown or uploaded
 *   <li>E6 no range ends past the size
 *   <li>E7 every byte from the base's end to the size is dirty
 * </ul>
 */
final class EditState {
    /** Dirty ranges above which neighbours are merged where the gap is covered (H-27). */
    static final int COALESCE_ABOVE = 4096;

    /** Changes between two tries to merge. */
    static final int COALESCE_EVERY = 256;

    /** Covered ranges above which clean bytes are no longer kept: bounds the memory of scattered reads. */
    static final int MOST_KEPT = 16_384;

    private static final int CHECK_ALL_BELOW = 512;

    private final ContentHash baseHash;
    private final long baseSize;
    private final RangeSet coverage;
    private final RangeSet dirty;
    private final int changes; // since the state was new; decides when to merge

    private EditState(ContentHash baseHash, long baseSize, RangeSet coverage, RangeSet dirty, int changes) {
        this.baseHash = baseHash;
        this.baseSize = baseSize;
        this.coverage = coverage;
        this.dirty = dirty;
        this.changes = changes;
        assert (coverage.count() >= CHECK_ALL_BELOW && changes % COALESCE_EVERY != 0) || checkRanges();
    }

    /** Over staging that holds nothing of the base yet. */
    static EditState empty(ContentHash baseHash, long baseSize) {
        return new EditState(baseHash, baseSize, RangeSet.EMPTY, RangeSet.EMPTY, 0);
    }

    /** Over staging that holds the whole base (S11, H-01). */
    static EditState full(ContentHash baseHash, long baseSize) {
        return new EditState(baseHash, baseSize, RangeSet.of(0, baseSize), RangeSet.EMPTY, 0);
    }

    /** Hash of the content that is edited. */
    ContentHash baseHash() {
        return baseHash;
    }

    /** Its size in bytes. */
    long baseSize() {
        return baseSize;
    }

    /** Offsets whose staging bytes are real. */
    RangeSet coverage() {
        return coverage;
    }

    /** Offsets that the base does not have like this. */
    RangeSet dirty() {
        return dirty;
    }

    /**
     * {@code length} bytes were written at {@code offset}. A write past the end dirties the zeros before it too (H-09).
     *
     * @param previousEnd the file's size before
     */
    EditState trackWrite(long offset, long length, long previousEnd) {
        if (length == 0) {
            return this; // H-16
        }
        long start = Math.min(offset, previousEnd);
        long end = offset + length;
        RangeSet nextCoverage = coverage.add(start, end);
        RangeSet nextDirty = dirty.add(start, end);
        return sameOffsets(nextCoverage, nextDirty) ? this : changed(nextCoverage, nextDirty);
    }

    /** After an addition or a cut: nothing changed if no offset came or went. */
    private boolean sameOffsets(RangeSet nextCoverage, RangeSet nextDirty) {
        return nextCoverage.bytes() == coverage.bytes() && nextDirty.bytes() == dirty.bytes();
    }

    private EditState changed(RangeSet nextCoverage, RangeSet nextDirty) {
        int next = changes + 1;
        RangeSet merged = nextDirty.count() > COALESCE_ABOVE && next % COALESCE_EVERY == 0
                ? coalesce(nextDirty, nextCoverage)
                : nextDirty;
        return new EditState(baseHash, baseSize, nextCoverage, merged, next);
    }

    /** Merges neighbours over covered gaps; over a hole it would publish zeros (H-27). */
    private static RangeSet coalesce(RangeSet dirty, RangeSet coverage) {
        RangeSet merged = dirty;
        long before = -1;
        for (ByteRange range : dirty.ranges()) {
            if (before >= 0 && coverage.contains(before, range.start())) {
                merged = merged.add(before, range.start());
            }
            before = range.end();
        }
        return merged;
    }

    /** Bytes of the base were put into staging. */
    EditState trackFill(long offset, long length) {
        RangeSet next = coverage.add(offset, offset + length);
        return sameOffsets(next, dirty) ? this : changed(next, dirty);
    }

    /** The file ends at {@code size} now; what was known of later bytes is forgotten. */
    EditState clip(long size) {
        RangeSet nextCoverage = coverage.clip(size);
        RangeSet nextDirty = dirty.clip(size);
        return sameOffsets(nextCoverage, nextDirty) ? this : changed(nextCoverage, nextDirty);
    }

    /** The size was set from {@code previous} to {@code size}; new bytes are zeros of the user's. */
    EditState resize(long previous, long size) {
        return size > previous ? trackWrite(previous, size - previous, previous) : clip(size);
    }

    /** Parts of {@code [offset, offset + length)} whose staging bytes are not real, within the base. */
    List<ByteRange> holes(long offset, long length) {
        long end = Math.min(offset + length, baseSize);
        return offset >= end ? List.of() : coverage.holes(offset, end);
    }

    /** Whether staging holds the whole file. */
    boolean isFullyCovered(long size) {
        return coverage.contains(0, size);
    }

    /** Whether a file of {@code size} bytes is the base as it is. */
    boolean isUnchanged(long size) {
        return dirty.isEmpty() && size == baseSize;
    }

    /** Whether one more clean range may be kept. */
    boolean keepsFills() {
        return coverage.count() < MOST_KEPT;
    }

    /** The file as it is has been published and is the base from now on (§3.7). */
    EditState published(ContentHash hash, long size) {
        RangeSet kept = coverage.clip(size);
        return new EditState(hash, size, kept.count() < MOST_KEPT ? kept : RangeSet.EMPTY, RangeSet.EMPTY, 0);
    }

    /** The changes that make the base a file of {@code size} bytes, ascending (the table of §1.5). */
    List<BaseEdit> edits(long size) {
        List<BaseEdit> edits = new ArrayList<>(dirty.count() + 1);
        long replaced = 0;
        for (ByteRange data : dirty.ranges()) {
            long start = Math.min(data.start(), baseSize);
            replaced = Math.min(data.end(), baseSize);
            edits.add(new BaseEdit(start, replaced, data));
        }
        long cut = Math.max(size, replaced);
        if (cut < baseSize) {
            edits.add(new BaseEdit(cut, baseSize, new ByteRange(size, size)));
        }
        return edits;
    }

    /** What of it a publication needs. */
    SealedEdit sealed(long size) {
        return new SealedEdit(baseHash, baseSize, edits(size), coverage, dirty);
    }

    private boolean checkRanges() {
        coverage.checkInvariants();
        dirty.checkInvariants();
        assert coverage.containsAll(dirty) : "E2: dirty " + dirty + " outside " + coverage;
        return true;
    }

    /** Checks E1, E2, E6 and E7 for a file of {@code size} bytes, and E3 where a base byte can be looked at; for tests. */
    boolean checkInvariants(long size, LongPredicate equalsBase) {
        checkRanges();
        checkSize(size);
        for (ByteRange range : coverage.ranges()) {
            for (long at = range.start(); at < range.end(); at++) {
                assert dirty.contains(at, at + 1) || equalsBase.test(at) : "E3: byte " + at + " of " + this;
            }
        }
        return true;
    }

    /** The part of the check that costs little. */
    boolean checkSize(long size) {
        assert coverage.end() <= size : "E6: " + this + " past " + size;
        assert size <= baseSize || dirty.contains(baseSize, size) : "E7: " + this + " of " + size;
        return true;
    }

    /** What somebody needs who puts the file together by hand: where it is only the base's. */
    String forReport() {
        return "base " + baseHash.text() + " of " + baseSize + " bytes, written " + dirty;
    }

    @Override
    public String toString() {
        return "edit of " + baseSize + " bytes, covered " + coverage + ", dirty " + dirty;
    }
}
