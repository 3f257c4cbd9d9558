package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compress.ChunkDecompressor;
import io.hfmount.xet.compress.CompressionFormatException;
import io.hfmount.xet.compress.Scheme;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Strict validation of one xorb while its bytes arrive (xet-protocol §6.4). The result does not depend on how they are split
 * into pieces. Holds one chunk and the index; not thread-safe, and of no use after it threw.
 */
public final class XorbValidation {
    private final ContentHash expected;
    private final byte[] header = new byte[XorbLimits.RECORD_HEADER];
    private final byte[] unpacked = new byte[Chunker.MAX];
    private final ChunkDecompressor decompressor = new ChunkDecompressor();
    private final Blake3Hasher hasher = XetHashes.chunkHasher();
    private final List<XorbChunk> chunks = new ArrayList<>();
    private byte[] payload = new byte[Chunker.MAX];
    /** Bytes of the present header, payload or footer that have arrived. */
    private int filled;
    /** The record whose payload arrives; null between records. */
    private @Nullable RecordHeader record;
    /** What the footer has to be, once it has begun. */
    private byte @Nullable [] footer;

    private byte[] actualFooter = new byte[0];
    private @Nullable XorbIndex index;
    private int storedEnd;
    private int unpackedEnd;

    /**
     * A validation that has seen nothing yet.
     *
     * @param expected the hash the xorb is stored under
     */
    public XorbValidation(ContentHash expected) {
        this.expected = expected;
    }

    /**
     * Takes the next bytes {@code bytes[off..off+len)}.
     *
     * @throws XorbFormatException naming the first thing that is wrong
     */
    public void take(byte[] bytes, int off, int len) throws XorbFormatException {
        Objects.checkFromIndexSize(off, len, bytes.length);
        int at = off;
        int end = off + len;
        while (at < end) {
            RecordHeader current = record;
            if (footer != null) {
                at += takeFooter(footer, bytes, at, end - at);
            } else if (current != null) {
                at += takePayload(current, bytes, at, end - at);
            } else {
                at += takeHeader(bytes, at, end - at);
            }
        }
    }

    private int takeHeader(byte[] bytes, int off, int len) throws XorbFormatException {
        int taken = Math.min(len, header.length - filled);
        System.arraycopy(bytes, off, header, filled, taken);
        filled += taken;
        if (filled < header.length) {
            return taken;
        }
        filled = 0;
        if (RecordHeader.isFooter(header, 0)) {
            byte[] wanted = XorbFooter.expected(indexOfAll(), header[header.length - 1] & 0xFF);
            footer = wanted;
            actualFooter = new byte[wanted.length];
            System.arraycopy(header, 0, actualFooter, 0, header.length);
            filled = header.length;
            return taken;
        }
        int number = chunks.size();
        if (number == XorbLimits.MAX_CHUNKS) {
            throw new XorbFormatException("a xorb has at most " + XorbLimits.MAX_CHUNKS + " chunks");
        }
        RecordHeader next = RecordHeader.read(header, 0, number);
        if (next.unpackedLength() > XorbLimits.MAX_BYTES - unpackedEnd) {
            throw new XorbFormatException("a xorb has at most " + XorbLimits.MAX_BYTES + " unpacked bytes");
        }
        if (payload.length < next.storedLength()) {
            payload = new byte[XorbLimits.MAX_STORED_CHUNK];
        }
        record = next;
        return taken;
    }

    private int takePayload(RecordHeader current, byte[] bytes, int off, int len) throws XorbFormatException {
        int stored = current.storedLength();
        if (filled == 0 && len >= stored) {
            endRecord(current, bytes, off);
            return stored;
        }
        int taken = Math.min(len, stored - filled);
        System.arraycopy(bytes, off, payload, filled, taken);
        filled += taken;
        if (filled == stored) {
            endRecord(current, payload, 0);
        }
        return taken;
    }

    /** The payload of {@code current} is complete at {@code bytes[off]}. */
    private void endRecord(RecordHeader current, byte[] bytes, int off) throws XorbFormatException {
        int stored = current.storedLength();
        int length = current.unpackedLength();
        ContentHash hash;
        if (current.scheme() == Scheme.NONE && stored == length) {
            hash = hasher.hash(bytes, off, length);
        } else {
            try {
                decompressor.decompress(current.scheme(), bytes, off, stored, unpacked, 0, length);
            } catch (CompressionFormatException e) {
                throw new XorbFormatException("chunk " + chunks.size() + ": " + e.getMessage(), e);
            }
            hash = hasher.hash(unpacked, 0, length);
        }
        storedEnd += XorbLimits.RECORD_HEADER + stored;
        if (storedEnd < 0) {
            throw new XorbFormatException("the stored records exceed 2 GiB");
        }
        unpackedEnd += length;
        chunks.add(new XorbChunk(hash, storedEnd, unpackedEnd));
        record = null;
        filled = 0;
    }

    private int takeFooter(byte[] wanted, byte[] bytes, int off, int len) throws XorbFormatException {
        int taken = Math.min(len, wanted.length - filled);
        System.arraycopy(bytes, off, actualFooter, filled, taken);
        filled += taken;
        if (taken < len) {
            XorbFooter.check(actualFooter, wanted);
            throw new XorbFormatException("bytes follow the footer");
        }
        return taken;
    }

    /** The index of the chunks so far, which are all. */
    private XorbIndex indexOfAll() throws XorbFormatException {
        XorbIndex known = index;
        if (known != null) {
            return known;
        }
        if (chunks.isEmpty()) {
            throw new XorbFormatException("a xorb has at least one chunk");
        }
        XorbIndex made = XorbIndex.of(chunks);
        if (!made.hash().equals(expected)) {
            throw new XorbFormatException(
                    "the chunks make xorb " + made.hash() + ", but " + expected + " was expected");
        }
        index = made;
        return made;
    }

    /**
     * Nothing follows.
     *
     * @return where the chunks are
     * @throws XorbFormatException naming the first thing that is wrong
     */
    public XorbIndex finish() throws XorbFormatException {
        byte[] wanted = footer;
        if (wanted != null) {
            if (filled < wanted.length) {
                throw new XorbFormatException("the xorb ends inside its footer");
            }
            XorbFooter.check(actualFooter, wanted);
        } else if (record != null) {
            throw new XorbFormatException("the xorb ends inside chunk " + chunks.size());
        } else if (filled > 0) {
            throw new XorbFormatException("the xorb ends inside the header of chunk " + chunks.size());
        }
        return indexOfAll();
    }
}
