package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.FileSystem;
import java.io.IOException;

/** A mount engine. Stateless and thread-safe. */
public interface Transport {
    /** Name in the control API, e.g. {@code fuse}. */
    String name();

    /**
     * Whether it can work on this machine.
     *
     * @return empty text when usable, else one line that says what is missing and what to do
     */
    String unusableBecause();

    /** Whether a request that waits can be given up when its process is killed; if not, none may wait for ever. */
    boolean canInterrupt();

    /**
     * Mounts. Returns when the kernel has answered INIT and requests are served.
     *
     * @throws IOException when the mount point cannot be used; nothing stays mounted
     */
    MountedTransport mount(FileSystem fileSystem, TransportOptions options) throws IOException;
}
