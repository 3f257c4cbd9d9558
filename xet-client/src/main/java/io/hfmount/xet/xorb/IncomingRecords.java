package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.compress.ChunkDecompressor;
import io.hfmount.xet.compress.CompressionFormatException;
import io.hfmount.xet.compress.Scheme;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Decodes consecutive chunk records while they arrive, without the whole of the stored bytes in memory: chunks stored
 * plain go straight to their place, the others wait packed until {@link #complete}. Not thread-safe, but one thread may
 * hand it on to another.
 */
public final class IncomingRecords {
    private final ContentHash xorb;
    private final int chunkStart;
    private final int storedLength;
    private final RecordHeader[] headers;
    private final int[] ends;
    private final byte[] data;
    private final byte[] header = new byte[XorbLimits.RECORD_HEADER];

    private byte[] packed = new byte[0];
    private int packedLength;
    private int headerLength;
    private int chunk;
    private int received;

    /** Payload bytes of the present chunk still to come. */
    private int missing;

    /**
     * Expects exactly {@code chunks} records of {@code storedLength} bytes together, at least one.
     *
     * @param xorb xorb hash, for the result and messages
     * @param chunkStart index of the first record inside the xorb
     * @param unpackedLength sum of the chunks' lengths
     */
    public IncomingRecords(ContentHash xorb, int chunkStart, int chunks, int storedLength, int unpackedLength) {
        if (chunkStart < 0 || chunks < 1 || chunks > XorbLimits.MAX_CHUNKS) {
            throw new IllegalArgumentException("not a range of chunks: " + chunks + " from " + chunkStart);
        }
        if (storedLength < 1 || unpackedLength < 1 || unpackedLength > XorbLimits.MAX_BYTES) {
            throw new IllegalArgumentException("not the lengths of chunks: " + storedLength + ", " + unpackedLength);
        }
        this.xorb = xorb;
        this.chunkStart = chunkStart;
        this.storedLength = storedLength;
        this.headers = new RecordHeader[chunks];
        this.ends = new int[chunks];
        this.data = new byte[unpackedLength];
    }

    /**
     * Takes the next stored bytes, all that {@code piece} has left. Copies only.
     *
     * @throws StorageException of kind {@code CORRUPT} if they cannot belong to the records expected
     */
    public void accept(ByteBuffer piece) {
        try {
            while (piece.hasRemaining()) {
                if (missing == 0) {
                    header(piece);
                } else {
                    payload(piece);
                }
            }
        } catch (XorbFormatException damaged) {
            throw corrupt(damaged);
        }
    }

    private void header(ByteBuffer piece) throws XorbFormatException {
        if (chunk == headers.length) {
            throw new XorbFormatException(piece.remaining() + " bytes follow the last chunk");
        }
        int length = Math.min(piece.remaining(), header.length - headerLength);
        piece.get(header, headerLength, length);
        headerLength += length;
        received += length;
        if (headerLength < header.length) {
            return;
        }
        headerLength = 0;
        RecordHeader next = RecordHeader.read(header, 0, chunkStart + chunk);
        int start = chunk == 0 ? 0 : ends[chunk - 1];
        if (next.unpackedLength() > data.length - start) {
            throw new XorbFormatException("the chunks exceed " + data.length + " bytes");
        }
        if (next.storedLength() > storedLength - received) {
            throw new XorbFormatException("the bytes end inside chunk " + (chunkStart + chunk));
        }
        if (next.scheme() == Scheme.NONE && next.storedLength() != next.unpackedLength()) {
            throw new XorbFormatException("chunk " + (chunkStart + chunk) + ": an uncompressed chunk stores "
                    + next.storedLength() + " bytes, but its header says " + next.unpackedLength());
        }
        if (next.scheme() != Scheme.NONE && packed.length == 0) {
            packed = new byte[storedLength - received];
        }
        headers[chunk] = next;
        ends[chunk] = start + next.unpackedLength();
        missing = next.storedLength();
    }

    private void payload(ByteBuffer piece) {
        int length = Math.min(piece.remaining(), missing);
        if (Objects.requireNonNull(headers[chunk]).scheme() == Scheme.NONE) {
            piece.get(data, ends[chunk] - missing, length);
        } else {
            piece.get(packed, packedLength, length);
            packedLength += length;
        }
        received += length;
        missing -= length;
        if (missing == 0) {
            chunk++;
        }
    }

    /**
     * Unpacks what is still packed, which takes time; to be called once.
     *
     * @return the chunks
     * @throws StorageException of kind {@code CORRUPT} if bytes are missing or damaged
     */
    public ChunkRun complete() {
        try {
            if (chunk < headers.length || received != storedLength) {
                throw new XorbFormatException("the bytes end before chunk " + (chunkStart + chunk) + " is complete");
            }
            if (ends[ends.length - 1] != data.length) {
                throw new XorbFormatException(
                        "the chunks have " + ends[ends.length - 1] + " bytes instead of " + data.length);
            }
            unpack();
        } catch (XorbFormatException damaged) {
            throw corrupt(damaged);
        }
        return new ChunkRun(xorb, chunkStart, data, ends);
    }

    private void unpack() throws XorbFormatException {
        if (packedLength == 0) {
            return;
        }
        ChunkDecompressor decompressor = new ChunkDecompressor();
        int from = 0;
        for (int i = 0; i < headers.length; i++) {
            RecordHeader record = Objects.requireNonNull(headers[i]);
            if (record.scheme() == Scheme.NONE) {
                continue;
            }
            try {
                decompressor.decompress(
                        record.scheme(),
                        packed,
                        from,
                        record.storedLength(),
                        data,
                        ends[i] - record.unpackedLength(),
                        record.unpackedLength());
            } catch (CompressionFormatException e) {
                throw new XorbFormatException("chunk " + (chunkStart + i) + ": " + e.getMessage(), e);
            }
            from += record.storedLength();
        }
        packed = new byte[0];
    }

    private StorageException corrupt(XorbFormatException damaged) {
        return new StorageException(
                StorageException.Kind.CORRUPT,
                "chunks [" + chunkStart + ", " + (chunkStart + headers.length) + ") of xorb " + xorb
                        + " arrived damaged: " + damaged.getMessage(),
                damaged);
    }
}
