package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.Transport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.vfs.FileSystem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine {@code fuse}: speaks the kernel protocol on {@code /dev/fuse}. Mounts with mount(2) where permitted, else
 * through fusermount3.
 */
public final class FuseTransport implements Transport {
    static final String NAME = "fuse";

    private static final Logger log = LoggerFactory.getLogger(FuseTransport.class);
    private static final int INIT_TIMEOUT_MILLIS = 30_000;
    private static final int MAX_BACKGROUND_LIMIT = 65_535;

    private final FuseLimits limits;

    /** With {@link FuseLimits#defaults()}. */
    public FuseTransport() {
        this(FuseLimits.defaults());
    }

    /** With limits of its own for every mount. */
    public FuseTransport(FuseLimits limits) {
        this.limits = limits;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String unusableBecause() {
        String device = KernelMount.deviceProblem();
        if (!device.isEmpty()) {
            return device;
        }
        if (!Capabilities.mayMount() && !FusermountMounter.isInstalled()) {
            return "neither CAP_SYS_ADMIN nor " + FusermountMounter.PROGRAM
                    + " on the path; give the capability, or install fuse3";
        }
        return "";
    }

    @Override
    public boolean canInterrupt() {
        return true;
    }

    @Override
    public MountedTransport mount(FileSystem fileSystem, TransportOptions options) throws IOException {
        if (options.maxBackground() < 1 || options.maxBackground() > MAX_BACKGROUND_LIMIT) {
            throw new IOException("max background must be 1 to " + MAX_BACKGROUND_LIMIT);
        }
        if (!Capabilities.mayMount()) {
            return mount(new FusermountMounter(), fileSystem, options);
        }
        try {
            return mount(new SystemMounter(), fileSystem, options);
        } catch (SystemMounter.NotPermittedException e) {
            if (!FusermountMounter.isInstalled()) {
                throw e;
            }
            log.info("mount(2) is not permitted; trying {}", FusermountMounter.PROGRAM);
            return mount(new FusermountMounter(), fileSystem, options);
        }
    }

    private FuseMount mount(Mounter mounter, FileSystem fileSystem, TransportOptions options) throws IOException {
        Path mountPoint = MountPoint.prepare(options.mountPoint(), mounter);
        FuseDevice session = mounter.mount(mountPoint, options, limits.maxWrite());
        FuseMount mount = null;
        try {
            InitNegotiation negotiated = negotiate(session, options.maxBackground());
            mount = new FuseMount(mountPoint, mounter, session, negotiated, fileSystem, options, limits);
        } finally {
            if (mount == null) {
                session.release(); // ends the connection, so that the mount cannot be busy
                mounter.unmount(mountPoint, true);
            }
        }
        boolean started = false;
        try {
            mount.start(limits.readers());
            started = true;
        } finally {
            if (!started) {
                mount.unmount(true);
            }
        }
        log.info("Mounted {} on {}: {}", options.source(), mountPoint, mount.describe());
        return mount;
    }

    /** Answers INIT, on the calling thread; until then the kernel queues everything else. */
    private InitNegotiation negotiate(FuseDevice session, int maxBackground) throws IOException {
        PayloadBuffer answer = new PayloadBuffer(PayloadBuffer.PAGE);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate((long) limits.maxWrite() + RequestReader.EXTRA, PayloadBuffer.PAGE);
            MemorySegment callState = LibC.callState(arena);
            Request request = new Request(buffer);
            Reply reply = new Reply(answer, session);
            while (true) {
                if (!session.awaitRequest(INIT_TIMEOUT_MILLIS)) {
                    throw new IOException("the kernel sent no INIT within " + INIT_TIMEOUT_MILLIS + " ms");
                }
                long bytes = session.read(callState, buffer);
                if (bytes == -LibC.EINTR || bytes == -LibC.EAGAIN || bytes == -LibC.ENOENT) {
                    continue;
                }
                if (bytes < 0) {
                    throw new IOException("the mount ended before it began (" + LibC.describe((int) bytes) + ")");
                }
                if (!request.frame(bytes) || !request.isConsistent(bytes) || request.opcode() != Opcode.INIT) {
                    throw new IOException("the kernel's first request is not INIT");
                }
                InitNegotiation negotiated = InitNegotiation.of(request, limits.maxWrite());
                reply.begin(request.unique());
                negotiated.put(reply.payload(InitNegotiation.REPLY_SIZE), maxBackground);
                if (!reply.send(InitNegotiation.REPLY_SIZE)) {
                    throw new IOException("the kernel did not take the answer to INIT");
                }
                if (!negotiated.mustBeAskedAgain()) {
                    return negotiated;
                }
            }
        } finally {
            answer.free();
        }
    }
}
