package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.upload.FileAssembly;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Turns gaps and spliced windows into the segments of the new file (xet-protocol §13.5, §13.6), and keeps two hashes on
 * the way: that of the new file, and that of the old one, which proves that every list and answer used was right. Not
 * thread-safe.
 */
final class SegmentComposer implements SpliceSink {
    private final BaseFile base;
    private final SegmentLists lists;
    private final FileAssembly file;
    private final OldPlaces places;
    private final RunningHash oldHash = new RunningHash();
    private final RunningHash newHash = new RunningHash();
    private long windowEnd;

    /** The first segment whose old chunks are not hashed yet. */
    private int unhashed;

    SegmentComposer(BaseFile base, SegmentLists lists, FileAssembly file) {
        this.base = base;
        this.lists = lists;
        this.file = file;
        this.places = new OldPlaces(base, lists);
    }

    /**
     * The untouched part before, between or after windows.
     *
     * @param gap where it is; what of its first segment a window overlaps is dealt with by {@link #endWindow}
     * @param summary its chunks
     * @param verification of the segments that begin in it
     */
    void gap(ByteRange gap, Optional<Subtree> summary, Iterator<ContentHash> verification) {
        summary.ifPresent(chunks -> {
            oldHash.add(chunks);
            newHash.add(chunks);
        });
        for (int s = unhashed; s < base.count() && base.end(s) <= gap.end(); s++) {
            file.keep(base.segment(s), verification.next());
            unhashed = s + 1;
        }
    }

    void beginWindow(ByteRange window) {
        windowEnd = window.end();
    }

    @Override
    public void copied(int segment, int from, int to) {
        List<Chunk> chunks = lists.chunks(segment);
        Segment stored = base.segment(segment);
        if (from == 0 && to == chunks.size()) {
            hashOldBefore(segment);
            newHash.add(unhashed > segment ? summary(segment) : hashOld(segment));
            file.keep(stored, verification(chunks));
            return;
        }
        List<Chunk> part = chunks.subList(from, to);
        part.forEach(this::hashNew);
        file.copy(stored.xorb(), stored.chunkStart() + from, part);
    }

    private static ContentHash verification(List<Chunk> chunks) {
        return XetHashes.rangeHash(chunks.stream().map(Chunk::hash).toList());
    }

    @Override
    public void replacing(int from, int to) {
        for (int s = from; s < to && base.start(s) < windowEnd; s++) {
            hashOldBefore(s + 1);
            places.learn(s);
        }
    }

    @Override
    public void cut(List<Chunk> chunks, byte[] data) {
        int fresh = 0;
        int freshAt = 0;
        int at = 0;
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            hashNew(chunk);
            OldPlaces.Place place = places.find(chunk);
            if (place != null) {
                file.add(chunks.subList(fresh, i), data, freshAt);
                file.copy(place.xorb(), place.index(), List.of(chunk));
                fresh = i + 1;
                freshAt = at + chunk.length();
            }
            at += chunk.length();
        }
        file.add(chunks.subList(fresh, chunks.size()), data, freshAt);
    }

    @Override
    public void moved(OldChunk chunk, byte[] data) {
        hashNew(chunk.chunk());
        file.store(List.of(chunk.chunk()), data, 0);
    }

    @Override
    public void checkWanted() {
        file.checkWanted();
    }

    private void hashNew(Chunk chunk) {
        newHash.add(new Node(chunk.hash(), chunk.length()));
    }

    private void hashOldBefore(int segment) {
        while (unhashed < segment) {
            hashOld(unhashed);
        }
    }

    /** Hashes the old chunks of a segment that begins in the window. */
    private Subtree hashOld(int segment) {
        Subtree summary = summary(segment);
        oldHash.add(summary);
        unhashed = segment + 1;
        return summary;
    }

    private Subtree summary(int segment) {
        List<Chunk> chunks = lists.chunks(segment);
        if (base.end(segment) > windowEnd) {
            long at = base.start(segment);
            int count = 0;
            while (at < windowEnd) {
                at += chunks.get(count++).length();
            }
            chunks = chunks.subList(0, count);
        }
        return Subtree.from(false, Node.leaves(chunks), false);
    }

    /**
     * Ends a window; what a window leaves of its last segment is taken over as it is (xet-protocol §13.6).
     *
     * @param end where it ends in the old list
     */
    void endWindow(OldCursor end) {
        hashOldBefore(end.chunk() == 0 ? end.segment() : end.segment() + 1);
        if (end.chunk() > 0) {
            Segment stored = base.segment(end.segment());
            List<Chunk> chunks = lists.chunks(end.segment());
            file.copy(stored.xorb(), stored.chunkStart() + end.chunk(), chunks.subList(end.chunk(), chunks.size()));
        }
    }

    /**
     * Makes sure that all that was used of the old file was right.
     *
     * @throws StorageException of kind {@code CORRUPT} if it does not add up to the old file's hash
     */
    void proveTheBase() {
        ContentHash proved;
        try {
            proved = oldHash.finish();
        } catch (IllegalStateException e) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "the chunks of file " + base.hash() + " do not close at one root",
                    e);
        }
        if (!proved.equals(base.hash())) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "the chunks of file " + base.hash() + " add up to file " + proved + " instead");
        }
    }

    /** The hash of the new file, which must have {@code size} bytes. */
    ContentHash hash(long size) {
        ContentHash hash = newHash.finish();
        if (newHash.bytes() != size) {
            throw new IllegalStateException("the chunks have " + newHash.bytes() + " bytes, the file " + size);
        }
        return hash;
    }
}
