package io.hfmount.xet.compose;

import io.hfmount.xet.chunk.Chunk;
import java.util.List;

/** A place between two chunks of the file that is edited. Not thread-safe; loading lists blocks. */
final class OldCursor {
    private final BaseFile base;
    private final SegmentLists lists;
    private int segment;
    private int chunk;
    private long position;

    /** At the start of segment {@code segment}. */
    OldCursor(BaseFile base, SegmentLists lists, int segment) {
        this.base = base;
        this.lists = lists;
        this.segment = segment;
        this.position = base.start(segment);
    }

    /** Another one at the same place. */
    OldCursor copy() {
        OldCursor other = new OldCursor(base, lists, segment);
        other.chunk = chunk;
        other.position = position;
        return other;
    }

    /** Where the next chunk begins in the file. */
    long position() {
        return position;
    }

    /** The segment of the next chunk; the number of segments at the end of the file. */
    int segment() {
        return segment;
    }

    /** The next chunk's number inside its segment. */
    int chunk() {
        return chunk;
    }

    boolean isAtEnd() {
        return segment == base.count();
    }

    /** The next chunk; not at the end. */
    OldChunk next() {
        Chunk at = lists.chunks(segment).get(chunk);
        return new OldChunk(segment, base.segment(segment).chunkStart() + chunk, position, at);
    }

    /** Steps over one chunk. */
    void step() {
        List<Chunk> list = lists.chunks(segment);
        position += list.get(chunk).length();
        chunk++;
        if (chunk == list.size()) {
            segment++;
            chunk = 0;
        }
    }

    /** Goes on to the segment after the present one. */
    void skipSegment() {
        position = base.end(segment);
        segment++;
        chunk = 0;
    }

    /** Goes on to the chunk that holds byte {@code target}, or to the end of the file. */
    void seek(long target) {
        if (target < position) {
            throw new IllegalArgumentException("cannot go back from " + position + " to " + target);
        }
        int there = base.segmentAt(target);
        if (there != segment) {
            segment = there;
            chunk = 0;
            position = base.start(there);
        }
        while (!isAtEnd() && position < target) {
            Chunk at = lists.chunks(segment).get(chunk);
            if (position + at.length() > target) {
                return;
            }
            step();
        }
    }
}
