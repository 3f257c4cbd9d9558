/**
 * The file system: inodes, handles, operations (mount-semantics §1, §2). Knows no FUSE, no Spring, no HTTP. The flush
 * pipeline sees it through {@link io.hfmount.agent.fs.Publication}, the remote view through
 * {@link io.hfmount.agent.fs.RemoteView}; it reaches them through {@link io.hfmount.agent.fs.FlushSignals},
 * {@link io.hfmount.agent.fs.RemoteTree} and {@link io.hfmount.agent.fs.CommitLane}.
 */
@NullMarked
package io.hfmount.agent.fs;

import org.jspecify.annotations.NullMarked;
