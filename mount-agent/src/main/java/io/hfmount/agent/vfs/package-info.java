/**
 * The words that transports and the file system share: inode, handle, attributes, errno. A transport (kernel protocol,
 * library) turns requests into calls of {@link io.hfmount.agent.vfs.FileSystem}; the file system tells a transport of
 * changes through {@link io.hfmount.agent.vfs.KernelCache}. Neither knows the other's insides.
 */
@NullMarked
package io.hfmount.agent.vfs;

import org.jspecify.annotations.NullMarked;
