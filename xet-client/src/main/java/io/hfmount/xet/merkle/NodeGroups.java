package io.hfmount.xet.merkle;

import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import java.util.ArrayList;
import java.util.List;

/** Groups the nodes of one level and hashes each group into a parent (xet-protocol §4.2, §4.3). Not thread-safe. */
final class NodeGroups {
    private final Blake3Hasher hasher = XetHashes.nodeHasher();
    private final NodeLines lines = new NodeLines();

    /** The parents of {@code level}, left to right. */
    List<Node> parents(List<Node> level) {
        List<Node> parents = new ArrayList<>(level.size() / 2 + 1);
        for (int at = 0; at < level.size(); ) {
            int n = groupLength(level, at);
            parents.add(parent(level, at, n));
            at += n;
        }
        return parents;
    }

    /** Members of the group that starts at {@code from}. */
    static int groupLength(List<Node> level, int from) {
        int rest = level.size() - from;
        int most = Math.min(NodeLines.MAX_MEMBERS, rest);
        for (int i = 2; i < most - 1; i++) {
            if (level.get(from + i).isNaturalCut()) {
                return i + 1;
            }
        }
        return most;
    }

    private Node parent(List<Node> level, int from, int count) {
        long size = 0;
        for (int i = from; i < from + count; i++) {
            Node node = level.get(i);
            lines.add(node.hash(), node.size());
            size += node.size();
        }
        return new Node(lines.hash(hasher), size);
    }
}
