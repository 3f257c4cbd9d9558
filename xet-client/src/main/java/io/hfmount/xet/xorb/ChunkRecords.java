package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.compress.ChunkDecompressor;
import io.hfmount.xet.compress.CompressionFormatException;
import java.util.Objects;

/** Decodes consecutive chunk records, the content of one ranged fetch from a xorb. Thread-safe. */
public final class ChunkRecords {
    private ChunkRecords() {}

    /**
     * Decodes exactly {@code expectedChunks} records that fill {@code stored}.
     *
     * @param xorb xorb hash, for the result and messages
     * @param chunkStart index of the first record inside the xorb
     * @param stored the fetched bytes
     * @param expectedChunks number of records, at least 1
     * @throws StorageException of kind {@code CORRUPT} if the bytes are anything else
     */
    public static ChunkRun decode(ContentHash xorb, int chunkStart, byte[] stored, int expectedChunks) {
        if (chunkStart < 0 || expectedChunks < 1 || expectedChunks > XorbLimits.MAX_CHUNKS) {
            throw new IllegalArgumentException("not a range of chunks: " + expectedChunks + " from " + chunkStart);
        }
        try {
            return decodeStrictly(xorb, chunkStart, stored, expectedChunks);
        } catch (XorbFormatException e) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "chunks [" + chunkStart + ", " + (chunkStart + expectedChunks) + ") of xorb " + xorb
                            + " arrived damaged: " + e.getMessage(),
                    e);
        }
    }

    private static ChunkRun decodeStrictly(ContentHash xorb, int chunkStart, byte[] stored, int expectedChunks)
            throws XorbFormatException {
        RecordHeader[] headers = new RecordHeader[expectedChunks];
        int[] ends = new int[expectedChunks];
        int at = 0;
        int total = 0;
        for (int i = 0; i < expectedChunks; i++) {
            int index = chunkStart + i;
            if (stored.length - at < XorbLimits.RECORD_HEADER) {
                throw new XorbFormatException("the bytes end before chunk " + index);
            }
            RecordHeader header = RecordHeader.read(stored, at, index);
            at += XorbLimits.RECORD_HEADER;
            if (stored.length - at < header.storedLength()) {
                throw new XorbFormatException("the bytes end inside chunk " + index);
            }
            at += header.storedLength();
            if (header.unpackedLength() > XorbLimits.MAX_BYTES - total) {
                throw new XorbFormatException("the chunks exceed " + XorbLimits.MAX_BYTES + " bytes");
            }
            total += header.unpackedLength();
            headers[i] = header;
            ends[i] = total;
        }
        if (at != stored.length) {
            throw new XorbFormatException(stored.length - at + " bytes follow the last chunk");
        }
        return new ChunkRun(xorb, chunkStart, unpack(stored, headers, total, chunkStart), ends);
    }

    private static byte[] unpack(byte[] stored, RecordHeader[] headers, int total, int chunkStart)
            throws XorbFormatException {
        byte[] data = new byte[total];
        ChunkDecompressor decompressor = new ChunkDecompressor();
        int from = 0;
        int to = 0;
        for (int i = 0; i < headers.length; i++) {
            RecordHeader header = Objects.requireNonNull(headers[i]);
            from += XorbLimits.RECORD_HEADER;
            try {
                decompressor.decompress(
                        header.scheme(), stored, from, header.storedLength(), data, to, header.unpackedLength());
            } catch (CompressionFormatException e) {
                throw new XorbFormatException("chunk " + (chunkStart + i) + ": " + e.getMessage(), e);
            }
            from += header.storedLength();
            to += header.unpackedLength();
        }
        return data;
    }
}
