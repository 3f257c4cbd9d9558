/**
 * Publication of what the file system holds dirty (mount-semantics §3): when it is due, how it is uploaded, in which
 * order the Hub is told, what becomes of failures. Sees the file system through {@link
 * io.hfmount.agent.fs.Publication} alone.
 */
@NullMarked
package io.hfmount.agent.flush;

import org.jspecify.annotations.NullMarked;
