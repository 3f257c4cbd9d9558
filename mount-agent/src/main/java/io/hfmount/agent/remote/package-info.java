/**
 * The Hub as the mount sees it: paths relative to the source, failures as errno, and the poller that brings foreign
 * changes into the file system (mount-semantics §2.0, §4).
 */
@NullMarked
package io.hfmount.agent.remote;

import org.jspecify.annotations.NullMarked;
