package io.hfmount.model;

/**
 * A half-open range of byte offsets {@code [start, end)}. Immutable.
 *
 * @param start first byte, at least 0
 * @param end one past the last byte, at least {@code start}
 */
public record ByteRange(long start, long end) {
    public ByteRange {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("not a range: [" + start + ", " + end + ")");
        }
    }

    /** The range of {@code length} bytes from {@code start}. */
    public static ByteRange of(long start, long length) {
        return new ByteRange(start, Math.addExact(start, length));
    }

    /** Number of bytes. */
    public long length() {
        return end - start;
    }

    /** Whether it holds no byte. */
    public boolean isEmpty() {
        return start == end;
    }
}
