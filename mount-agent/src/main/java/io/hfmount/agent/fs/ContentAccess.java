package io.hfmount.agent.fs;

import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;

/** Where the file system reads clean content from. Thread-safe. */
public interface ContentAccess {
    /** Opens content for one handle; asks nothing of storage. */
    OpenContent open(ContentHash hash, long size);

    /**
     * Whether storage's plan of the content is at hand, so that composing on it fetches next to nothing. May read from
     * disk; never waits for the network.
     */
    boolean knows(ContentHash hash, long size);

    /** Copies a whole file, in order; waits for the network. */
    void download(ContentHash hash, long size, DownloadTarget target) throws FsException;
}
