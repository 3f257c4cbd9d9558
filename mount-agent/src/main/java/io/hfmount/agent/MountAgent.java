package io.hfmount.agent;

import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * Makes mounts. Thread-safe. Subscribing never blocks the calling thread: work that waits runs on threads of the
 * agent's own, never on event loops, and signals may arrive on any thread.
 *
 * <p>Failures that a user can act on are {@link MountException}s with a stable code.
 */
public interface MountAgent {
    /** Names of the mount engines, e.g. {@code fuse}, and {@link MountSpec#DEFAULT_TRANSPORT}. */
    Set<String> transports();

    /**
     * Mounts: checks the bucket and the token, prepares staging, mounts, and completes once the kernel has answered and
     * the root can be read. On failure nothing stays mounted. Cancelling undoes what was begun.
     *
     * <p>The caller has checked that the mount point is an allowed, existing, empty directory that is not a mount; a
     * dead mount left by a crash is detached here.
     *
     * @param spec what to mount where
     * @param observer told of what happens, for metrics; must be fast and must not block
     */
    Mono<Mount> mount(MountSpec spec, MountObserver observer);
}
