package io.hfmount.xet.xorb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The serialised chunk records of a xorb, in order, in pieces. Counted: its maker holds one reference, everybody who reads
 * pieces beyond a call holds another, and with the last one the pieces go back to their pool and must not be read any more.
 * A body whose references are never all released is left to the collector.
 *
 * <p>Growing is for one thread, before the body is handed on; references are thread-safe.
 */
public final class XorbBody {
    private static final VarHandle REFERENCES;

    static {
        try {
            REFERENCES = MethodHandles.lookup().findVarHandle(XorbBody.class, "references", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SegmentPool pool;
    private final List<Piece> pieces = new ArrayList<>();
    private int length;
    private byte[] open = new byte[0];
    private int used;

    @SuppressWarnings("UnusedVariable") // by REFERENCES
    private volatile int references = 1;

    /**
     * Bytes {@code [0, length)} of {@code bytes}; not to be changed.
     *
     * @param bytes array that holds them
     * @param length at least 1
     * @param pooled whether the array is a segment of the pool
     */
    private record Piece(byte[] bytes, int length, boolean pooled) {}

    /** An empty one, which takes its room from {@code pool}. */
    XorbBody(SegmentPool pool) {
        this.pool = pool;
    }

    /** A body of whole arrays, which are kept and not to be changed. */
    public static XorbBody of(byte[]... pieces) {
        XorbBody body = new XorbBody(new SegmentPool(0));
        for (byte[] piece : pieces) {
            body.addPiece(piece, piece.length, false);
            body.length += piece.length;
        }
        return body;
    }

    /** Adds a copy of {@code bytes[off..off+len)}. */
    void add(byte[] bytes, int off, int len) {
        int at = off;
        int left = len;
        while (left > 0) {
            if (used == open.length) {
                endSegment();
                open = pool.take();
            }
            int n = Math.min(left, open.length - used);
            System.arraycopy(bytes, at, open, used, n);
            used += n;
            at += n;
            left -= n;
        }
        length += len;
    }

    private void endSegment() {
        if (used > 0) {
            addPiece(open, used, true);
            open = new byte[0];
            used = 0;
        }
    }

    /** Ends growing by {@link #add}; the last bytes get an array of their length, for the segment is worth more elsewhere. */
    void trim() {
        if (used > 0 && used < open.length) {
            byte[] rest = java.util.Arrays.copyOf(open, used);
            pool.give(open);
            open = new byte[0];
            used = 0;
            addPiece(rest, rest.length, false);
        } else {
            endSegment();
        }
    }

    private void addPiece(byte[] bytes, int count, boolean pooled) {
        if (count > 0) {
            pieces.add(new Piece(bytes, count, pooled));
        }
    }

    /** Takes over all pieces of {@code other}, which is empty afterwards; both are trimmed, of one pool, and not handed on. */
    public void append(XorbBody other) {
        pieces.addAll(other.pieces);
        length += other.length;
        other.pieces.clear();
        other.length = 0;
    }

    /** Length of all pieces in bytes. */
    public int length() {
        return length;
    }

    /** Number of pieces. */
    public int pieceCount() {
        return pieces.size();
    }

    /** The array of piece {@code i}; not to be changed, and to be read by holders of a reference. */
    public byte[] piece(int i) {
        return pieces.get(i).bytes;
    }

    /** How many bytes of {@link #piece} count, from index 0. */
    public int pieceLength(int i) {
        return pieces.get(i).length;
    }

    /** All bytes, copied into one array. */
    public byte[] bytes() {
        return copy(0, length);
    }

    /** A copy of the bytes {@code [from, to)}. */
    byte[] copy(int from, int to) {
        byte[] out = new byte[to - from];
        int start = 0;
        for (Piece piece : pieces) {
            int first = Math.max(from, start);
            int last = Math.min(to, start + piece.length);
            if (first < last) {
                System.arraycopy(piece.bytes, first - start, out, first - from, last - first);
            }
            start += piece.length;
        }
        return out;
    }

    /**
     * Adds a reference.
     *
     * @throws IllegalStateException if all were released
     */
    public void retain() {
        int known;
        do {
            known = (int) REFERENCES.getVolatile(this);
            if (known <= 0) {
                throw new IllegalStateException("the body of a xorb was released");
            }
        } while (!REFERENCES.compareAndSet(this, known, known + 1));
    }

    /** Releases a reference. */
    public void release() {
        int left = (int) REFERENCES.getAndAdd(this, -1) - 1;
        if (left < 0) {
            throw new IllegalStateException("the body of a xorb was released too often");
        }
        if (left == 0) {
            for (Piece piece : pieces) {
                if (piece.pooled) {
                    pool.give(piece.bytes);
                }
            }
        }
    }
}
