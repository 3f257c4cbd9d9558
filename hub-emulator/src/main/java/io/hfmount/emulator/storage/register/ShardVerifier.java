package io.hfmount.emulator.storage.register;

import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.emulator.storage.plan.XorbLayouts;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.shard.Shard;
import io.hfmount.xet.shard.XorbEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks the claims of a shard against stored xorbs (xet-protocol §14.3). Reads layouts, so not for event loops. */
final class ShardVerifier {
    private final XorbLayouts layouts;

    /** Checks against {@code layouts}; for one shard and one thread. */
    ShardVerifier(XorbLayouts layouts) {
        this.layouts = layouts;
    }

    /**
     * Checks every entry.
     *
     * @throws ShardRefusedException naming the first claim that is wrong
     * @throws IOException if a stored xorb cannot be read
     */
    void verify(Shard shard, RegistrationProgress progress) throws ShardRefusedException, IOException {
        progress.begin(shard.files().size() + shard.xorbs().size());
        int done = 0;
        for (XorbEntry xorb : shard.xorbs()) {
            verifyXorb(xorb);
            progress.verified(++done);
        }
        for (FileEntry file : shard.files()) {
            verifyFile(file);
            progress.verified(++done);
        }
    }

    private void verifyXorb(XorbEntry xorb) throws ShardRefusedException, IOException {
        XorbLayout layout = stored(xorb.hash(), "the shard describes");
        if (xorb.chunks().size() != layout.count()) {
            throw new ShardRefusedException("the shard gives xorb " + xorb.hash() + " "
                    + xorb.chunks().size() + " chunks, but " + layout.count() + " are stored");
        }
        for (int i = 0; i < layout.count(); i++) {
            XorbEntry.ChunkEntry chunk = xorb.chunks().get(i);
            if (!chunk.hash().equals(layout.hash(i))) {
                throw new ShardRefusedException(
                        "the shard gives chunk " + i + " of xorb " + xorb.hash() + " another hash than is stored");
            }
            if (chunk.startOffset() != layout.unpackedStart(i) || chunk.length() != layout.length(i)) {
                throw new ShardRefusedException("the shard puts chunk " + i + " of xorb " + xorb.hash() + " at bytes "
                        + chunk.startOffset() + " + " + chunk.length() + ", but it is stored as "
                        + layout.unpackedStart(i) + " + " + layout.length(i));
            }
        }
    }

    private void verifyFile(FileEntry file) throws ShardRefusedException, IOException {
        List<Segment> segments = file.segments();
        if (!file.isVerified()) {
            throw new ShardRefusedException(
                    "file " + file.hash() + " has no verification entries; every segment needs one");
        }
        if (segments.isEmpty()) {
            if (!file.hash().isZero()) {
                throw new ShardRefusedException(
                        "file " + file.hash() + " has no segments, but only the zero hash is an empty file");
            }
            return;
        }
        Subtree whole = null;
        for (int i = 0; i < segments.size(); i++) {
            List<Node> chunks = verifySegment(file, i);
            Subtree part = Subtree.from(i == 0, chunks, i == segments.size() - 1);
            whole = whole == null ? part : whole.merge(part);
        }
        ContentHash actual = fileHash(whole);
        if (!actual.equals(file.hash())) {
            throw new ShardRefusedException(
                    "the segments of file " + file.hash() + " make up a file with the hash " + actual);
        }
    }

    private static ContentHash fileHash(@Nullable Subtree whole) {
        if (whole == null) {
            throw new IllegalStateException("a file with segments has a tree");
        }
        return MerkleTree.fileHashOfRoot(whole.finalHash());
    }

    private List<Node> verifySegment(FileEntry file, int index) throws ShardRefusedException, IOException {
        Segment segment = file.segments().get(index);
        String name = "segment " + index + " of file " + file.hash();
        XorbLayout layout = stored(segment.xorb(), name + " refers to");
        int start = segment.chunkStart();
        int end = segment.chunkEnd();
        if (end > layout.count()) {
            throw new ShardRefusedException(
                    name + " takes chunks [" + start + ", " + end + ") of a xorb of " + layout.count() + " chunks");
        }
        if (segment.unpackedBytes() != layout.unpackedLength(start, end)) {
            throw new ShardRefusedException(name + " claims " + segment.unpackedBytes() + " bytes, but its chunks have "
                    + layout.unpackedLength(start, end));
        }
        List<ContentHash> hashes = new ArrayList<>(end - start);
        List<Node> nodes = new ArrayList<>(end - start);
        for (int i = start; i < end; i++) {
            hashes.add(layout.hash(i));
            nodes.add(new Node(layout.hash(i), layout.length(i)));
        }
        if (!XetHashes.rangeHash(hashes).equals(file.verification().get(index))) {
            throw new ShardRefusedException(name + " has a wrong verification entry");
        }
        return nodes;
    }

    private XorbLayout stored(ContentHash xorb, String who) throws ShardRefusedException, IOException {
        XorbLayout layout = layouts.find(xorb);
        if (layout == null) {
            throw new ShardRefusedException(who + " xorb " + xorb + ", which is not stored; upload it first");
        }
        return layout;
    }
}
