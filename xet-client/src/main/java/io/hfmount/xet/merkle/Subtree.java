package io.hfmount.xet.merkle;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.List;

/**
 * A summary of a run of consecutive chunks in O(log n) nodes (xet-protocol §5). Adjacent runs can be merged, and a run that
 * is the whole file gives the root hash. Immutable.
 *
 * @param nodes all left lists from level 0 upward, then all right lists from the top level down to 0
 * @param levels how many nodes each level has on either side, level 0 first, at least one
 * @param atStart whether the run begins at the first chunk of the file
 * @param atEnd whether the run ends at the last chunk of the file
 */
public record Subtree(List<Node> nodes, List<Level> levels, boolean atStart, boolean atEnd) {
    /**
     * The sizes of one level.
     *
     * @param left nodes that wait for a left neighbour
     * @param right nodes that wait for a right neighbour
     */
    public record Level(int left, int right) {
        public Level {
            if (left < 0 || right < 0) {
                throw new IllegalArgumentException("a level cannot have " + left + " and " + right + " nodes");
            }
        }
    }

    public Subtree {
        nodes = List.copyOf(nodes);
        levels = List.copyOf(levels);
        if (levels.isEmpty()) {
            throw new IllegalArgumentException("a subtree has at least one level");
        }
        long counted = 0;
        for (Level level : levels) {
            counted += (long) level.left() + level.right();
        }
        if (counted != nodes.size()) {
            throw new IllegalArgumentException(
                    "the levels of a subtree count " + counted + " nodes, it has " + nodes.size());
        }
    }

    /** The summary of the run {@code leaves}. */
    public static Subtree from(boolean atStart, List<Node> leaves, boolean atEnd) {
        SubtreeBuilder builder = new SubtreeBuilder(atStart, atEnd);
        List<Node> current = leaves;
        while (true) {
            List<Node> up = builder.splitAndPromote(current);
            if (up.isEmpty()) {
                break;
            }
            if (up.size() == 1) {
                builder.append(up, List.of());
                break;
            }
            current = up;
        }
        return builder.build();
    }

    /** The summary of no chunks at all. */
    public static Subtree empty(boolean atStart, boolean atEnd) {
        return from(atStart, List.of(), atEnd);
    }

    /**
     * The summary of this run followed by {@code right}.
     *
     * <p>Merging is not associative: adjacent runs are merged from left to right, and {@code right} has to come from
     * {@link #from}. A merged run as the right operand can put its promoted nodes in the wrong order and so give a wrong
     * root hash; only {@code this} may be the result of a merge.
     *
     * @param right the next run, as it was built
     * @throws IllegalArgumentException if this one ends the file or {@code right} starts it
     */
    public Subtree merge(Subtree right) {
        if (atEnd || right.atStart) {
            throw new IllegalArgumentException(
                    "a run that ends the file, or a second one that starts it, cannot be joined");
        }
        Sides mine = sides();
        Sides theirs = right.sides();
        SubtreeBuilder builder = new SubtreeBuilder(atStart, right.atEnd);
        int real = Math.max(levels.size(), right.levels.size());
        List<Node> carry = List.of();
        for (int level = 0; level < real || !carry.isEmpty(); level++) {
            if (level >= real && carry.size() == 1) {
                builder.append(carry, List.of());
                break;
            }
            List<Node> full = new ArrayList<>();
            full.addAll(mine.left(level));
            full.addAll(mine.right(level));
            full.addAll(carry);
            full.addAll(theirs.left(level));
            full.addAll(theirs.right(level));
            carry = builder.splitAndPromote(full);
        }
        builder.dropEmptyTop();
        return builder.build();
    }

    /** The merge of adjacent runs from left to right; of none, the empty file. */
    public static Subtree mergeAll(List<Subtree> runs) {
        if (runs.isEmpty()) {
            return empty(true, true);
        }
        Subtree merged = runs.get(0);
        for (Subtree run : runs.subList(1, runs.size())) {
            merged = merged.merge(run);
        }
        return merged;
    }

    /** Whether the run is the whole file, so that {@link #finalHash} exists. */
    public boolean isClosed() {
        return atStart && atEnd;
    }

    /** Whether the run has no chunks. */
    public boolean isEmpty() {
        return nodes.isEmpty();
    }

    /** Unpacked bytes of the run. */
    public long size() {
        return nodes.stream().mapToLong(Node::size).sum();
    }

    /**
     * The root hash over all chunks of the file; zero for the empty file. The file hash follows by
     * {@link MerkleTree#fileHashOfRoot}.
     *
     * @throws IllegalStateException unless the run {@linkplain #isClosed() is the whole file}, or if the nodes came from
     *     outside and do not close at one root
     */
    public ContentHash finalHash() {
        if (!isClosed()) {
            throw new IllegalStateException("only a run that is the whole file has a root hash");
        }
        if (nodes.isEmpty()) {
            return ContentHash.ZERO;
        }
        if (nodes.size() != 1) {
            throw new IllegalStateException("the subtree of a whole file has one node, not " + nodes.size());
        }
        return nodes.get(0).hash();
    }

    private Sides sides() {
        List<List<Node>> left = new ArrayList<>(levels.size());
        List<List<Node>> right = new ArrayList<>(levels.size());
        int at = 0;
        for (Level level : levels) {
            left.add(nodes.subList(at, at + level.left()));
            at += level.left();
        }
        int end = nodes.size();
        for (Level level : levels) {
            right.add(nodes.subList(end - level.right(), end));
            end -= level.right();
        }
        return new Sides(left, right);
    }

    private record Sides(List<List<Node>> lefts, List<List<Node>> rights) {
        List<Node> left(int level) {
            return level < lefts.size() ? lefts.get(level) : List.of();
        }

        List<Node> right(int level) {
            return level < rights.size() ? rights.get(level) : List.of();
        }
    }
}
