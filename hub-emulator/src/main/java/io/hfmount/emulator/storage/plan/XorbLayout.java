package io.hfmount.emulator.storage.plan;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.util.Arrays;

/**
 * Where the chunks of one stored xorb lie, in a compact form made to be cached: about 40 bytes a chunk. Immutable and
 * thread-safe.
 */
public final class XorbLayout {
    private final ContentHash xorb;
    /** Four words a chunk. */
    private final long[] hashes;

    private final int[] storedEnds;
    private final int[] unpackedEnds;

    private XorbLayout(ContentHash xorb, long[] hashes, int[] storedEnds, int[] unpackedEnds) {
        this.xorb = xorb;
        this.hashes = hashes;
        this.storedEnds = storedEnds;
        this.unpackedEnds = unpackedEnds;
        assert checkInvariants();
    }

    /** A builder for {@code count} chunks of {@code xorb}. */
    public static Builder of(ContentHash xorb, int count) {
        return new Builder(xorb, count);
    }

    /** The xorb's hash. */
    public ContentHash xorb() {
        return xorb;
    }

    /** Number of chunks. */
    public int count() {
        return storedEnds.length;
    }

    /** Hash of chunk {@code i}. */
    public ContentHash hash(int i) {
        int w = 4 * i;
        return new ContentHash(hashes[w], hashes[w + 1], hashes[w + 2], hashes[w + 3]);
    }

    /** Where the unpacked bytes of chunk {@code i} start; {@code i} may be {@link #count()}. */
    public int unpackedStart(int i) {
        return i == 0 ? 0 : unpackedEnds[i - 1];
    }

    /** Unpacked length of chunk {@code i}. */
    public int length(int i) {
        return unpackedStart(i + 1) - unpackedStart(i);
    }

    /** Unpacked length of chunks {@code [start, end)}. */
    public long unpackedLength(int start, int end) {
        return (long) unpackedStart(end) - unpackedStart(start);
    }

    /** Where the record of chunk {@code i} starts in the stored object; {@code i} may be {@link #count()}. */
    public int storedStart(int i) {
        return i == 0 ? 0 : storedEnds[i - 1];
    }

    /** The bytes of the stored object that hold the records of chunks {@code [start, end)}. */
    public ByteRange storedRange(int start, int end) {
        return new ByteRange(storedStart(start), storedStart(end));
    }

    /** Length of all records: where the stored object's footer starts. */
    public int storedLength() {
        return storedStart(count());
    }

    private boolean checkInvariants() {
        int n = storedEnds.length;
        if (unpackedEnds.length != n || hashes.length != 4 * n) {
            throw new IllegalArgumentException("a layout of " + n + " chunks with other counts of hashes or lengths");
        }
        for (int i = 0; i < n; i++) {
            if (storedEnds[i] <= storedStart(i) || unpackedEnds[i] <= unpackedStart(i)) {
                throw new IllegalArgumentException("chunk " + i + " of xorb " + xorb + " does not end after it starts");
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return "XorbLayout[" + xorb + ", " + count() + " chunks, stored ends " + Arrays.toString(storedEnds) + "]";
    }

    /** Collects the chunks in order. Not thread-safe; used once. */
    public static final class Builder {
        private final ContentHash xorb;
        private final long[] hashes;
        private final int[] storedEnds;
        private final int[] unpackedEnds;
        private int added;

        private Builder(ContentHash xorb, int count) {
            this.xorb = xorb;
            this.hashes = new long[4 * count];
            this.storedEnds = new int[count];
            this.unpackedEnds = new int[count];
        }

        /** Adds the next chunk: its hash, and where its record and its unpacked bytes end. */
        public Builder add(ContentHash hash, int storedEnd, int unpackedEnd) {
            int w = 4 * added;
            hashes[w] = hash.w0();
            hashes[w + 1] = hash.w1();
            hashes[w + 2] = hash.w2();
            hashes[w + 3] = hash.w3();
            storedEnds[added] = storedEnd;
            unpackedEnds[added] = unpackedEnd;
            added++;
            return this;
        }

        /**
         * The finished layout.
         *
         * @throws IllegalStateException if fewer chunks were added than announced
         */
        public XorbLayout build() {
            if (added != storedEnds.length) {
                throw new IllegalStateException(added + " of " + storedEnds.length + " chunks were added");
            }
            return new XorbLayout(xorb, hashes, storedEnds, unpackedEnds);
        }
    }
}
