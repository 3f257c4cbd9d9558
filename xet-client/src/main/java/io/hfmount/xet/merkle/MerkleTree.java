package io.hfmount.xet.merkle;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import java.util.List;

/** Aggregated hashes over chunk lists (xet-protocol §4). Thread-safe. */
public final class MerkleTree {
    private MerkleTree() {}

    /** The root hash over level-0 nodes: the hash of the only node, or zero for none. */
    public static ContentHash aggregate(List<Node> leaves) {
        if (leaves.isEmpty()) {
            return ContentHash.ZERO;
        }
        NodeGroups groups = new NodeGroups();
        List<Node> level = leaves;
        while (level.size() > 1) {
            level = groups.parents(level);
        }
        return level.get(0).hash();
    }

    /** The hash that names a xorb of these chunks. */
    public static ContentHash xorbHash(List<Chunk> chunks) {
        return aggregate(Node.leaves(chunks));
    }

    /** The hash that names a file of these chunks in a bucket: salt zero. */
    public static ContentHash fileHash(List<Chunk> chunks) {
        return fileHash(chunks, ContentHash.ZERO);
    }

    /** The hash that names a file of these chunks; the empty file's is zero whatever the salt. */
    public static ContentHash fileHash(List<Chunk> chunks, ContentHash salt) {
        return chunks.isEmpty() ? ContentHash.ZERO : saltedFileHash(xorbHash(chunks), salt);
    }

    /** The file hash of a non-empty file from the root hash over its chunks. */
    public static ContentHash fileHashOfRoot(ContentHash root) {
        return saltedFileHash(root, ContentHash.ZERO);
    }

    private static ContentHash saltedFileHash(ContentHash root, ContentHash salt) {
        return XetHashes.hmac(root, salt);
    }
}
