package io.hfmount.transport.jnr;

import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.Transport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.transport.fuse.KernelMount;
import io.hfmount.agent.vfs.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine {@code jnr-fuse}: serves through libfuse 2, bound by jnr-fuse. */
public final class JnrFuseTransport implements Transport {
    static final String NAME = "jnr-fuse";

    private static final Logger log = LoggerFactory.getLogger(JnrFuseTransport.class);

    /** Without notifications of changes this is how long a remote change stays unseen. */
    private static final long LONGEST_BELIEF_MILLIS = 1000;

    private static final int NODES_KEPT = 16_384;
    private static final int MAX_BACKGROUND_LIMIT = 65_535;

    private final String library;

    /** With the system's libfuse. */
    public JnrFuseTransport() {
        this(Requirements.LIBRARY);
    }

    JnrFuseTransport(String library) {
        this.library = library;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String unusableBecause() {
        return Requirements.problem(library);
    }

    @Override
    public boolean canInterrupt() {
        return false;
    }

    @Override
    public MountedTransport mount(FileSystem fileSystem, TransportOptions options) throws IOException {
        if (options.maxBackground() < 1 || options.maxBackground() > MAX_BACKGROUND_LIMIT) {
            throw new IOException("max background must be 1 to " + MAX_BACKGROUND_LIMIT);
        }
        String problem = unusableBecause();
        if (!problem.isEmpty()) {
            throw new IOException(problem);
        }
        Path mountPoint = KernelMount.prepare(options.mountPoint());
        long believedMillis = Math.clamp(fileSystem.metadataTtlMillis(), 0, LONGEST_BELIEF_MILLIS);
        boolean sharing = MountArguments.mayShare();
        if (!options.ownerOnly() && !sharing) {
            log.warn(
                    "{} is for its owner alone: other users need the line user_allow_other in /etc/fuse.conf",
                    mountPoint);
        }
        PathNodes nodes = new PathNodes(fileSystem, NODES_KEPT, believedMillis * 1_000_000, System::nanoTime);
        JnrMount mount = new JnrMount(
                mountPoint,
                new FuseSession(fileSystem, nodes),
                nodes,
                MountArguments.tuning(believedMillis, options.maxBackground()));
        List<String> arguments = MountArguments.of(mountPoint, options, believedMillis, sharing);
        mount.start(arguments);
        log.info("Mounted {} on {}: {}", options.source(), mountPoint, mount.describe());
        return mount;
    }
}
