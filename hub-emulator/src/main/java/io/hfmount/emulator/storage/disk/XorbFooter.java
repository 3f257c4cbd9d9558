package io.hfmount.emulator.storage.disk;

import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.merkle.Node;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The version 1 footer of stored xorbs (xet-protocol §6.2) with its length field. It is trusted only as far as its chunk
 * list hashes to the name of the object.
 */
final class XorbFooter {
    private static final byte[] MAGIC = ident("XETBLOB", 1);
    private static final byte[] HASHES = ident("XBLBHSH", 0);
    private static final byte[] BOUNDARIES = ident("XBLBBND", 1);
    private static final int FIXED = 92;
    private static final int PER_CHUNK = 40;
    private static final int MAX_CHUNKS = 8_192;

    private XorbFooter() {}

    private static byte[] ident(String text, int version) {
        byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), 8);
        bytes[7] = (byte) version;
        return bytes;
    }

    /** Footer and length field for {@code layout}. */
    static ByteBuffer encode(XorbLayout layout) {
        int n = layout.count();
        int length = FIXED + PER_CHUNK * n;
        ByteBuffer out = ByteBuffer.allocate(length + 4).order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).put(layout.xorb().toRaw());
        out.put(HASHES).putInt(n);
        for (int i = 0; i < n; i++) {
            out.put(layout.hash(i).toRaw());
        }
        out.put(BOUNDARIES).putInt(n);
        for (int i = 0; i < n; i++) {
            out.putInt(layout.storedStart(i + 1));
        }
        for (int i = 0; i < n; i++) {
            out.putInt(layout.unpackedStart(i + 1));
        }
        out.putInt(n).putInt(52 + PER_CHUNK * n).putInt(40 + 8 * n);
        out.position(out.position() + 16);
        return out.putInt(length).flip();
    }

    /**
     * Reads the footer of a stored xorb.
     *
     * @throws IOException if it is damaged or does not belong to {@code xorb}
     */
    static XorbLayout read(FileChannel file, ContentHash xorb) throws IOException {
        long size = file.size();
        int length = size < FIXED + 4 ? 0 : readAt(file, size - 4, 4).getInt();
        int n = (length - FIXED) / PER_CHUNK;
        if (n < 1 || n > MAX_CHUNKS || length != FIXED + PER_CHUNK * n || length > size - 4) {
            throw damaged(xorb, "its footer length is wrong");
        }
        ByteBuffer in = readAt(file, size - 4 - length, length);
        expect(in, MAGIC, xorb);
        byte[] raw = new byte[ContentHash.BYTES];
        in.get(raw);
        if (!ContentHash.fromRaw(raw).equals(xorb)) {
            throw damaged(xorb, "its footer names another xorb");
        }
        expect(in, HASHES, xorb);
        expectCount(in, n, xorb);
        List<ContentHash> hashes = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            in.get(raw);
            hashes.add(ContentHash.fromRaw(raw));
        }
        expect(in, BOUNDARIES, xorb);
        expectCount(in, n, xorb);
        int storedEnds = in.position();
        int unpackedEnds = storedEnds + 4 * n;
        XorbLayout.Builder layout = XorbLayout.of(xorb, n);
        List<Node> nodes = new ArrayList<>(n);
        int stored = 0;
        int unpacked = 0;
        for (int i = 0; i < n; i++) {
            int storedEnd = in.getInt(storedEnds + 4 * i);
            int unpackedEnd = in.getInt(unpackedEnds + 4 * i);
            if (storedEnd <= stored || unpackedEnd <= unpacked) {
                throw damaged(xorb, "the ends in its footer do not ascend");
            }
            layout.add(hashes.get(i), storedEnd, unpackedEnd);
            nodes.add(new Node(hashes.get(i), (long) unpackedEnd - unpacked));
            stored = storedEnd;
            unpacked = unpackedEnd;
        }
        if (stored != size - 4 - length) {
            throw damaged(xorb, "its footer does not start after the last chunk");
        }
        if (!MerkleTree.aggregate(nodes).equals(xorb)) {
            throw damaged(xorb, "the chunk list in its footer has another hash");
        }
        return layout.build();
    }

    private static void expect(ByteBuffer in, byte[] ident, ContentHash xorb) throws IOException {
        byte[] found = new byte[ident.length];
        in.get(found);
        if (!Arrays.equals(found, ident)) {
            throw damaged(xorb, "a section of its footer is not where it should be");
        }
    }

    private static void expectCount(ByteBuffer in, int n, ContentHash xorb) throws IOException {
        if (in.getInt() != n) {
            throw damaged(xorb, "the counts in its footer differ");
        }
    }

    private static IOException damaged(ContentHash xorb, String why) {
        return new IOException("the stored object of xorb " + xorb + " is damaged: " + why);
    }

    private static ByteBuffer readAt(FileChannel file, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("a stored xorb ended while its footer was read");
            }
        }
        return buffer.flip();
    }
}
