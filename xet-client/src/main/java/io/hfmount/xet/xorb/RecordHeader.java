package io.hfmount.xet.xorb;

import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compress.Scheme;

/**
 * The header of a chunk record (xet-protocol §6.1).
 *
 * @param storedLength payload bytes that follow
 * @param scheme how they are stored
 * @param unpackedLength chunk length
 */
record RecordHeader(int storedLength, Scheme scheme, int unpackedLength) {
    private static final byte[] FOOTER_MARK = {'X', 'E', 'T', 'B', 'L', 'O', 'B'};

    /** Whether the 8 bytes at {@code off} start a footer instead of a chunk record. */
    static boolean isFooter(byte[] bytes, int off) {
        for (int i = 0; i < FOOTER_MARK.length; i++) {
            if (bytes[off + i] != FOOTER_MARK[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Reads the 8 bytes at {@code off}.
     *
     * @param index number of the chunk, for the message
     */
    static RecordHeader read(byte[] bytes, int off, int index) throws XorbFormatException {
        if (bytes[off] != 0) {
            throw new XorbFormatException(
                    "chunk " + index + ": version " + (bytes[off] & 0xFF) + " is not known, only 0 is");
        }
        int stored = u24(bytes, off + 1);
        int unpacked = u24(bytes, off + 5);
        Scheme scheme = Scheme.ofCode(bytes[off + 4] & 0xFF);
        if (scheme == null) {
            throw new XorbFormatException("chunk " + index + ": compression scheme " + (bytes[off + 4] & 0xFF)
                    + " is not known, only 0 to 2 are");
        }
        if (stored < 1 || stored > XorbLimits.MAX_STORED_CHUNK) {
            throw new XorbFormatException("chunk " + index + ": a stored length of " + stored + " is outside 1 to "
                    + XorbLimits.MAX_STORED_CHUNK);
        }
        if (unpacked < 1 || unpacked > Chunker.MAX) {
            throw new XorbFormatException(
                    "chunk " + index + ": a length of " + unpacked + " is outside 1 to " + Chunker.MAX);
        }
        return new RecordHeader(stored, scheme, unpacked);
    }

    /** Writes 8 bytes at {@code off}. */
    void write(byte[] bytes, int off) {
        bytes[off] = 0;
        putU24(bytes, off + 1, storedLength);
        bytes[off + 4] = (byte) scheme.code();
        putU24(bytes, off + 5, unpackedLength);
    }

    private static int u24(byte[] bytes, int off) {
        return (bytes[off] & 0xFF) | (bytes[off + 1] & 0xFF) << 8 | (bytes[off + 2] & 0xFF) << 16;
    }

    private static void putU24(byte[] bytes, int off, int value) {
        bytes[off] = (byte) value;
        bytes[off + 1] = (byte) (value >>> 8);
        bytes[off + 2] = (byte) (value >>> 16);
    }
}
