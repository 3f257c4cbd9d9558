package io.hfmount.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of byte offsets as sorted, disjoint, non-adjacent, non-empty half-open ranges (mount-semantics §1.5 E1).
 *
 * <p>Immutable and persistent: a change gives a new set that shares all but O(log n) nodes with the old one, so a
 * snapshot costs nothing. {@code add} and {@code clip} take expected O(log n), look-ups O(log n + k) for k ranges found;
 * a change without effect gives this very set and makes no garbage. Thread-safe.
 */
public final class RangeSet {
    /** No offsets. */
    public static final RangeSet EMPTY = new RangeSet(null);

    private final @Nullable Node root;

    private RangeSet(@Nullable Node root) {
        this.root = root;
    }

    /**
     * A node of a treap: a search tree by position that is a heap by a hash of its start. The shape depends on the starts
     * alone, so no order of additions can make it deep.
     */
    private static final class Node {
        final long start;
        final long end;
        final @Nullable Node left;
        final @Nullable Node right;
        final int count;
        final long bytes;

        Node(long start, long end, @Nullable Node left, @Nullable Node right) {
            this.start = start;
            this.end = end;
            this.left = left;
            this.right = right;
            this.count = 1 + countOf(left) + countOf(right);
            this.bytes = end - start + bytesOf(left) + bytesOf(right);
        }

        /** A bijection of the start, so no two nodes are equal (the finaliser of SplitMix64). */
        long priority() {
            long z = (start ^ (start >>> 30)) * 0xbf58476d1ce4e5b9L;
            z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
            return z ^ (z >>> 31);
        }
    }

    private static int countOf(@Nullable Node node) {
        return node == null ? 0 : node.count;
    }

    private static long bytesOf(@Nullable Node node) {
        return node == null ? 0 : node.bytes;
    }

    /** The one range {@code [start, end)}; empty when they are equal. */
    public static RangeSet of(long start, long end) {
        return EMPTY.add(start, end);
    }

    /** Number of ranges. */
    public int count() {
        return countOf(root);
    }

    /** Number of offsets. */
    public long bytes() {
        return bytesOf(root);
    }

    /** Whether it holds nothing. */
    public boolean isEmpty() {
        return root == null;
    }

    /** One past the largest offset; 0 when empty. */
    public long end() {
        Node last = root;
        while (last != null && last.right != null) {
            last = last.right;
        }
        return last == null ? 0 : last.end;
    }

    /**
     * With {@code [start, end)} as well, merged with what it overlaps or touches; an empty range adds nothing.
     *
     * @throws IllegalArgumentException unless {@code 0 <= start <= end}
     */
    public RangeSet add(long start, long end) {
        check(start, end);
        if (start == end || contains(start, end)) {
            return this;
        }
        Node first = firstEndingAtOrAfter(start);
        Node last = lastStartingAtOrBefore(end);
        long from = first == null ? start : Math.min(start, first.start);
        long to = last == null ? end : Math.max(end, last.end);
        Node below = endingBefore(root, from);
        Node above = startingAfter(root, to);
        return new RangeSet(join(join(below, new Node(from, to, null, null)), above));
    }

    /** Without the offsets from {@code end} on. */
    public RangeSet clip(long end) {
        check(end, end);
        if (end >= end()) {
            return this;
        }
        Node whole = endingBefore(root, end + 1);
        Node cut = lastStartingAtOrBefore(end);
        if (cut == null || cut.start >= end || cut.end <= end) {
            return whole == null ? EMPTY : new RangeSet(whole);
        }
        return new RangeSet(join(whole, new Node(cut.start, end, null, null)));
    }

    /** Whether every offset of {@code [start, end)} is in; true for an empty range. */
    public boolean contains(long start, long end) {
        check(start, end);
        Node node = lastStartingAtOrBefore(start);
        return start == end || (node != null && end <= node.end);
    }

    /** Whether every offset of {@code other} is in. */
    public boolean containsAll(RangeSet other) {
        return other.ranges().stream().allMatch(range -> contains(range.start(), range.end()));
    }

    /** Whether some offset of {@code [start, end)} is in. */
    public boolean intersects(long start, long end) {
        check(start, end);
        if (start == end) {
            return false;
        }
        Node node = lastStartingAtOrBefore(end - 1);
        return node != null && node.end > start;
    }

    /** The maximal sub-ranges of {@code [start, end)} that are not in, ascending. */
    public List<ByteRange> holes(long start, long end) {
        check(start, end);
        if (contains(start, end)) {
            return List.of();
        }
        List<ByteRange> holes = new ArrayList<>(2);
        long rest = visit(root, start, end, start, (at, node, stop) -> {
            if (node.start > at) {
                holes.add(new ByteRange(at, node.start));
            }
            return Math.min(node.end, stop);
        });
        if (rest < end) {
            holes.add(new ByteRange(rest, end));
        }
        return holes;
    }

    /** What is in of {@code [start, end)}, ascending. */
    public List<ByteRange> within(long start, long end) {
        check(start, end);
        List<ByteRange> found = new ArrayList<>(2);
        visit(root, start, end, start, (at, node, stop) -> {
            found.add(new ByteRange(Math.max(node.start, start), Math.min(node.end, stop)));
            return at;
        });
        return found;
    }

    /** All ranges, ascending. */
    public List<ByteRange> ranges() {
        List<ByteRange> all = new ArrayList<>(count());
        visit(root, 0, Long.MAX_VALUE, 0, (at, node, stop) -> {
            all.add(new ByteRange(node.start, node.end));
            return at;
        });
        return all;
    }

    @FunctionalInterface
    private interface Visitor {
        long visit(long carry, Node node, long stop);
    }

    /** Calls in order for every range that has an offset in {@code [start, end)}, handing a value along. */
    private static long visit(@Nullable Node node, long start, long end, long carry, Visitor visitor) {
        if (node == null || start == end) {
            return carry;
        }
        long value = carry;
        if (node.start > start) {
            value = visit(node.left, start, end, value, visitor);
        }
        if (node.start < end && node.end > start) {
            value = visitor.visit(value, node, end);
        }
        if (node.end < end) {
            value = visit(node.right, start, end, value, visitor);
        }
        return value;
    }

    private @Nullable Node lastStartingAtOrBefore(long position) {
        Node found = null;
        for (Node node = root; node != null; ) {
            if (node.start <= position) {
                found = node;
                node = node.right;
            } else {
                node = node.left;
            }
        }
        return found;
    }

    private @Nullable Node firstEndingAtOrAfter(long position) {
        Node found = null;
        for (Node node = root; node != null; ) {
            if (node.end >= position) {
                found = node;
                node = node.left;
            } else {
                node = node.right;
            }
        }
        return found;
    }

    private static @Nullable Node endingBefore(@Nullable Node node, long position) {
        if (node == null) {
            return null;
        }
        if (node.end >= position) {
            return endingBefore(node.left, position);
        }
        Node right = endingBefore(node.right, position);
        return right == node.right ? node : new Node(node.start, node.end, node.left, right);
    }

    private static @Nullable Node startingAfter(@Nullable Node node, long position) {
        if (node == null) {
            return null;
        }
        if (node.start <= position) {
            return startingAfter(node.right, position);
        }
        Node left = startingAfter(node.left, position);
        return left == node.left ? node : new Node(node.start, node.end, left, node.right);
    }

    private static @Nullable Node join(@Nullable Node low, @Nullable Node high) {
        if (low == null) {
            return high;
        }
        if (high == null) {
            return low;
        }
        return low.priority() > high.priority()
                ? new Node(low.start, low.end, low.left, join(low.right, high))
                : new Node(high.start, high.end, join(low, high.left), high.right);
    }

    private static void check(long start, long end) {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("not a range: [" + start + ", " + end + ")");
        }
    }

    /** Longest way from the root to a range; for tests. */
    int depth() {
        return depth(root);
    }

    private static int depth(@Nullable Node node) {
        return node == null ? 0 : 1 + Math.max(depth(node.left), depth(node.right));
    }

    /** Checks E1 and the counts under {@code assert}. O(n). */
    public boolean checkInvariants() {
        long before = -1;
        long bytes = 0;
        int count = 0;
        for (ByteRange range : ranges()) {
            assert range.start() > before : "unsorted or touching at " + range + " in " + this;
            assert !range.isEmpty() : "empty range in " + this;
            before = range.end();
            bytes += range.length();
            count++;
        }
        assert bytes == bytes() && count == count() : "counts of " + this;
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof RangeSet set
                        && set.count() == count()
                        && set.bytes() == bytes()
                        && set.ranges().equals(ranges()));
    }

    @Override
    public int hashCode() {
        return ranges().hashCode();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (ByteRange range : within(0, Long.MAX_VALUE)) {
            text.append(text.length() == 1 ? "" : " ")
                    .append('[')
                    .append(range.start())
                    .append(',')
                    .append(range.end())
                    .append(')');
        }
        return text.append('}').toString();
    }
}
