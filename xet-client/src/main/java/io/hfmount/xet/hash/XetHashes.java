package io.hfmount.xet.hash;

import io.hfmount.model.ContentHash;
import java.util.HexFormat;
import java.util.List;

/** The named hashes of the Xet protocol (xet-protocol §2.2, §2.3). Thread-safe. */
public final class XetHashes {
    private static final int[] CHUNK_KEY = key("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229");
    private static final int[] NODE_KEY = key("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f");
    private static final int[] RANGE_KEY = key("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3");

    private XetHashes() {}

    private static int[] key(String rawHex) {
        return Blake3Hasher.keyWords(HexFormat.of().parseHex(rawHex));
    }

    /** A reusable hasher for chunks; the cheap way to hash many on one thread. */
    public static Blake3Hasher chunkHasher() {
        return new Blake3Hasher(CHUNK_KEY);
    }

    /** A reusable hasher for tree nodes. */
    public static Blake3Hasher nodeHasher() {
        return new Blake3Hasher(NODE_KEY);
    }

    /** The hash of a chunk's bytes {@code data[off..off+len)}. */
    public static ContentHash chunkHash(byte[] data, int off, int len) {
        return chunkHasher().hash(data, off, len);
    }

    /** The hash of a chunk that fills {@code data}. */
    public static ContentHash chunkHash(byte[] data) {
        return chunkHash(data, 0, data.length);
    }

    /** The hash of a tree node's text form {@code data[off..off+len)} (xet-protocol §4.3). */
    public static ContentHash nodeHash(byte[] data, int off, int len) {
        return nodeHasher().hash(data, off, len);
    }

    /**
     * The verification hash of consecutive chunks.
     *
     * @param chunks chunk hashes in order; an empty list gives the hash of no bytes
     */
    public static ContentHash rangeHash(List<ContentHash> chunks) {
        Blake3Hasher hasher = new Blake3Hasher(RANGE_KEY);
        byte[] raw = new byte[ContentHash.BYTES];
        for (ContentHash chunk : chunks) {
            chunk.writeRaw(raw, 0);
            hasher.update(raw, 0, raw.length);
        }
        return hasher.finish();
    }

    /** The keyed form of a hash; BLAKE3's key mode, not RFC 2104. */
    public static ContentHash hmac(ContentHash hash, ContentHash key) {
        return Blake3.keyed(key.toRaw(), hash.toRaw(), 0, ContentHash.BYTES);
    }

    /**
     * A SHA-256 digest as shards store it, so that its {@linkplain ContentHash#text() text form} is the usual hex.
     *
     * @param digest exactly 32 bytes
     */
    public static ContentHash storedSha256(byte[] digest) {
        if (digest.length != ContentHash.BYTES) {
            throw new IllegalArgumentException("a SHA-256 digest has 32 bytes, not " + digest.length);
        }
        return ContentHash.parse(HexFormat.of().formatHex(digest));
    }

    /** The SHA-256 digest behind its stored form. */
    public static byte[] sha256Digest(ContentHash stored) {
        return HexFormat.of().parseHex(stored.text());
    }
}
