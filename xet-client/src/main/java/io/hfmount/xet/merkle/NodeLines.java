package io.hfmount.xet.merkle;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.Blake3Hasher;

/** The text of one group of nodes, whose hash is that of their parent (xet-protocol §4.3); reusable. Not thread-safe. */
public final class NodeLines {
    /** Most nodes in a group. */
    public static final int MAX_MEMBERS = 9;

    private static final int MAX_DIGITS = 20;
    private static final int MAX_LINE = 64 + 3 + MAX_DIGITS + 1;

    private final byte[] text = new byte[MAX_MEMBERS * MAX_LINE];
    private final byte[] digits = new byte[MAX_DIGITS];
    private int length;

    /**
     * Adds a node.
     *
     * @param size unpacked bytes below it, not negative
     * @throws IndexOutOfBoundsException when there are {@link #MAX_MEMBERS} already
     */
    public void add(ContentHash hash, long size) {
        int at = appendWord(hash.w0(), length);
        at = appendWord(hash.w1(), at);
        at = appendWord(hash.w2(), at);
        at = appendWord(hash.w3(), at);
        text[at++] = ' ';
        text[at++] = ':';
        text[at++] = ' ';
        int first = MAX_DIGITS;
        long rest = size;
        do {
            digits[--first] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        System.arraycopy(digits, first, text, at, MAX_DIGITS - first);
        at += MAX_DIGITS - first;
        text[at++] = '\n';
        length = at;
    }

    /** The hash of the parent; the text is then empty again. */
    public ContentHash hash(Blake3Hasher nodeHasher) {
        ContentHash hash = nodeHasher.hash(text, 0, length);
        length = 0;
        return hash;
    }

    private int appendWord(long word, int start) {
        int at = start;
        for (int shift = 60; shift >= 0; shift -= 4) {
            int digit = (int) (word >>> shift) & 15;
            text[at++] = (byte) (digit < 10 ? '0' + digit : 'a' - 10 + digit);
        }
        return at;
    }
}
