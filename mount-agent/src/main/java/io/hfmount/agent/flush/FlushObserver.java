package io.hfmount.agent.flush;

import io.hfmount.model.api.FlushedFile;

/**
 * Told of what the pipeline does, for metrics. Called from pipeline threads: implementations are fast, thread-safe and
 * do not throw.
 */
public interface FlushObserver {
    /** Ignores everything. */
    FlushObserver NONE = new FlushObserver() {};

    /** One try to publish a file, or one queued delete, has ended; stale signals are not told. */
    default void flushed(FlushedFile file) {}

    /** A file was put back for a later try. */
    default void retried() {}

    /** The token is refused (true), or works again (false). */
    default void paused(boolean paused) {}
}
