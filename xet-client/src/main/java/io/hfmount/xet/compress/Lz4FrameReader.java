package io.hfmount.xet.compress;

import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Reads any single LZ4 frame of known content length: independent or linked blocks, with or without checksums and content
 * size. Dictionaries, skippable frames and bytes after the frame are refused. Thread-safe.
 */
final class Lz4FrameReader {
    private final LZ4SafeDecompressor blocks = Lz4Frame.LZ4.safeDecompressor();

    /**
     * Reads the frame {@code src[off..off+len)} into {@code out[outOff..outOff+outLen)}.
     *
     * @throws CompressionFormatException unless the range is exactly one valid frame of exactly {@code outLen} bytes
     */
    void read(byte[] src, int off, int len, byte[] out, int outOff, int outLen) throws CompressionFormatException {
        int end = off + len;
        int at = off;
        need(at, end, 7, "header");
        if ((int) Lz4Frame.INT_LE.get(src, at) != Lz4Frame.MAGIC) {
            throw new CompressionFormatException("no LZ4 frame: the magic number is missing");
        }
        int flags = src[at + 4] & 0xFF;
        int descriptor = src[at + 5] & 0xFF;
        checkFlags(flags, descriptor);
        int headerEnd = at + 6;
        if ((flags & Lz4Frame.CONTENT_SIZE) != 0) {
            need(at, end, 15, "header");
            long size = (long) Lz4Frame.LONG_LE.get(src, headerEnd);
            if (size != outLen) {
                throw wrongLength(Long.toUnsignedString(size), outLen);
            }
            headerEnd += 8;
        }
        if (Lz4Frame.headerChecksum(src, at + 4, headerEnd - at - 4) != src[headerEnd]) {
            throw new CompressionFormatException("the header checksum of the LZ4 frame is wrong");
        }
        at = readBlocks(src, headerEnd + 1, end, flags, Lz4Frame.blockBytes(descriptor >>> 4), out, outOff, outLen);
        if ((flags & Lz4Frame.CONTENT_CHECKSUM) != 0) {
            need(at, end, 4, "content checksum");
            if ((int) Lz4Frame.INT_LE.get(src, at) != Lz4Frame.checksum(out, outOff, outLen)) {
                throw new CompressionFormatException("the content checksum of the LZ4 frame is wrong");
            }
            at += 4;
        }
        if (at != end) {
            throw new CompressionFormatException(end - at + " bytes follow the LZ4 frame");
        }
    }

    private static void checkFlags(int flags, int descriptor) throws CompressionFormatException {
        if ((flags & Lz4Frame.VERSION_MASK) != Lz4Frame.VERSION) {
            throw new CompressionFormatException("the version of the LZ4 frame is not known");
        }
        if ((flags & Lz4Frame.DICTIONARY) != 0) {
            throw new CompressionFormatException("the LZ4 frame needs a dictionary");
        }
        if ((flags & Lz4Frame.RESERVED) != 0 || (descriptor & 0x8F) != 0 || descriptor < 0x40) {
            throw new CompressionFormatException("the LZ4 frame header uses reserved bits");
        }
    }

    /** Returns where the end mark ends. */
    private int readBlocks(
            byte[] src, int start, int end, int flags, int blockBytes, byte[] out, int outOff, int outLen)
            throws CompressionFormatException {
        int at = start;
        int done = 0;
        while (true) {
            need(at, end, 4, "block length");
            int word = (int) Lz4Frame.INT_LE.get(src, at);
            at += 4;
            if (word == 0) {
                break;
            }
            int stored = word & ~Lz4Frame.RAW_BLOCK;
            if (stored > blockBytes) {
                throw new CompressionFormatException("an LZ4 block of " + stored + " bytes exceeds its class");
            }
            need(at, end, stored, "block");
            int room = Math.min(blockBytes, outLen - done);
            if ((flags & Lz4Frame.BLOCK_CHECKSUM) != 0) {
                need(at, end, stored + 4, "block checksum");
                if ((int) Lz4Frame.INT_LE.get(src, at + stored) != Lz4Frame.checksum(src, at, stored)) {
                    throw new CompressionFormatException("the checksum of an LZ4 block is wrong");
                }
            }
            if (word < 0) {
                if (stored > room) {
                    throw wrongLength("more", outLen);
                }
                System.arraycopy(src, at, out, outOff + done, stored);
                done += stored;
            } else if ((flags & Lz4Frame.INDEPENDENT) != 0 || done == 0) {
                done += independentBlock(src, at, stored, out, outOff + done, room);
            } else {
                done += LinkedBlock.decode(src, at, stored, out, outOff, outOff + done, room);
            }
            at += stored + ((flags & Lz4Frame.BLOCK_CHECKSUM) != 0 ? 4 : 0);
        }
        if (done != outLen) {
            throw wrongLength(Integer.toString(done), outLen);
        }
        return at;
    }

    private int independentBlock(byte[] src, int at, int stored, byte[] out, int outAt, int room)
            throws CompressionFormatException {
        try {
            return blocks.decompress(src, at, stored, out, outAt, room);
        } catch (LZ4Exception | IndexOutOfBoundsException e) {
            throw new CompressionFormatException("an LZ4 block is damaged or holds more than " + room + " bytes", e);
        }
    }

    private static void need(int at, int end, int count, String what) throws CompressionFormatException {
        if (end - at < count) {
            throw new CompressionFormatException("the LZ4 frame ends inside its " + what);
        }
    }

    private static CompressionFormatException wrongLength(String actual, int expected) {
        return new CompressionFormatException(
                "the LZ4 frame holds " + actual + " bytes, but the chunk header says " + expected);
    }
}
