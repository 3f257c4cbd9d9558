package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A file under construction: its segments in order, its hash as far as it is known, and the fragmentation guard. Keeps no
 * list of all chunks. Segments end at the length limit of the settings, which the guard does not see (xet-protocol §13.9
 * rule 2).
 */
final class FileDraft {
    private final long segmentLimit;
    private final List<SegmentDraft> segments = new ArrayList<>();
    private final @Nullable StreamingFileHash hasher;
    private final FragmentationGuard guard = new FragmentationGuard();
    private long bytes;
    private long newBytes;
    private long indexedChunks;
    private long indexedBytes;
    private boolean trusts;
    private @Nullable ContentHash hash;
    private @Nullable ContentHash sha256;

    FileDraft(long segmentLimit) {
        this(segmentLimit, new StreamingFileHash());
    }

    private FileDraft(long segmentLimit, @Nullable StreamingFileHash hasher) {
        this.segmentLimit = segmentLimit;
        this.hasher = hasher;
    }

    /** A file not all of whose chunks are known here, so that its hash comes from elsewhere. */
    static FileDraft withoutHash(long segmentLimit) {
        return new FileDraft(segmentLimit, null);
    }

    /** The next piece of the file is a segment as it was registered before; nothing is added to it. */
    void keep(Segment segment, ContentHash verification) {
        begin(new SegmentDraft(segment, verification));
        bytes += segment.unpackedBytes();
    }

    /** Whether known chunks of a stored xorb may be used here. */
    boolean accepts(KnownRun run) {
        return continues(run.xorb(), run.start())
                || (run.source() == KnownRun.Source.INDEX
                        ? guard.allowsRemembered(run.count())
                        : guard.allows(run.count()));
    }

    /** The next chunks of the file, from {@code chunks[from]}, are in a stored xorb. */
    void append(KnownRun run, List<Chunk> chunks, int from) {
        long before = bytes;
        append(run.xorb(), run.start(), chunks, from, run.count());
        if (run.source() == KnownRun.Source.INDEX) {
            indexedChunks += run.count();
            indexedBytes += bytes - before;
        }
        trusts |= run.source() != KnownRun.Source.SESSION;
    }

    /** Whether {@code count} chunks that {@code xorb} already has may be used here. */
    boolean accepts(OpenXorb xorb, int start, int count) {
        return continues(xorb, start) || guard.allows(count);
    }

    /** The next {@code count} chunks of the file, from {@code chunks[from]}, are in a stored xorb. */
    void append(ContentHash xorb, int start, List<Chunk> chunks, int from, int count) {
        append(continues(xorb, start), chunks, from, count, i -> new SegmentDraft(xorb, start + i));
    }

    /** The next {@code count} chunks of the file, from {@code chunks[from]}, are in a xorb under construction. */
    void append(OpenXorb xorb, int start, List<Chunk> chunks, int from, int count) {
        append(continues(xorb, start), chunks, from, count, i -> new SegmentDraft(xorb, start + i));
    }

    private void append(
            boolean continues, List<Chunk> chunks, int from, int count, IntFunction<SegmentDraft> beginning) {
        if (continues) {
            guard.extend(count);
        } else {
            guard.begin(count);
        }
        SegmentDraft target = continues ? last() : null;
        for (int i = 0; i < count; i++) {
            Chunk chunk = chunks.get(from + i);
            if (target == null || target.bytes() + chunk.length() > segmentLimit) {
                target = begin(beginning.apply(i));
            }
            target.add(chunk);
            if (hasher != null) {
                hasher.add(chunk);
            }
            bytes += chunk.length();
        }
    }

    private boolean continues(ContentHash xorb, int start) {
        SegmentDraft last = last();
        return last != null && last.isOpen() && last.isIn(xorb) && last.chunkEnd() == start;
    }

    private boolean continues(OpenXorb xorb, int start) {
        SegmentDraft last = last();
        return last != null && last.isOpen() && last.isIn(xorb) && last.chunkEnd() == start;
    }

    private SegmentDraft begin(SegmentDraft segment) {
        SegmentDraft last = last();
        if (last != null) {
            last.close();
        }
        segments.add(segment);
        return segment;
    }

    private @Nullable SegmentDraft last() {
        return segments.isEmpty() ? null : segments.getLast();
    }

    /** Counts bytes that went into a new xorb. */
    void countNew(int length) {
        newBytes += length;
    }

    /** Ends the file with the hash of its chunks. */
    void completeHashed(@Nullable ContentHash storedSha256) {
        if (hasher == null) {
            throw new IllegalStateException("the hash of this file comes from elsewhere");
        }
        complete(hasher.finish());
        sha256 = storedSha256;
    }

    /** Ends the file. */
    void complete(ContentHash fileHash) {
        SegmentDraft last = last();
        if (last != null) {
            last.close();
        }
        hash = fileHash;
    }

    ContentHash hash() {
        ContentHash done = hash;
        if (done == null) {
            throw new IllegalStateException("the file has not ended");
        }
        return done;
    }

    long bytes() {
        return bytes;
    }

    long newBytes() {
        return newBytes;
    }

    /** Chunks that only the index on disk knew. */
    long indexedChunks() {
        return indexedChunks;
    }

    /** Their bytes. */
    long indexedBytes() {
        return indexedBytes;
    }

    /** Whether any chunk is in a xorb that was stored before the session, so that storage may have lost it. */
    boolean trusts() {
        return trusts;
    }

    /** The entry to register; every xorb it refers to is sealed. */
    FileEntry entry() {
        List<Segment> done = segments.stream().map(SegmentDraft::segment).toList();
        List<ContentHash> verification =
                segments.stream().map(SegmentDraft::verification).toList();
        return new FileEntry(hash(), done, verification, sha256);
    }
}
