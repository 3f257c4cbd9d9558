package io.hfmount.bench.roundtrip;

import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.Transport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.transport.fuse.FuseTransport;
import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.MemoryFileSystem;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.transport.jnr.JnrFuseTransport;
import java.io.IOException;
import java.nio.file.Path;

/** Serves one file from memory through an engine, until its standard input ends. */
public final class RoundTripServer {
    /** The file's name. */
    public static final String FILE = "file";

    /** The file's size in bytes. */
    public static final long SIZE = 64L << 20;

    /** What is printed once the mount serves. */
    public static final String SERVING = "serving";

    private static final int MAX_BACKGROUND = 64;
    private static final int REFUSED = 2;

    private RoundTripServer() {}

    /** Arguments: {@code fuse} or {@code jnr-fuse}, and an empty directory. */
    public static void main(String[] args) throws IOException, FsException {
        Transport transport = args[0].equals("jnr-fuse") ? new JnrFuseTransport() : new FuseTransport();
        String problem = transport.unusableBecause();
        if (!problem.isEmpty()) {
            System.err.println(problem);
            System.exit(REFUSED);
        }
        MountedTransport mount = transport.mount(
                withFile(), new TransportOptions(Path.of(args[1]), "roundtrip", false, true, MAX_BACKGROUND));
        // Also when it is told to end by a signal: a dead mount would stay behind.
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("roundtrip-end").unstarted(() -> unmount(mount)));
        System.out.println(SERVING);
        while (System.in.read() >= 0) {
            // whoever started this closes it
        }
    }

    private static void unmount(MountedTransport mount) {
        try {
            mount.unmount(true);
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }

    private static MemoryFileSystem withFile() throws FsException {
        MemoryFileSystem fileSystem = new MemoryFileSystem();
        long ino = fileSystem
                .create(MemoryFileSystem.ROOT, FILE, 0644, OpenFlags.READ_WRITE, Caller.SELF)
                .attributes()
                .ino();
        if (fileSystem.setattr(ino, AttributeChange.ofSize(SIZE)).size() != SIZE) {
            throw new FsException(Errno.EIO, "the file has another size");
        }
        return fileSystem;
    }
}
