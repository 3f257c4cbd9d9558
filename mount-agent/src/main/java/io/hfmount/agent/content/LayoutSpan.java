package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.util.Arrays;
import java.util.List;

/**
 * Consecutive chunks of one xorb at a place in a file.
 *
 * @param start file offset of the first byte
 * @param xorb xorb hash
 * @param chunkStart index of the first chunk inside the xorb
 * @param ends end of each chunk, counted from {@code start}, ascending; never empty
 */
record LayoutSpan(long start, ContentHash xorb, int chunkStart, int[] ends) {
    /** Rough heap bytes of a span besides its {@code ends}, with its place in a map. */
    private static final int OVERHEAD = 144;

    /** The chunks {@code [from, to)} of {@code run} at {@code start}. */
    static LayoutSpan of(long start, ChunkRun run, int from, int to) {
        int base = run.startOf(from);
        int[] ends = new int[to - from];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = run.endOf(from + i) - base;
        }
        return new LayoutSpan(start, run.xorb(), from, ends);
    }

    /** File offset one past the last byte. */
    long end() {
        return start + ends[ends.length - 1];
    }

    /** Number of chunks. */
    int count() {
        return ends.length;
    }

    /** File offset where the {@code i}-th chunk of this span starts. */
    long startOf(int i) {
        return i == 0 ? start : start + ends[i - 1];
    }

    /** File offset where the {@code i}-th chunk of this span ends. */
    long endOf(int i) {
        return start + ends[i];
    }

    /** Length of the {@code i}-th chunk of this span. */
    int lengthOf(int i) {
        return i == 0 ? ends[0] : ends[i] - ends[i - 1];
    }

    /** Which chunk of this span holds the file offset {@code position}. */
    int indexAt(long position) {
        int found = Arrays.binarySearch(ends, (int) (position - start));
        return found >= 0 ? found + 1 : -found - 1;
    }

    /** The chunks {@code [from, to)} of this span, at least one. */
    LayoutSpan part(int from, int to) {
        int base = from == 0 ? 0 : ends[from - 1];
        int[] rest = Arrays.copyOfRange(ends, from, to);
        for (int i = 0; i < rest.length; i++) {
            rest[i] -= base;
        }
        return new LayoutSpan(start + base, xorb, chunkStart + from, rest);
    }

    /** Whether the chunks of {@code other}, at the same places in the file, are among those of this. */
    boolean holds(LayoutSpan other) {
        int skipped = other.chunkStart - chunkStart;
        if (skipped < 0 || skipped > count() - other.count() || !xorb.equals(other.xorb)) {
            return false;
        }
        if (startOf(skipped) != other.start) {
            return false;
        }
        for (int i = 0; i < other.count(); i++) {
            if (lengthOf(skipped + i) != other.lengthOf(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether this holds the bytes and the chunks behind those of {@code before}. */
    boolean goesOnFrom(LayoutSpan before) {
        return start == before.end() && xorb.equals(before.xorb) && chunkStart == before.chunkStart + before.count();
    }

    /** Spans that each go on from the one before, as one. */
    static LayoutSpan join(List<LayoutSpan> spans) {
        LayoutSpan first = spans.getFirst();
        if (spans.size() == 1) {
            return first;
        }
        int[] ends = new int[spans.stream().mapToInt(LayoutSpan::count).sum()];
        int at = 0;
        for (LayoutSpan span : spans) {
            for (int end : span.ends) {
                ends[at++] = Math.toIntExact(span.start - first.start + end);
            }
        }
        return new LayoutSpan(first.start, first.xorb, first.chunkStart, ends);
    }

    /** Rough heap bytes. */
    long footprint() {
        return OVERHEAD + 4L * ends.length;
    }
}
