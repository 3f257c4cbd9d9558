package io.hfmount.xet.cas;

import java.time.Duration;

/**
 * How the HTTP client behaves. Immutable; {@link #defaults()} and the {@code with} methods make variants.
 *
 * @param retry repetition of failed calls
 * @param connectTimeout for reaching the server, including TLS
 * @param readTimeout longest silence while an answer is awaited or read, and longest stall of one written piece
 * @param shardTimeout whole time for the first version of the shard upload, whose validation is silent
 * @param queryTimeout whole time for a dedup query, which only saves work
 * @param maxConnections open connections to one server, 1..1024
 * @param versions which call versions to use
 * @param userAgent value of {@code User-Agent}
 */
public record StorageSettings(
        RetryPolicy retry,
        Duration connectTimeout,
        Duration readTimeout,
        Duration shardTimeout,
        Duration queryTimeout,
        int maxConnections,
        Versions versions,
        String userAgent) {
    /** Which versions of the reconstruction and shard calls are used (xet-protocol §9.8). */
    public enum Versions {
        /** The second, the first where the server lacks it. */
        AUTO,
        /** Only the first. */
        V1,
        /** Only the second. */
        V2
    }

    public StorageSettings {
        positive(connectTimeout, "connectTimeout");
        positive(readTimeout, "readTimeout");
        positive(shardTimeout, "shardTimeout");
        positive(queryTimeout, "queryTimeout");
        if (maxConnections < 1 || maxConnections > 1024) {
            throw new IllegalArgumentException("maxConnections must be 1..1024, not " + maxConnections);
        }
    }

    private static void positive(Duration value, String name) {
        if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException(name + " must be 1 ms..7 days, not " + value);
        }
    }

    /** The protocol's numbers (xet-protocol §10.2). */
    public static StorageSettings defaults() {
        return new StorageSettings(
                RetryPolicy.protocol(),
                Duration.ofSeconds(60),
                Duration.ofSeconds(300),
                Duration.ofHours(1),
                Duration.ofSeconds(30),
                64,
                Versions.AUTO,
                "hf-mount-sidecar");
    }

    /** The same with another retry policy. */
    public StorageSettings withRetry(RetryPolicy value) {
        return new StorageSettings(
                value, connectTimeout, readTimeout, shardTimeout, queryTimeout, maxConnections, versions, userAgent);
    }

    /** The same with other time-outs for connecting and for silence. */
    public StorageSettings withTimeouts(Duration connect, Duration read) {
        return new StorageSettings(
                retry, connect, read, shardTimeout, queryTimeout, maxConnections, versions, userAgent);
    }

    /** The same with other call versions. */
    public StorageSettings withVersions(Versions value) {
        return new StorageSettings(
                retry, connectTimeout, readTimeout, shardTimeout, queryTimeout, maxConnections, value, userAgent);
    }
}
