package io.hfmount.emulator.storage;

import io.hfmount.model.ContentHash;
import java.time.Duration;

/**
 * Limits and behaviour of the storage service. Immutable; start from {@link #defaults()}.
 *
 * @param windows where edit windows end
 * @param dedupKey key that hides chunk hashes in global dedup answers; {@link ContentHash#ZERO} for plain answers
 * @param dedupLife how long clients may use a global dedup answer; at least 1 s
 * @param dataUrlLife how long a data address works; at least 1 s
 * @param maxXorbBytes most bytes of an uploaded xorb, 1 to 2^31-1
 * @param maxShardBytes most bytes of an uploaded shard, 1 to 64 MiB
 * @param shardGrace how long {@code POST /v2/shards} waits for the registration before it answers with progress lines;
 *     zero answers at once
 * @param shardHeartbeat time between progress lines, more than zero
 * @param threads for disk and CPU work, 1 to 256
 */
public record StorageSettings(
        WindowMode windows,
        ContentHash dedupKey,
        Duration dedupLife,
        Duration dataUrlLife,
        long maxXorbBytes,
        long maxShardBytes,
        Duration shardGrace,
        Duration shardHeartbeat,
        int threads) {
    private static final long MIB = 1 << 20;

    public StorageSettings {
        require(dedupLife.toSeconds() >= 1, "dedupLife must be at least 1 s");
        require(dataUrlLife.toSeconds() >= 1, "dataUrlLife must be at least 1 s");
        require(maxXorbBytes >= 1 && maxXorbBytes <= Integer.MAX_VALUE, "maxXorbBytes must be 1 to 2^31-1");
        require(maxShardBytes >= 1 && maxShardBytes <= 64 * MIB, "maxShardBytes must be 1 to 64 MiB");
        require(!shardGrace.isNegative(), "shardGrace must not be negative");
        require(shardHeartbeat.isPositive(), "shardHeartbeat must be more than zero");
        require(threads >= 1 && threads <= 256, "threads must be 1 to 256");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The limits of xet-protocol §14, aligned windows, plain dedup answers good for a day, data addresses for an hour. */
    public static StorageSettings defaults() {
        return new StorageSettings(
                WindowMode.ALIGNED,
                ContentHash.ZERO,
                Duration.ofDays(1),
                Duration.ofHours(1),
                66 * MIB,
                64 * MIB,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
    }

    /** With another {@link #windows()}. */
    public StorageSettings withWindows(WindowMode value) {
        return new StorageSettings(
                value,
                dedupKey,
                dedupLife,
                dataUrlLife,
                maxXorbBytes,
                maxShardBytes,
                shardGrace,
                shardHeartbeat,
                threads);
    }

    /** With another {@link #dedupKey()}. */
    public StorageSettings withDedupKey(ContentHash value) {
        return new StorageSettings(
                windows,
                value,
                dedupLife,
                dataUrlLife,
                maxXorbBytes,
                maxShardBytes,
                shardGrace,
                shardHeartbeat,
                threads);
    }

    /** With other {@link #maxXorbBytes()} and {@link #maxShardBytes()}. */
    public StorageSettings withLimits(long maxXorb, long maxShard) {
        return new StorageSettings(
                windows, dedupKey, dedupLife, dataUrlLife, maxXorb, maxShard, shardGrace, shardHeartbeat, threads);
    }

    /** With other {@link #shardGrace()} and {@link #shardHeartbeat()}. */
    public StorageSettings withShardAnswers(Duration grace, Duration heartbeat) {
        return new StorageSettings(
                windows, dedupKey, dedupLife, dataUrlLife, maxXorbBytes, maxShardBytes, grace, heartbeat, threads);
    }

    /** With another {@link #dataUrlLife()}. */
    public StorageSettings withDataUrlLife(Duration value) {
        return new StorageSettings(
                windows, dedupKey, dedupLife, value, maxXorbBytes, maxShardBytes, shardGrace, shardHeartbeat, threads);
    }
}
