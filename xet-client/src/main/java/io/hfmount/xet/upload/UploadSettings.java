package io.hfmount.xet.upload;

import java.time.Duration;

/**
 * How files are uploaded. Immutable; the {@code with} methods make variants.
 *
 * @param maxXorbBytes unpacked bytes after which a xorb is cut, 128 KiB..64 MiB
 * @param maxXorbChunks chunks after which a xorb is cut, 1..8192
 * @param blockBytes bytes read and decided about at once, 64 KiB..64 MiB
 * @param shardBytes size after which metadata goes into another shard, 1 KiB..64 MiB
 * @param memoryBytes what all sessions of an uploader may hold of file content in memory; at least four xorbs and a block
 * @param concurrency xorbs uploaded at once, 1..64
 * @param shortSegments whether segments end early for cheap later edits (xet-protocol §13.9 rule 2)
 * @param sha256 whether shards carry the SHA-256 of each file
 * @param globalDedup whether storage is asked for known chunks
 * @param dedupChunks chunks remembered for dedup across sessions, 0..10 million (about 150 bytes each)
 * @param dedupLifetime how long an upload is remembered for dedup
 */
public record UploadSettings(
        int maxXorbBytes,
        int maxXorbChunks,
        int blockBytes,
        int shardBytes,
        long memoryBytes,
        int concurrency,
        boolean shortSegments,
        boolean sha256,
        boolean globalDedup,
        int dedupChunks,
        Duration dedupLifetime) {
    private static final int MAX_XORB_BYTES = 64 << 20;
    private static final int MAX_XORB_CHUNKS = 8192;

    /** Xorbs in memory on a small heap: one pooled, two parts for a file being cleaned, four on their way. */
    private static final long SHARES = 7;

    public UploadSettings {
        within(maxXorbBytes, 128 << 10, MAX_XORB_BYTES, "maxXorbBytes");
        within(maxXorbChunks, 1, MAX_XORB_CHUNKS, "maxXorbChunks");
        within(blockBytes, 64 << 10, 64 << 20, "blockBytes");
        within(shardBytes, 1 << 10, 64 << 20, "shardBytes");
        within(memoryBytes, 4L * maxXorbBytes + blockBytes, Long.MAX_VALUE, "memoryBytes");
        within(concurrency, 1, 64, "concurrency");
        within(dedupChunks, 0, 10_000_000, "dedupChunks");
        if (dedupLifetime.isNegative()) {
            throw new IllegalArgumentException("dedupLifetime must not be negative");
        }
    }

    private static void within(long value, long least, long most, String name) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + ".." + most + ", not " + value);
        }
    }

    /** What a mount uses. */
    public static UploadSettings defaults() {
        return new UploadSettings(
                MAX_XORB_BYTES,
                MAX_XORB_CHUNKS,
                8 << 20,
                MAX_XORB_BYTES,
                (4L * MAX_XORB_BYTES) + (64 << 20),
                8,
                true,
                false,
                true,
                200_000,
                Duration.ofDays(21));
    }

    /**
     * {@link #defaults()} cut down to a small heap: uploads hold less than a third of it, by cutting smaller xorbs, of
     * which some are on their way while the next is made. Hashes of files do not depend on that.
     *
     * @param heapBytes the heap's limit
     */
    public static UploadSettings forHeap(long heapBytes) {
        UploadSettings defaults = defaults();
        long xorb = Long.highestOneBit(Math.max(heapBytes / 24, 1));
        if (xorb >= MAX_XORB_BYTES) {
            return defaults;
        }
        int bytes = (int) Math.max(xorb, 4 << 20);
        int block = Math.min(defaults.blockBytes, bytes / 2);
        return defaults.withMemory(SHARES * MAX_XORB_BYTES, block)
                .withXorbLimits(bytes, MAX_XORB_CHUNKS)
                .withMemory(SHARES * bytes, block);
    }

    /** The same with other cut limits; block and memory stay. */
    public UploadSettings withXorbLimits(int bytes, int chunks) {
        return new UploadSettings(
                bytes,
                chunks,
                blockBytes,
                shardBytes,
                memoryBytes,
                concurrency,
                shortSegments,
                sha256,
                globalDedup,
                dedupChunks,
                dedupLifetime);
    }

    /** The same with other memory and block size. */
    public UploadSettings withMemory(long bytes, int block) {
        return new UploadSettings(
                maxXorbBytes,
                maxXorbChunks,
                block,
                shardBytes,
                bytes,
                concurrency,
                shortSegments,
                sha256,
                globalDedup,
                dedupChunks,
                dedupLifetime);
    }

    /** The same with another shard size. */
    public UploadSettings withShardBytes(int bytes) {
        return new UploadSettings(
                maxXorbBytes,
                maxXorbChunks,
                blockBytes,
                bytes,
                memoryBytes,
                concurrency,
                shortSegments,
                sha256,
                globalDedup,
                dedupChunks,
                dedupLifetime);
    }

    /** The same with short segments on or off; off gives the form of other clients. */
    public UploadSettings withShortSegments(boolean value) {
        return new UploadSettings(
                maxXorbBytes,
                maxXorbChunks,
                blockBytes,
                shardBytes,
                memoryBytes,
                concurrency,
                value,
                sha256,
                globalDedup,
                dedupChunks,
                dedupLifetime);
    }

    /** The same with SHA-256 on or off. */
    public UploadSettings withSha256(boolean value) {
        return new UploadSettings(
                maxXorbBytes,
                maxXorbChunks,
                blockBytes,
                shardBytes,
                memoryBytes,
                concurrency,
                shortSegments,
                value,
                globalDedup,
                dedupChunks,
                dedupLifetime);
    }

    /** The same with dedup across sessions and storage on or off. */
    public UploadSettings withDedup(boolean global, int rememberedChunks) {
        return new UploadSettings(
                maxXorbBytes,
                maxXorbChunks,
                blockBytes,
                shardBytes,
                memoryBytes,
                concurrency,
                shortSegments,
                sha256,
                global,
                rememberedChunks,
                dedupLifetime);
    }

    /** Longest segment of a file in bytes. */
    long segmentLimit(long fileSize) {
        return shortSegments ? Math.min(maxXorbBytes, Math.max(4L << 20, fileSize / 4096)) : maxXorbBytes;
    }
}
