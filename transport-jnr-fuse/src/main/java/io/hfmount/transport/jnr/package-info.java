/**
 * The engine {@code jnr-fuse}: serves a {@link io.hfmount.agent.vfs.FileSystem} through libfuse 2. The library speaks in
 * paths; {@link io.hfmount.transport.jnr.PathNodes} turns them into inodes. What it cannot do that the engine
 * {@code fuse} can is listed in docs/semantics.md.
 */
@NullMarked
package io.hfmount.transport.jnr;

import org.jspecify.annotations.NullMarked;
