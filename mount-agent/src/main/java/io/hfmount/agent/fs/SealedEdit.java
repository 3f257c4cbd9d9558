package io.hfmount.agent.fs;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RangeSet;
import java.util.List;

/**
 * The edit that a sealed file is of its base, as it was at the seal. Immutable.
 *
 * @param base hash of the content that was edited
 * @param baseSize its size in bytes
 * @param changes what makes the base the sealed file, ascending and disjoint in the coordinates of the base
 * @param coverage offsets that can be read from the seal
 * @param dirty those among them that are not the base's
 */
public record SealedEdit(ContentHash base, long baseSize, List<BaseEdit> changes, RangeSet coverage, RangeSet dirty) {
    public SealedEdit {
        changes = List.copyOf(changes);
    }

    /** Whether the bytes {@code range} of the base can be read from the seal at the same offsets (E3). */
    public boolean holds(ByteRange range) {
        return coverage.contains(range.start(), range.end()) && !dirty.intersects(range.start(), range.end());
    }

    /** Bytes that the changes bring. */
    public long newBytes() {
        return dirty.bytes();
    }
}
