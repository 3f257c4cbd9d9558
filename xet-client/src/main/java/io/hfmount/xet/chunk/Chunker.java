package io.hfmount.xet.chunk;

import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Finds the cuts of a byte stream (xet-protocol §3.2). The result does not depend on how the stream is split into
 * buffers. At the end of the stream the {@link #pending()} bytes, if any, are the last chunk. Not thread-safe.
 */
public final class Chunker {
    /** Least chunk length in bytes, except at the end of the stream. */
    public static final int MIN = 8_192;
    /** Greatest chunk length in bytes. */
    public static final int MAX = 131_072;

    /** Bytes at a chunk's start that cannot influence a cut: the hash forgets after 64 bytes. */
    private static final int UNHASHED = MIN - 65;

    private long hash;
    private int length;

    /** Forgets the current chunk; the next byte starts a new one. */
    public void reset() {
        hash = 0;
        length = 0;
    }

    /** Bytes of the current chunk that were scanned already. */
    public int pending() {
        return length;
    }

    /**
     * Scans for the next cut and stops there; call again with the rest.
     *
     * @return how many of the {@code len} bytes belong to the current chunk when a cut follows them, 1 to {@code len}; or
     *     -1 when all of them were taken and the chunk goes on
     */
    public int scan(byte[] buf, int off, int len) {
        Objects.checkFromIndexSize(off, len, buf.length);
        final int before = length;
        final int end = (int) Math.min((long) off + len, (long) off + MAX - before);
        int at = off;
        if (before < UNHASHED) {
            at = (int) Math.min(end, (long) off + UNHASHED - before);
        }
        long h = hash;
        // offset of the last byte after which no cut is allowed yet, plus one
        final int warm = (int) Math.min(end, (long) off + (MIN - 1) - before);
        for (; at < warm; at++) {
            h = (h << 1) + GearTable.ENTRIES[buf[at] & 0xFF];
        }
        for (; at < end; at++) {
            h = (h << 1) + GearTable.ENTRIES[buf[at] & 0xFF];
            if (h >>> 48 == 0) {
                reset();
                return at + 1 - off;
            }
        }
        length = before + (end - off);
        hash = h;
        if (length == MAX) {
            reset();
            return end - off;
        }
        return -1;
    }

    /** The chunks of content that is in memory as a whole. */
    public static List<Chunk> chunksOf(byte[] content) {
        Chunker chunker = new Chunker();
        Blake3Hasher hasher = XetHashes.chunkHasher();
        List<Chunk> chunks = new ArrayList<>();
        for (int at = 0; at < content.length; ) {
            int n = chunker.scan(content, at, content.length - at);
            if (n < 0) {
                n = content.length - at;
            }
            chunks.add(new Chunk(hasher.hash(content, at, n), n));
            at += n;
        }
        return chunks;
    }
}
