package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.TransportOptions;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** A way to get a mounted descriptor and to give the mount point back. Stateless. */
interface Mounter {
    /** The type that the mount table shows. */
    String SUBTYPE = "hfmount";

    /** The mount point is in use. */
    final class BusyException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;

        BusyException(String message) {
            super(message);
        }
    }

    /**
     * Mounts; INIT waits on the descriptor returned.
     *
     * @param maxRead largest read request in bytes
     */
    FuseDevice mount(Path mountPoint, TransportOptions options, int maxRead) throws IOException;

    /**
     * Takes away what is in sight at {@code mountPoint}, once.
     *
     * @throws BusyException when files are open there and {@code lazy} is false
     */
    void unmount(Path mountPoint, boolean lazy) throws IOException;

    /** For the status page. */
    String name();
}
