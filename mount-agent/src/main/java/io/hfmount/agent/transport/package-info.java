/** The port to a mount engine: how a {@link io.hfmount.agent.vfs.FileSystem} becomes a directory. */
@NullMarked
package io.hfmount.agent.transport;

import org.jspecify.annotations.NullMarked;
