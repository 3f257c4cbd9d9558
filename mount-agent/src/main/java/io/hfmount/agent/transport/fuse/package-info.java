/**
 * The kernel's FUSE protocol on {@code /dev/fuse}, spoken through the foreign-function interface: mounting, framing,
 * dispatch, replies and cache notifications. Layouts and rules are those of fuse-transports §6.
 */
@NullMarked
package io.hfmount.agent.transport.fuse;

import org.jspecify.annotations.NullMarked;
