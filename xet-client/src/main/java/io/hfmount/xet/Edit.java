package io.hfmount.xet;

/**
 * One change to a stored file (xet-protocol §13.1): its bytes {@code [start, end)} become {@code data}. An empty range
 * inserts, empty data deletes. Several inserts at one position apply in the order of their list.
 *
 * @param start first byte that is replaced, in the coordinates of the unedited file
 * @param end one past the last byte that is replaced, in the same coordinates
 * @param data what takes their place; {@code data.size()} is the new length
 */
public record Edit(long start, long end, ContentSource data) {
    public Edit {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("an edit cannot replace [" + start + ", " + end + ")");
        }
    }
}
