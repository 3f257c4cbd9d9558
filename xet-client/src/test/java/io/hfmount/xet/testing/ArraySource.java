package io.hfmount.xet.testing;

import io.hfmount.xet.ContentSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Content from an array, read in pieces of limited size, optionally ending in a fault. */
public final class ArraySource implements ContentSource {
    private final byte[] content;
    private final int piece;
    private final long failAt;

    private ArraySource(byte[] content, int piece, long failAt) {
        this.content = content;
        this.piece = piece;
        this.failAt = failAt;
    }

    /** All of {@code content}. */
    public static ArraySource of(byte[] content) {
        return new ArraySource(content, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    /** The same, at most {@code bytes} a read. */
    public ArraySource inPiecesOf(int bytes) {
        return new ArraySource(content, bytes, failAt);
    }

    /** The same, but reading at or beyond {@code position} throws. */
    public ArraySource failingAt(long position) {
        return new ArraySource(content, piece, position);
    }

    @Override
    public long size() {
        return content.length;
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        if (position >= failAt) {
            throw new IOException("disk fault");
        }
        int count = (int) Math.min(Math.min(piece, target.remaining()), content.length - position);
        target.put(content, (int) position, count);
        return count;
    }
}
