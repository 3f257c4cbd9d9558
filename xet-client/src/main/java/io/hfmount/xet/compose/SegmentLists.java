package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.index.KnownXorb;
import io.hfmount.xet.shard.Segment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The chunk lists of a file's segments: from the index, else by downloading the segment once, which teaches the index
 * (xet-protocol §13.9). A few lists are kept in memory. Not thread-safe; blocks.
 */
final class SegmentLists {
    /** What is downloaded at once, in unpacked bytes. */
    private static final long SLICE = 4L << 20;

    private static final int KEPT = 8;

    private final BaseFile base;
    private final ChunkIndex index;
    private final BaseFetch fetch;
    private final FetchedChunks keeping;
    private final boolean trusting;
    private final Blake3Hasher hasher = XetHashes.chunkHasher();
    private final Map<ContentHash, KnownXorb> xorbs = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Integer, List<Chunk>> downloaded = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<ContentHash> trusted = new HashSet<>();
    private final Set<ContentHash> relearnt = new HashSet<>();

    /**
     * Lists of {@code base}.
     *
     * @param keeping takes downloaded chunks that may be needed soon
     * @param trusting whether lists are taken from the index; if not, what is downloaded replaces them there
     */
    SegmentLists(BaseFile base, ChunkIndex index, BaseFetch fetch, FetchedChunks keeping, boolean trusting) {
        this.base = base;
        this.index = index;
        this.fetch = fetch;
        this.keeping = keeping;
        this.trusting = trusting;
    }

    /** Whether the list of segment {@code s} needs no download. */
    boolean isKnown(int s) {
        Segment segment = base.segment(s);
        return downloaded.containsKey(s)
                || (trusting && index.covers(segment.xorb(), segment.chunkStart(), segment.chunkEnd()));
    }

    /** The chunks of segment {@code s}, in order; together as long as the segment. */
    List<Chunk> chunks(int s) {
        List<Chunk> known = downloaded.get(s);
        if (known == null) {
            known = fromIndex(s);
        }
        if (known == null) {
            known = download(s);
            downloaded.put(s, known);
            dropEldest(downloaded);
        }
        return known;
    }

    private @Nullable List<Chunk> fromIndex(int s) {
        Segment segment = base.segment(s);
        KnownXorb xorb = xorbs.get(segment.xorb());
        if (xorb == null) {
            if (!trusting || !index.covers(segment.xorb(), segment.chunkStart(), segment.chunkEnd())) {
                return null;
            }
            xorb = index.xorb(segment.xorb());
            xorbs.put(segment.xorb(), xorb);
            dropEldest(xorbs);
        }
        if (!xorb.covers(segment.chunkStart(), segment.chunkEnd())) {
            return null;
        }
        List<Chunk> chunks = xorb.chunks(segment.chunkStart(), segment.chunkEnd());
        long bytes = 0;
        for (Chunk chunk : chunks) {
            bytes += chunk.length();
        }
        if (bytes != segment.unpackedBytes()) {
            xorbs.remove(segment.xorb());
            index.forgetXorb(segment.xorb());
            return null;
        }
        trusted.add(segment.xorb());
        return chunks;
    }

    private static void dropEldest(Map<?, ?> lists) {
        if (lists.size() > KEPT) {
            lists.remove(lists.keySet().iterator().next());
        }
    }

    private List<Chunk> download(int s) {
        Segment segment = base.segment(s);
        List<Chunk> chunks = new ArrayList<>();
        long position = base.start(s);
        int next = segment.chunkStart();
        while (position < base.end(s)) {
            ByteRange slice = new ByteRange(position, Math.min(position + SLICE, base.end(s)));
            BaseFetch.Fetched fetched = BlockingCalls.await(fetch.fetch(s, next, slice));
            ChunkRun run = fetched.run();
            for (; next < fetched.chunkEnd(); next++) {
                int from = run.startOf(next);
                int length = run.endOf(next) - from;
                Chunk chunk = new Chunk(hasher.hash(run.data(), from, length), length);
                keeping.offer(position, run.data(), from, length);
                chunks.add(chunk);
                position += length;
            }
        }
        if (next != segment.chunkEnd() || position != base.end(s)) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "segment " + s + " of file " + base.hash() + " has " + chunks.size() + " chunks, of which chunk "
                            + next + " would end at " + position + " instead of " + base.end(s));
        }
        if (!trusting && relearnt.add(segment.xorb())) {
            index.forgetXorb(segment.xorb());
        }
        index.addChunks(segment.xorb(), segment.chunkStart(), chunks);
        return chunks;
    }

    /** Whether any list came from the index. */
    boolean trustedTheIndex() {
        return !trusted.isEmpty();
    }

    /** Makes the index forget every list that was taken from it. */
    void distrust() {
        trusted.forEach(index::forgetXorb);
        xorbs.clear();
    }
}
