package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.FsException;

/** How the file system asks for publication (mount-semantics §3.1). Thread-safe. */
public interface FlushSignals {
    /** The inode has something to publish. Never waits; callers may hold locks. */
    void dirty(long ino);

    /** A delete was queued. Never waits; callers may hold locks. */
    void deletesQueued();

    /**
     * Publishes the inode's present content and waits for the commit (fsync until the journal exists).
     *
     * @throws FsException when the publication failed; the bytes stay dirty and are retried
     */
    void publishNow(long ino) throws FsException;

    /** Sends all queued deletes that may go and waits. */
    void drainDeletes() throws FsException;
}
