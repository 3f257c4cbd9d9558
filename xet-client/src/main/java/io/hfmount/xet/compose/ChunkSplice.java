package io.hfmount.xet.compose;

import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the new chunk list of a window out of the old one (xet-protocol §13.9 rule 3). Chunks that no edit touches are
 * copied from the list, not read. At a touched chunk, cutting starts at its first byte and runs through the edits until a
 * new cut falls on an old one; the chunker forgets everything at a cut, so from there on the old chunks are right again.
 * Not thread-safe; blocks.
 */
final class ChunkSplice {
    private static final int PIECE = 1 << 20;
    private static final int EDITS_AHEAD = 16;

    private final BaseFile base;
    private final SegmentLists lists;
    private final BaseBytes bytes;
    private final EditList edits;
    private final SmallSegments small;
    private final SpliceSink sink;
    private final Chunker chunker = new Chunker();
    private final Blake3Hasher hasher = XetHashes.chunkHasher();
    private final byte[] buffer;

    /** Bytes of the chunk under way, at the front of the buffer. */
    private int pending;

    private int preparedTo;

    ChunkSplice(
            BaseFile base, SegmentLists lists, BaseBytes bytes, EditList edits, SmallSegments small, SpliceSink sink) {
        this.base = base;
        this.lists = lists;
        this.bytes = bytes;
        this.edits = edits;
        this.small = small;
        this.sink = sink;
        long longest = 0;
        for (int i = 0; i < edits.count(); i++) {
            longest = Math.max(longest, edits.length(i));
        }
        this.buffer = new byte[2 * Chunker.MAX + (int) Math.min(longest, PIECE)];
    }

    /** Bytes of memory that a splice of {@code edits} takes. */
    static long memoryFor(long longestEdit) {
        return 2L * Chunker.MAX + Math.min(longestEdit, PIECE);
    }

    /**
     * Splices one window.
     *
     * @param start where it begins, an edge of a segment
     * @param end where it ends, a cut of the old file
     * @param first first edit inside it
     * @param last one past its last edit
     * @return where it ends in the old list
     * @throws StorageException of kind {@code CORRUPT} if the window is too narrow for its edits or does not end on a cut,
     *     of kind {@code SOURCE} if the data of an edit is short
     */
    OldCursor splice(long start, long end, int first, int last) {
        OldCursor cursor = new OldCursor(base, lists, base.segmentAt(start));
        int edit = first;
        while (edit < last) {
            if (changesNothing(edit)) {
                edit++;
                continue;
            }
            sink.checkWanted();
            OldCursor touched = touched(cursor, edits.get(edit).start(), end);
            prepare(edit, last, end);
            copyTo(cursor, small.before(touched, cursor));
            moveTo(cursor, touched.position());
            edit = cutAnew(cursor, end, edit, last);
        }
        copyTo(cursor, end);
        return cursor;
    }

    private boolean changesNothing(int i) {
        return edits.length(i) == 0 && edits.get(i).start() == edits.get(i).end();
    }

    /** At the chunk where cutting has to begin for an edit at {@code position}. */
    private OldCursor touched(OldCursor from, long position, long end) {
        OldCursor at = from.copy();
        if (position < end) {
            at.seek(position);
        } else if (from.position() < end) {
            // Appended to: the last chunk ended with the file, not at a cut of its content.
            at.seek(end - 1);
        }
        return at;
    }

    /** Fetches the chunks at the edges of the next edits at once, as far as their lists are known. */
    private void prepare(int from, int last, long end) {
        if (from < preparedTo) {
            return;
        }
        preparedTo = Math.min(from + EDITS_AHEAD, last);
        List<OldChunk> needed = new ArrayList<>();
        for (int i = from; i < preparedTo; i++) {
            Edit edit = edits.get(i);
            boolean appends = edit.start() == end;
            need(needed, appends ? end - 1 : edit.start(), !appends && edit.end() > edit.start());
            if (!appends) {
                need(needed, edit.end(), true);
            }
        }
        bytes.prepare(needed);
    }

    /** Adds the chunk around {@code position}, unless it begins there and {@code unlessCut}. */
    private void need(List<OldChunk> needed, long position, boolean unlessCut) {
        int segment = base.segmentAt(position);
        if (position < 0 || segment == base.count() || !lists.isKnown(segment)) {
            return;
        }
        OldCursor at = new OldCursor(base, lists, segment);
        at.seek(position);
        boolean begins = at.position() == position;
        if ((!begins || !unlessCut) && (needed.isEmpty() || needed.getLast().position() != at.position())) {
            needed.add(at.next());
        }
    }

    /** Copies whole old chunks up to the cut {@code position}. */
    private void copyTo(OldCursor cursor, long position) {
        while (cursor.position() < position) {
            int segment = cursor.segment();
            int from = cursor.chunk();
            if (base.end(segment) <= position) {
                sink.copied(segment, from, lists.chunks(segment).size());
                cursor.skipSegment();
                continue;
            }
            while (cursor.position() < position) {
                cursor.step();
            }
            sink.copied(segment, from, cursor.chunk());
        }
        if (cursor.position() != position) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "a window of file " + base.hash() + " ends at " + position + ", inside a chunk");
        }
    }

    /** Hands on old chunks up to {@code position} with their bytes. */
    private void moveTo(OldCursor cursor, long position) {
        while (cursor.position() < position) {
            OldChunk chunk = cursor.next();
            bytes.read(chunk, chunk.position(), chunk.end(), buffer, 0);
            sink.moved(chunk, buffer);
            cursor.step();
        }
    }

    /** Cuts from {@code cursor} on until old and new cuts meet; returns the next edit. */
    private int cutAnew(OldCursor cursor, long end, int first, int last) {
        chunker.reset();
        pending = 0;
        int next = first;
        long position = cursor.position();
        while (true) {
            if (next < last && edits.get(next).start() == position) {
                sink.replacing(
                        cursor.segment(),
                        Math.min(base.segmentAt(edits.get(next).end()) + 1, base.count()));
                feed(edits.get(next), edits.length(next));
                position = edits.get(next).end();
                next++;
                cursor.seek(position);
            } else if (position == end) {
                if (end != base.size()) {
                    throw new StorageException(
                            StorageException.Kind.CORRUPT,
                            "a window of file " + base.hash() + " ends at " + end
                                    + ", before the cuts of the edited content meet the old ones");
                }
                flush();
                return next;
            } else {
                OldChunk chunk = cursor.next();
                long stop = next < last ? Math.min(chunk.end(), edits.get(next).start()) : chunk.end();
                bytes.read(chunk, position, stop, buffer, pending);
                taken((int) (stop - position));
                position = stop;
                if (position == chunk.end()) {
                    cursor.step();
                }
            }
            if (pending == 0 && position == cursor.position()) {
                return next;
            }
        }
    }

    private void feed(Edit edit, long length) {
        ContentSource data = edit.data();
        for (long at = 0; at < length; ) {
            sink.checkWanted();
            int count = (int) Math.min(buffer.length - pending, length - at);
            readFully(data, at, ByteBuffer.wrap(buffer, pending, count), edit, length);
            taken(count);
            at += count;
        }
    }

    private static void readFully(ContentSource data, long position, ByteBuffer target, Edit edit, long length) {
        long at = position;
        while (target.hasRemaining()) {
            int before = target.position();
            try {
                data.read(at, target);
            } catch (IOException | RuntimeException e) {
                throw new StorageException(
                        StorageException.Kind.SOURCE,
                        "the data of the edit at " + edit.start() + " cannot be read at " + at + ": " + e.getMessage(),
                        e);
            }
            if (target.position() <= before) {
                throw new StorageException(
                        StorageException.Kind.SOURCE,
                        "the data of the edit at " + edit.start() + " ends at " + at + " instead of " + length);
            }
            at += target.position() - before;
        }
    }

    /** Takes {@code count} bytes that were put behind the pending ones. */
    private void taken(int count) {
        int filled = pending + count;
        List<Chunk> chunks = new ArrayList<>();
        int start = 0;
        int at = pending;
        while (at < filled) {
            int scanned = chunker.scan(buffer, at, filled - at);
            if (scanned < 0) {
                break;
            }
            at += scanned;
            chunks.add(new Chunk(hasher.hash(buffer, start, at - start), at - start));
            start = at;
        }
        if (!chunks.isEmpty()) {
            sink.cut(chunks, buffer);
        }
        pending = filled - start;
        System.arraycopy(buffer, start, buffer, 0, pending);
    }

    private void flush() {
        if (pending > 0) {
            sink.cut(List.of(new Chunk(hasher.hash(buffer, 0, pending), pending)), buffer);
            pending = 0;
        }
    }
}
