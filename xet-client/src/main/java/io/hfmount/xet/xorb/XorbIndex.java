package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.merkle.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a xorb holds and where. Immutable.
 *
 * @param hash xorb hash
 * @param chunks its chunks in order
 */
public record XorbIndex(ContentHash hash, List<XorbChunk> chunks) {
    public XorbIndex {
        chunks = List.copyOf(chunks);
    }

    /** The index whose hash follows from its chunks. */
    static XorbIndex of(List<XorbChunk> chunks) {
        List<Node> leaves = new ArrayList<>(chunks.size());
        int start = 0;
        for (XorbChunk chunk : chunks) {
            leaves.add(new Node(chunk.hash(), chunk.unpackedEnd() - start));
            start = chunk.unpackedEnd();
        }
        return new XorbIndex(MerkleTree.aggregate(leaves), chunks);
    }

    /** Number of chunks. */
    public int count() {
        return chunks.size();
    }

    /** Where the record of chunk {@code i} starts; for {@code i == count()} where the last one ends. */
    public int storedStart(int i) {
        return i == 0 ? 0 : chunks.get(i - 1).storedEnd();
    }

    /** Where the content of chunk {@code i} starts in the unpacked data; for {@code i == count()} its end. */
    public int unpackedStart(int i) {
        return i == 0 ? 0 : chunks.get(i - 1).unpackedEnd();
    }

    /** Length of all records in bytes, without a footer. */
    public int storedBytes() {
        return storedStart(count());
    }

    /** Length of all content in bytes. */
    public int unpackedBytes() {
        return unpackedStart(count());
    }

    /** Unpacked length of chunk {@code i} in bytes. */
    public int chunkLength(int i) {
        return unpackedStart(i + 1) - unpackedStart(i);
    }

    /** Unpacked length of chunks {@code [from, to)} in bytes. */
    public int unpackedBytes(int from, int to) {
        Objects.checkFromToIndex(from, to, count());
        return unpackedStart(to) - unpackedStart(from);
    }

    /** The verification hash of chunks {@code [from, to)}. */
    public ContentHash rangeHash(int from, int to) {
        return XetHashes.rangeHash(
                chunks.subList(from, to).stream().map(XorbChunk::hash).toList());
    }
}
