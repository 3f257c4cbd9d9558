package io.hfmount.xet.compose;

import io.hfmount.xet.Edit;
import java.util.List;

/**
 * Edits that fit their file: ascending, disjoint, inside it (xet-protocol §13.1). Inserts at one position keep their
 * order. Immutable.
 */
final class EditList {
    private final List<Edit> edits;
    private final long[] lengths;
    private final long baseSize;
    private final long newSize;

    private EditList(List<Edit> edits, long[] lengths, long baseSize, long newSize) {
        this.edits = edits;
        this.lengths = lengths;
        this.baseSize = baseSize;
        this.newSize = newSize;
    }

    /**
     * Checks edits.
     *
     * @throws IllegalArgumentException unless they fit a file of {@code baseSize} bytes; the message says which does not
     */
    static EditList of(List<Edit> edits, long baseSize) {
        if (baseSize < 0) {
            throw new IllegalArgumentException("a file cannot have " + baseSize + " bytes");
        }
        List<Edit> list = List.copyOf(edits);
        long[] lengths = new long[list.size()];
        long previousEnd = 0;
        long kept = baseSize;
        long added = 0;
        for (int i = 0; i < lengths.length; i++) {
            Edit edit = list.get(i);
            String name = "edit " + i + " of [" + edit.start() + ", " + edit.end() + ")";
            if (edit.start() < previousEnd) {
                throw new IllegalArgumentException(name + " starts before " + previousEnd
                        + ", where the one before it ends; edits must ascend and not overlap");
            }
            if (edit.end() > baseSize) {
                throw new IllegalArgumentException(name + " ends after the " + baseSize + " bytes of the file");
            }
            lengths[i] = edit.data().size();
            if (lengths[i] < 0) {
                throw new IllegalArgumentException(name + " cannot have " + lengths[i] + " new bytes");
            }
            previousEnd = edit.end();
            kept -= edit.end() - edit.start();
            added = sum(added, lengths[i]);
        }
        return new EditList(list, lengths, baseSize, sum(kept, added));
    }

    private static long sum(long a, long b) {
        try {
            return Math.addExact(a, b);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("the edits make the file longer than a file can be", e);
        }
    }

    boolean isEmpty() {
        return edits.isEmpty();
    }

    int count() {
        return edits.size();
    }

    Edit get(int i) {
        return edits.get(i);
    }

    /** Bytes of the data of edit {@code i}. */
    long length(int i) {
        return lengths[i];
    }

    /** Bytes of the file before the edits. */
    long baseSize() {
        return baseSize;
    }

    /** Bytes of all data together. */
    long newBytes() {
        long bytes = 0;
        for (long length : lengths) {
            bytes += length;
        }
        return bytes;
    }

    /** Bytes of the file after them. */
    long newSize() {
        return newSize;
    }
}
