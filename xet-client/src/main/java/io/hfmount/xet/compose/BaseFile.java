package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.shard.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The file that is edited: its segments and where each begins. Immutable. */
final class BaseFile {
    private final ContentHash hash;
    private final List<Segment> segments;
    private final long[] starts;

    private BaseFile(ContentHash hash, List<Segment> segments) {
        this.hash = hash;
        this.segments = List.copyOf(segments);
        this.starts = new long[segments.size() + 1];
        for (int i = 0; i < segments.size(); i++) {
            starts[i + 1] = Math.addExact(starts[i], segments.get(i).unpackedBytes());
        }
    }

    /** A file of these segments. */
    static BaseFile of(ContentHash hash, List<Segment> segments) {
        return new BaseFile(hash, segments);
    }

    /**
     * The file of a plan for all of it.
     *
     * @throws StorageException of kind {@code CORRUPT} if the plan does not begin with the file
     */
    static BaseFile of(Reconstruction plan) {
        if (plan.offsetIntoFirstTerm() != 0) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "the plan of the whole file " + plan.file() + " begins inside a segment");
        }
        List<Segment> segments = new ArrayList<>(plan.terms().size());
        for (Reconstruction.Term term : plan.terms()) {
            segments.add(new Segment(term.xorb(), term.unpackedLength(), term.chunkStart(), term.chunkEnd()));
        }
        return new BaseFile(plan.file(), segments);
    }

    ContentHash hash() {
        return hash;
    }

    long size() {
        return starts[segments.size()];
    }

    /** Number of segments. */
    int count() {
        return segments.size();
    }

    Segment segment(int i) {
        return segments.get(i);
    }

    /** Where segment {@code i} begins in the file; for {@link #count()} where the file ends. */
    long start(int i) {
        return starts[i];
    }

    long end(int i) {
        return starts[i + 1];
    }

    ByteRange range(int i) {
        return new ByteRange(starts[i], starts[i + 1]);
    }

    /** The segment that holds byte {@code position}; {@link #count()} at the end of the file. */
    int segmentAt(long position) {
        int found = Arrays.binarySearch(starts, position);
        return found >= 0 ? found : -found - 2;
    }

    /** Whether a segment begins or the file ends at {@code position}. */
    boolean isEdge(long position) {
        return Arrays.binarySearch(starts, position) >= 0;
    }
}
