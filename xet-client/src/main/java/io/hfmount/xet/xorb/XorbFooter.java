package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The footer of a xorb, both versions (xet-protocol §6.2, §6.3). All its fields follow from the records, so a footer is
 * checked by writing the right one and comparing, except for the buffer that readers ignore.
 */
final class XorbFooter {
    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MARK_BYTES = 8;
    /** Mark and xorb hash, common to both versions. */
    private static final int HEAD = MARK_BYTES + ContentHash.BYTES;

    private static final int IGNORED_BYTES = 16;
    private static final int LENGTH_FIELD = 4;

    private XorbFooter() {}

    /** The version 1 footer of {@code index}, followed by its length field. */
    static byte[] version1(XorbIndex index) {
        int n = index.count();
        byte[] out = new byte[92 + 40 * n + LENGTH_FIELD];
        int at = putMark(out, 0, "XETBLOB", 1);
        at = putHash(out, at, index.hash());
        at = putMark(out, at, "XBLBHSH", 0);
        at = putInt(out, at, n);
        at = putHashes(out, at, index);
        at = putMark(out, at, "XBLBBND", 1);
        at = putInt(out, at, n);
        at = putStoredEnds(out, at, index);
        for (XorbChunk chunk : index.chunks()) {
            at = putInt(out, at, chunk.unpackedEnd());
        }
        at = putInt(out, at, n);
        at = putInt(out, at, 52 + 40 * n);
        at = putInt(out, at, 40 + 8 * n);
        at += IGNORED_BYTES;
        putInt(out, at, at);
        return out;
    }

    /** The version 0 footer of {@code index}, followed by its length field. */
    static byte[] version0(XorbIndex index) {
        int n = index.count();
        byte[] out = new byte[60 + 36 * n + LENGTH_FIELD];
        int at = putMark(out, 0, "XETBLOB", 0);
        at = putHash(out, at, index.hash());
        at = putInt(out, at, n);
        at = putStoredEnds(out, at, index);
        at = putHashes(out, at, index);
        at += IGNORED_BYTES;
        putInt(out, at, at);
        return out;
    }

    /**
     * The only footer that fits {@code index} and starts with this mark.
     *
     * @param version the byte after the mark
     */
    static byte[] expected(XorbIndex index, int version) throws XorbFormatException {
        return switch (version) {
            case 0 -> version0(index);
            case 1 -> version1(index);
            default -> throw new XorbFormatException("footer version " + version + " is not known, only 0 and 1 are");
        };
    }

    /** Compares a footer of the right length with the {@link #expected} one. */
    static void check(byte[] actual, byte[] expected) throws XorbFormatException {
        int ignored = expected.length - LENGTH_FIELD - IGNORED_BYTES;
        for (int i = 0; i < expected.length; i++) {
            if (actual[i] != expected[i] && (i < ignored || i >= ignored + IGNORED_BYTES)) {
                throw new XorbFormatException("the footer contradicts the chunks: byte " + i + " of " + expected.length
                        + " (" + part(i, ignored) + ")");
            }
        }
    }

    private static String part(int i, int ignored) {
        if (i < MARK_BYTES) {
            return "mark";
        }
        if (i < HEAD) {
            return "xorb hash";
        }
        return i < ignored ? "chunk tables" : "footer length";
    }

    private static int putMark(byte[] out, int at, String mark, int version) {
        byte[] ascii = mark.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, out, at, ascii.length);
        out[at + ascii.length] = (byte) version;
        return at + MARK_BYTES;
    }

    private static int putHashes(byte[] out, int start, XorbIndex index) {
        int at = start;
        for (XorbChunk chunk : index.chunks()) {
            at = putHash(out, at, chunk.hash());
        }
        return at;
    }

    private static int putStoredEnds(byte[] out, int start, XorbIndex index) {
        int at = start;
        for (XorbChunk chunk : index.chunks()) {
            at = putInt(out, at, chunk.storedEnd());
        }
        return at;
    }

    private static int putHash(byte[] out, int at, ContentHash hash) {
        hash.writeRaw(out, at);
        return at + ContentHash.BYTES;
    }

    private static int putInt(byte[] out, int at, int value) {
        INT_LE.set(out, at, value);
        return at + 4;
    }
}
