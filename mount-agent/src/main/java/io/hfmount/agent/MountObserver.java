package io.hfmount.agent;

import io.hfmount.model.api.FlushedFile;

/**
 * Told of what happens in one mount, for metrics (mount-semantics §11.5). Called from any thread, also from event loops
 * and kernel threads: implementations are fast, thread-safe and do not throw. Labels are from small fixed sets, never
 * paths.
 */
public interface MountObserver {
    /** Ignores everything. */
    MountObserver NONE = new MountObserver() {};

    /**
     * A file-system operation was answered.
     *
     * @param operation lower-case name, e.g. {@code read}
     * @param errno {@code OK} or the errno's name
     * @param nanos how long it took
     */
    default void operation(String operation, String errno, long nanos) {}

    /**
     * Bytes were given to applications.
     *
     * @param source {@code staging}, {@code cache}, {@code cas} or {@code hub}
     */
    default void bytesRead(String source, long bytes) {}

    /**
     * Content was looked for in the cache on disk.
     *
     * @param result {@code hit}, {@code miss} or {@code damaged}: found not to be what was written, and dropped
     * @param chunks how many; a whole file counts as one
     */
    default void cacheChunks(String result, long chunks) {}

    /** Fetched bytes were not cached: the disk did not follow, or refused them. */
    default void cacheDropped(long bytes) {}

    /** Bytes were taken from applications. */
    default void bytesWritten(long bytes) {}

    /** A file became dirty, or dirtier: its generation was bumped. */
    default void dirtied() {}

    /** A file's publication ended. */
    default void flushed(FlushedFile file) {}

    /** A failed publication was put back for a later try. */
    default void flushRetried() {}

    /**
     * A Hub request ended.
     *
     * @param endpoint route, e.g. {@code batch}
     * @param status HTTP status, 0 without an answer
     * @param nanos including retries
     * @param retries how often it was repeated
     */
    default void hubRequest(String endpoint, int status, long nanos, int retries) {}

    /**
     * One attempt of a storage request ended.
     *
     * @param endpoint route, e.g. {@code xorb}
     * @param status HTTP status, 0 without an answer
     * @param nanos from sending to the end of the answer
     */
    default void storageRequest(String endpoint, int status, long nanos) {}

    /**
     * An attempt failed and another one follows.
     *
     * @param endpoint route, e.g. {@code xorb}
     */
    default void storageRetried(String endpoint) {}

    /**
     * Bytes moved from or to the storage service.
     *
     * @param direction {@code down}, {@code up} or {@code reused}
     */
    default void storageBytes(String direction, long bytes) {}

    /**
     * Content was not sent because the index on disk knew where it is stored; a part of what is {@code reused}.
     *
     * @param chunks how many
     * @param bytes their unpacked bytes
     */
    default void indexReused(long chunks, long bytes) {}

    /**
     * A poll round ended.
     *
     * @param result {@code changed}, {@code unchanged}, {@code skipped} or {@code failed}
     */
    default void pollRound(String result) {}

    /** An error of a background publication was reported to an application. */
    default void errorSurfaced(String errno) {}
}
