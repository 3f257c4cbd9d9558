package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.merkle.NodeLines;
import java.util.ArrayList;
import java.util.List;

/**
 * The file hash of a chunk list that is never held as a whole: per level of the tree only the members of the open group
 * are kept (xet-protocol §4). A group's end depends on its own members alone, except where the level ends. Not
 * thread-safe.
 */
final class StreamingFileHash {
    private static final int FIRST_CUT = 3;

    private final Blake3Hasher hasher = XetHashes.nodeHasher();
    private final List<Level> levels = new ArrayList<>();

    private static final class Level {
        final NodeLines lines = new NodeLines();
        ContentHash last = ContentHash.ZERO;
        int members;
        long size;
        boolean closedGroups;
    }

    /** Adds the next chunk. */
    void add(Chunk chunk) {
        add(0, chunk.hash(), chunk.length());
    }

    private void add(int number, ContentHash hash, long size) {
        if (levels.size() == number) {
            levels.add(new Level());
        }
        Level level = levels.get(number);
        level.lines.add(hash, size);
        level.members++;
        level.size += size;
        level.last = hash;
        if (level.members == NodeLines.MAX_MEMBERS || (level.members >= FIRST_CUT && (hash.w3() & 3) == 0)) {
            close(number);
        }
    }

    private void close(int number) {
        Level level = levels.get(number);
        ContentHash parent = level.lines.hash(hasher);
        long size = level.size;
        level.members = 0;
        level.size = 0;
        level.closedGroups = true;
        add(number + 1, parent, size);
    }

    /** The hash of the file; nothing may be added afterwards. */
    ContentHash finish() {
        if (levels.isEmpty()) {
            return ContentHash.ZERO;
        }
        for (int number = 0; ; number++) {
            Level level = levels.get(number);
            if (!level.closedGroups && level.members == 1) {
                return MerkleTree.fileHashOfRoot(level.last);
            }
            if (level.members > 0) {
                close(number);
            }
        }
    }
}
