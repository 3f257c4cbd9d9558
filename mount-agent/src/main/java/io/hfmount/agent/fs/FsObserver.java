package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Errno;

/** Told of what happens in the file system, for metrics. May be called with locks held: fast, thread-safe, no throw. */
public interface FsObserver {
    /** Tells nobody. */
    FsObserver NONE = new FsObserver() {};

    /** Bytes were read from staging. */
    default void stagingRead(long bytes) {}

    /** A dirty generation was added. */
    default void dirtied() {}

    /** An application was told of a failed background flush. */
    default void errorSurfaced(Errno errno) {}
}
