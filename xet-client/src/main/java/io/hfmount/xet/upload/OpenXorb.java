package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.ChunkList;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.xorb.SerializedXorb;
import io.hfmount.xet.xorb.XorbBody;
import io.hfmount.xet.xorb.XorbWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * New chunks on their way to become a xorb. Three stages: <em>growing</em> while one file adds chunks, <em>closed</em>
 * when the file has ended and files may be pooled, <em>sealed</em> when the hash is fixed.
 *
 * <p>Confined to one thread at a time; handed over between threads by the locks of pool and session.
 */
final class OpenXorb {
    private final XorbWriter writer;
    /** Compact once sealed, for a session keeps the lists of all its xorbs. */
    private List<Chunk> chunks = new ArrayList<>();

    private final Map<ContentHash, Integer> latest = new HashMap<>();
    private final List<SegmentDraft> segments = new ArrayList<>();
    private @Nullable XorbBody body;
    private int unpacked;
    private int stored;
    private volatile @Nullable ContentHash hash;

    /**
     * An empty one.
     *
     * @param writer empty, lent until this is closed
     */
    OpenXorb(XorbWriter writer) {
        this.writer = writer;
        writer.startFile();
    }

    int count() {
        return chunks.size();
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    int unpackedBytes() {
        return unpacked;
    }

    /** Serialised length in bytes, once closed. */
    int storedBytes() {
        return stored;
    }

    boolean fits(long bytes, int count, UploadSettings limits) {
        return unpacked + bytes <= limits.maxXorbBytes() && chunks.size() + (long) count <= limits.maxXorbChunks();
    }

    /** Adds a chunk whose bytes begin at {@code data[off]}. */
    void add(Chunk chunk, byte[] data, int off) {
        writer.add(chunk, data, off);
        latest.put(chunk.hash(), chunks.size());
        chunks.add(chunk);
        unpacked += chunk.length();
    }

    /** A segment that refers to this xorb and moves with it. */
    void refer(SegmentDraft segment) {
        segments.add(segment);
    }

    /** Index of the latest chunk with the hash of {@code chunks[from]}, or -1. */
    int positionOf(ContentHash chunk) {
        Integer position = latest.get(chunk);
        return position == null ? -1 : position;
    }

    /** How many chunks from {@code list[from]} on are here one after the other by their latest positions. */
    int runLength(List<Chunk> list, int from, int to) {
        int start = positionOf(list.get(from).hash());
        int count = 0;
        while (from + count < to
                && start >= 0
                && positionOf(list.get(from + count).hash()) == start + count) {
            count++;
        }
        return count;
    }

    /** Ends growing; gives the writer back. */
    void close() {
        if (!chunks.isEmpty()) {
            SerializedXorb written = writer.finish();
            body = written.body();
            stored = written.length();
        }
        latest.clear();
    }

    /** Takes over everything of {@code other}; both are closed. */
    void absorb(OpenXorb other) {
        int shift = chunks.size();
        for (SegmentDraft segment : other.segments) {
            segment.move(this, shift);
        }
        segments.addAll(other.segments);
        chunks.addAll(other.chunks);
        XorbBody mine = body;
        XorbBody theirs = other.body;
        if (mine == null) {
            body = theirs;
        } else if (theirs != null) {
            mine.append(theirs);
        }
        other.body = null;
        unpacked += other.unpacked;
        stored += other.stored;
    }

    /** Fixes the hash; no chunk may be added afterwards. */
    ContentHash seal() {
        ContentHash sealed = MerkleTree.xorbHash(chunks);
        chunks = ChunkList.copyOf(chunks);
        hash = sealed;
        segments.clear();
        return sealed;
    }

    /** The hash once sealed. */
    @Nullable
    ContentHash hash() {
        return hash;
    }

    List<Chunk> chunks() {
        return chunks;
    }

    List<ContentHash> chunkHashes() {
        return chunks.stream().map(Chunk::hash).toList();
    }

    /** The serialised chunk records; null before this is closed and after they were dropped. */
    @Nullable
    XorbBody body() {
        return body;
    }

    /** Drops the records, which were sent. */
    void forgetRecords() {
        XorbBody mine = body;
        body = null;
        if (mine != null) {
            mine.release();
        }
    }
}
