package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;

/**
 * The footer of a full or dedup shard (xet-protocol §8.5).
 *
 * @param fileSection offset of the file section
 * @param xorbSection offset of the xorb section
 * @param fileLookup file lookup table
 * @param xorbLookup xorb lookup table
 * @param chunkLookup chunk lookup table
 * @param hmacKey key of the chunk hashes, zero when they are plain
 * @param createdAt seconds since 1970
 * @param expiresAt seconds since 1970, unsigned; -1 means never
 * @param bytesOnDisk stored bytes of all xorbs
 * @param materializedBytes sum of file sizes
 * @param storedBytes sum of unpacked xorb sizes
 */
public record ShardFooter(
        long fileSection,
        long xorbSection,
        Table fileLookup,
        Table xorbLookup,
        Table chunkLookup,
        ContentHash hmacKey,
        long createdAt,
        long expiresAt,
        long bytesOnDisk,
        long materializedBytes,
        long storedBytes) {
    /** The expiry of a shard that can be used for ever. */
    public static final long NEVER = -1;

    /**
     * A lookup table.
     *
     * @param offset where it starts
     * @param count number of entries
     */
    public record Table(long offset, long count) {}

    /** Whether chunk hashes stand in their keyed form. */
    public boolean isKeyed() {
        return !hmacKey.isZero();
    }

    /** Whether the shard must not be used any more at {@code now} seconds since 1970. */
    public boolean isExpired(long now) {
        return Long.compareUnsigned(now, expiresAt) > 0;
    }
}
