package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compress.ChunkDecompressor;
import io.hfmount.xet.compress.CompressionFormatException;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Strict validation of a whole xorb (xet-protocol §6.4), with a footer of version 1 or 0, or without one. Holds one chunk
 * and the index at a time. Thread-safe.
 */
public final class XorbParser {
    private XorbParser() {}

    /**
     * Validates a xorb that is in memory.
     *
     * @param expected the hash it is stored under
     * @return where its chunks are
     * @throws XorbFormatException naming the first thing that is wrong
     */
    public static XorbIndex validate(ContentHash expected, byte[] xorb) throws XorbFormatException {
        try {
            return validate(expected, new ByteArrayInputStream(xorb));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Validates a xorb that arrives as a stream, to its end.
     *
     * @param expected the hash it is stored under
     * @param xorb read to the end unless something is wrong; not closed
     * @throws XorbFormatException naming the first thing that is wrong
     * @throws IOException if reading fails
     */
    public static XorbIndex validate(ContentHash expected, InputStream xorb) throws XorbFormatException, IOException {
        return new Pass(xorb).run(expected);
    }

    private static final class Pass {
        private final InputStream in;
        private final byte[] header = new byte[XorbLimits.RECORD_HEADER];
        private final byte[] unpacked = new byte[Chunker.MAX];
        private byte[] payload = new byte[Chunker.MAX];
        private final ChunkDecompressor decompressor = new ChunkDecompressor();
        private final Blake3Hasher hasher = XetHashes.chunkHasher();
        private final List<XorbChunk> chunks = new ArrayList<>();
        private int storedEnd;
        private int unpackedEnd;

        Pass(InputStream in) {
            this.in = in;
        }

        XorbIndex run(ContentHash expected) throws XorbFormatException, IOException {
            boolean footer = readRecords();
            if (chunks.isEmpty()) {
                throw new XorbFormatException("a xorb has at least one chunk");
            }
            XorbIndex index = XorbIndex.of(chunks);
            if (!index.hash().equals(expected)) {
                throw new XorbFormatException(
                        "the chunks make xorb " + index.hash() + ", but " + expected + " was expected");
            }
            if (footer) {
                readFooter(index);
            }
            return index;
        }

        /** Returns whether a footer follows; its first 8 bytes are then in {@link #header}. */
        private boolean readRecords() throws XorbFormatException, IOException {
            while (true) {
                int got = in.readNBytes(header, 0, header.length);
                if (got == 0) {
                    return false;
                }
                int index = chunks.size();
                if (got < header.length) {
                    throw new XorbFormatException("the xorb ends inside the header of chunk " + index);
                }
                if (RecordHeader.isFooter(header, 0)) {
                    return true;
                }
                if (index == XorbLimits.MAX_CHUNKS) {
                    throw new XorbFormatException("a xorb has at most " + XorbLimits.MAX_CHUNKS + " chunks");
                }
                readRecord(RecordHeader.read(header, 0, index), index);
            }
        }

        private void readRecord(RecordHeader record, int index) throws XorbFormatException, IOException {
            int length = record.unpackedLength();
            if (length > XorbLimits.MAX_BYTES - unpackedEnd) {
                throw new XorbFormatException("a xorb has at most " + XorbLimits.MAX_BYTES + " unpacked bytes");
            }
            int stored = record.storedLength();
            if (payload.length < stored) {
                payload = new byte[XorbLimits.MAX_STORED_CHUNK];
            }
            if (in.readNBytes(payload, 0, stored) < stored) {
                throw new XorbFormatException("the xorb ends inside chunk " + index);
            }
            try {
                decompressor.decompress(record.scheme(), payload, 0, stored, unpacked, 0, length);
            } catch (CompressionFormatException e) {
                throw new XorbFormatException("chunk " + index + ": " + e.getMessage(), e);
            }
            storedEnd += XorbLimits.RECORD_HEADER + stored;
            if (storedEnd < 0) {
                throw new XorbFormatException("the stored records exceed 2 GiB");
            }
            unpackedEnd += length;
            chunks.add(new XorbChunk(hasher.hash(unpacked, 0, length), storedEnd, unpackedEnd));
        }

        private void readFooter(XorbIndex index) throws XorbFormatException, IOException {
            byte[] expected = XorbFooter.expected(index, header[header.length - 1] & 0xFF);
            byte[] actual = new byte[expected.length];
            System.arraycopy(header, 0, actual, 0, header.length);
            int rest = expected.length - header.length;
            if (in.readNBytes(actual, header.length, rest) < rest) {
                throw new XorbFormatException("the xorb ends inside its footer");
            }
            XorbFooter.check(actual, expected);
            if (in.read() >= 0) {
                throw new XorbFormatException("bytes follow the footer");
            }
        }
    }
}
