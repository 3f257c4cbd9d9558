package io.hfmount.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * A 32-byte hash of the Xet protocol, kept as four words (xet-protocol §2.1).
 *
 * <p>Word {@code i} is the little-endian reading of raw bytes {@code [8i, 8i+8)}. The text form prints the words in
 * order as 16 hex digits each, so it is not the plain hex of the raw bytes. Hashes order as a tuple of unsigned words,
 * which is the order of their text forms.
 *
 * <p>Immutable and thread-safe.
 *
 * @param w0 word 0, most significant in the order; the key of shard look-ups
 * @param w1 word 1
 * @param w2 word 2
 * @param w3 word 3; decides the cut and global-dedup rules
 */
public record ContentHash(long w0, long w1, long w2, long w3) implements Comparable<ContentHash> {
    /** Length of the raw form in bytes. */
    public static final int BYTES = 32;

    /** The hash of the empty file, and "no hash" in binary structures. */
    public static final ContentHash ZERO = new ContentHash(0, 0, 0, 0);

    /** The bookend marker of shards; never the hash of content. */
    public static final ContentHash ONES = new ContentHash(-1, -1, -1, -1);

    private static final VarHandle LONG_LE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int TEXT_LENGTH = 64;

    /**
     * Reads the raw form.
     *
     * @param raw at least {@code offset + 32} bytes
     * @param offset where the hash starts
     * @throws IndexOutOfBoundsException if fewer than 32 bytes are left
     */
    public static ContentHash fromRaw(byte[] raw, int offset) {
        return new ContentHash(
                (long) LONG_LE.get(raw, offset),
                (long) LONG_LE.get(raw, offset + 8),
                (long) LONG_LE.get(raw, offset + 16),
                (long) LONG_LE.get(raw, offset + 24));
    }

    /** Reads the raw form from exactly 32 bytes. */
    public static ContentHash fromRaw(byte[] raw) {
        if (raw.length != BYTES) {
            throw new IllegalArgumentException("a hash has 32 bytes, not " + raw.length);
        }
        return fromRaw(raw, 0);
    }

    /**
     * Parses the text form: exactly 64 hex digits, either case.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static ContentHash parse(String text) {
        if (text.length() != TEXT_LENGTH) {
            throw new IllegalArgumentException("a hash has 64 hex digits, not " + text.length() + " characters");
        }
        for (int i = 0; i < TEXT_LENGTH; i++) {
            if (!HexFormat.isHexDigit(text.charAt(i))) {
                throw new IllegalArgumentException("not a hex digit at position " + i + " of a hash");
            }
        }
        return new ContentHash(
                HexFormat.fromHexDigitsToLong(text, 0, 16),
                HexFormat.fromHexDigitsToLong(text, 16, 32),
                HexFormat.fromHexDigitsToLong(text, 32, 48),
                HexFormat.fromHexDigitsToLong(text, 48, 64));
    }

    /** Writes the raw form to {@code target[offset..offset+32)}. */
    public void writeRaw(byte[] target, int offset) {
        LONG_LE.set(target, offset, w0);
        LONG_LE.set(target, offset + 8, w1);
        LONG_LE.set(target, offset + 16, w2);
        LONG_LE.set(target, offset + 24, w3);
    }

    /** The 32 raw bytes, freshly allocated. */
    public byte[] toRaw() {
        byte[] raw = new byte[BYTES];
        writeRaw(raw, 0);
        return raw;
    }

    /** Whether this is {@link #ZERO}. */
    public boolean isZero() {
        return (w0 | w1 | w2 | w3) == 0;
    }

    /** The text form: 64 lower-case hex digits. */
    public String text() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(w0) + hex.toHexDigits(w1) + hex.toHexDigits(w2) + hex.toHexDigits(w3);
    }

    @Override
    public String toString() {
        return text();
    }

    @Override
    public int compareTo(ContentHash other) {
        int c = Long.compareUnsigned(w0, other.w0);
        if (c == 0) {
            c = Long.compareUnsigned(w1, other.w1);
        }
        if (c == 0) {
            c = Long.compareUnsigned(w2, other.w2);
        }
        return c != 0 ? c : Long.compareUnsigned(w3, other.w3);
    }
}
