package io.hfmount.xet.cas;

import java.time.Duration;

/** Told about every attempt and what was saved, for metrics. Called on event loops: must be quick, must not block or throw. */
public interface StorageObserver {
    /** Ignores everything. */
    StorageObserver NONE = new StorageObserver() {};

    /**
     * One attempt ended.
     *
     * @param status HTTP status, 0 when no answer came
     * @param seconds from sending to the end of the answer
     * @param bytesUp body bytes of the request
     * @param bytesDown body bytes of the answer that arrived
     */
    default void finished(StorageRoute route, int status, double seconds, long bytesUp, long bytesDown) {}

    /**
     * An attempt failed and another one follows.
     *
     * @param retry 1 for the first repetition
     * @param pause until then
     */
    default void retrying(StorageRoute route, int retry, Duration pause, Throwable cause) {}

    /**
     * Content was not sent because the index on disk knew where it is stored.
     *
     * @param chunks how many
     * @param bytes their unpacked bytes
     */
    default void reusedFromIndex(long chunks, long bytes) {}
}
