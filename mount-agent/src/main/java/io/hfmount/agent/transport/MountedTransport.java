package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.KernelCache;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A live mount. Thread-safe. */
public interface MountedTransport {
    /** The kernel's caches for this mount. */
    KernelCache kernelCache();

    /** What was agreed with the kernel. */
    Engine engine();

    /** Engine, protocol version, negotiated flags and counters of the moment: for logs. */
    Map<String, String> describe();

    /** Completes when the mount has ended, by us or from outside. */
    CompletableFuture<Void> ended();

    /**
     * Unmounts. Notifications are disarmed first.
     *
     * @param lazy detach even while files are open
     * @throws IOException with the reason when the mount point is busy and {@code lazy} is false; it keeps serving then
     */
    void unmount(boolean lazy) throws IOException;
}
