package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which chunks storage offers for global deduplication (xet-protocol §8.7). Thread-safe. */
public final class DedupEligibility {
    private static final long MODULUS_MASK = 1023;

    private DedupEligibility() {}

    /** Whether the hash alone makes a chunk eligible: hash mod 1024 is 0. */
    public static boolean byHash(ContentHash chunk) {
        return (chunk.w3() & MODULUS_MASK) == 0;
    }

    /** The plain hashes of all eligible chunks of a shard with plain hashes. */
    public static SortedSet<ContentHash> eligible(List<FileEntry> files, List<XorbEntry> xorbs) {
        SortedSet<ContentHash> eligible = new TreeSet<>();
        for (XorbEntry xorb : markFileStarts(files, xorbs)) {
            for (XorbEntry.ChunkEntry chunk : xorb.chunks()) {
                if (chunk.dedupEligible() || byHash(chunk.hash())) {
                    eligible.add(chunk.hash());
                }
            }
        }
        return eligible;
    }

    /** The xorbs with the first chunk of every file marked, where its xorb is among them. */
    public static List<XorbEntry> markFileStarts(List<FileEntry> files, List<XorbEntry> xorbs) {
        Map<ContentHash, BitSet> starts = new HashMap<>();
        for (FileEntry file : files) {
            if (!file.segments().isEmpty()) {
                Segment first = file.segments().get(0);
                starts.computeIfAbsent(first.xorb(), xorb -> new BitSet()).set(first.chunkStart());
            }
        }
        List<XorbEntry> marked = new ArrayList<>(xorbs.size());
        for (XorbEntry xorb : xorbs) {
            BitSet first = starts.get(xorb.hash());
            marked.add(first == null ? xorb : mark(xorb, first));
        }
        return marked;
    }

    private static XorbEntry mark(XorbEntry xorb, BitSet first) {
        List<XorbEntry.ChunkEntry> chunks = new ArrayList<>(xorb.chunks());
        // a file may name a chunk that the xorb does not have; that is for the shard's checks to refuse
        for (int i = first.nextSetBit(0); i >= 0 && i < chunks.size(); i = first.nextSetBit(i + 1)) {
            chunks.set(i, chunks.get(i).asEligible());
        }
        return new XorbEntry(xorb.hash(), chunks, xorb.bytesOnDisk());
    }
}
