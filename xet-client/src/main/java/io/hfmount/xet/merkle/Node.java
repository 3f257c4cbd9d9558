package io.hfmount.xet.merkle;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import java.util.ArrayList;
import java.util.List;

/**
 * A node of the hash tree.
 *
 * @param hash at level 0 the chunk hash
 * @param size unpacked bytes below it
 */
public record Node(ContentHash hash, long size) {
    /** Level 0 of the tree over {@code chunks}. */
    public static List<Node> leaves(List<Chunk> chunks) {
        List<Node> nodes = new ArrayList<>(chunks.size());
        for (Chunk chunk : chunks) {
            nodes.add(new Node(chunk.hash(), chunk.length()));
        }
        return nodes;
    }

    /** Whether a group may end here: hash mod 4 is 0. */
    boolean isNaturalCut() {
        return (hash.w3() & 3) == 0;
    }
}
