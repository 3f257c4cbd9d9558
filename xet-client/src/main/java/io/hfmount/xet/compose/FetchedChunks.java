package io.hfmount.xet.compose;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of the file that is edited that are in memory, by where they begin. Bounded: the oldest go first. Not
 * thread-safe.
 */
final class FetchedChunks {
    /** Most bytes that are kept. */
    static final long MAX_BYTES = 6L << 20;

    private static final long BEFORE = 256L << 10;
    private static final long AFTER = 512L << 10;

    private final EditList edits;
    private final Map<Long, byte[]> chunks = new LinkedHashMap<>();
    private long bytes;
    private int nextEdit;

    FetchedChunks(EditList edits) {
        this.edits = edits;
    }

    /** Keeps a chunk if it lies around the edges of an edit; chunks are offered in ascending order. */
    void offer(long position, byte[] data, int off, int length) {
        while (nextEdit < edits.count() && edits.get(nextEdit).end() + AFTER <= position) {
            nextEdit++;
        }
        if (nextEdit == edits.count()) {
            return;
        }
        long start = edits.get(nextEdit).start();
        long end = edits.get(nextEdit).end();
        boolean before = position + length + BEFORE > start && position < start + 1;
        boolean after = position + length >= end && position < end + AFTER;
        if (before || after) {
            put(position, Arrays.copyOfRange(data, off, off + length));
        }
    }

    /** Keeps a chunk. */
    void put(long position, byte[] chunk) {
        byte[] old = chunks.put(position, chunk);
        bytes += chunk.length - (old == null ? 0 : old.length);
        Iterator<byte[]> eldest = chunks.values().iterator();
        while (bytes > MAX_BYTES) {
            bytes -= eldest.next().length;
            eldest.remove();
        }
    }

    byte @Nullable [] get(long position) {
        return chunks.get(position);
    }
}
