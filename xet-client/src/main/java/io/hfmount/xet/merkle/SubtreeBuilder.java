package io.hfmount.xet.merkle;

import java.util.ArrayList;
import java.util.List;

/** Collects the levels of a subtree from the bottom up (xet-protocol §5.4). Not thread-safe. */
final class SubtreeBuilder {
    private final boolean atStart;
    private final boolean atEnd;
    private final NodeGroups groups = new NodeGroups();
    private final List<List<Node>> lefts = new ArrayList<>();
    private final List<List<Node>> rights = new ArrayList<>();
    private boolean leftsEmpty = true;
    private boolean rightsEmpty = true;

    SubtreeBuilder(boolean atStart, boolean atEnd) {
        this.atStart = atStart;
        this.atEnd = atEnd;
    }

    /** Appends the level of {@code nodes} and returns the parents of the part whose grouping no neighbour can change. */
    List<Node> splitAndPromote(List<Node> nodes) {
        boolean startsFile = atStart && leftsEmpty;
        boolean endsFile = atEnd && rightsEmpty;
        int from = startsFile ? 0 : StablePoints.start(nodes);
        if (nodes.size() <= 1 || from < 0) {
            append(nodes, List.of());
            return List.of();
        }
        int to = nodes.size();
        if (!endsFile) {
            int stable = StablePoints.end(nodes.subList(from, nodes.size()));
            to = stable < 0 ? -1 : from + stable;
        }
        if (from >= to) {
            append(nodes, List.of());
            return List.of();
        }
        append(nodes.subList(0, from), nodes.subList(to, nodes.size()));
        return groups.parents(nodes.subList(from, to));
    }

    /** Appends a level. */
    void append(List<Node> left, List<Node> right) {
        lefts.add(left);
        rights.add(right);
        leftsEmpty &= left.isEmpty();
        rightsEmpty &= right.isEmpty();
    }

    /** Removes levels without nodes from the top, but not the last one. */
    void dropEmptyTop() {
        while (lefts.size() > 1 && lefts.getLast().isEmpty() && rights.getLast().isEmpty()) {
            lefts.removeLast();
            rights.removeLast();
        }
    }

    Subtree build() {
        List<Node> nodes = new ArrayList<>();
        List<Subtree.Level> levels = new ArrayList<>(lefts.size());
        for (int i = 0; i < lefts.size(); i++) {
            nodes.addAll(lefts.get(i));
            levels.add(new Subtree.Level(lefts.get(i).size(), rights.get(i).size()));
        }
        for (List<Node> right : rights.reversed()) {
            nodes.addAll(right);
        }
        return new Subtree(nodes, levels, atStart, atEnd);
    }
}
