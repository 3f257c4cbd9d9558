package io.hfmount.agent.transport.fuse;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One descriptor of {@code /dev/fuse}: the session's, or a clone with a queue of its own (fuse-transports §6.5). Born
 * with one reference. Thread-safe.
 */
final class FuseDevice implements ReplyChannel {
    static final String PATH = "/dev/fuse";

    /** {@code FUSE_DEV_IOC_CLONE}. */
    private static final long IOC_CLONE = 0x8004E500L;

    private final int fd;
    private final AtomicInteger references = new AtomicInteger(1);

    private FuseDevice(int fd) {
        this.fd = fd;
    }

    /** Opens a device that belongs to no mount yet. */
    static FuseDevice open() throws IOException {
        int fd = LibC.open(PATH, LibC.O_RDWR | LibC.O_CLOEXEC);
        if (fd < 0) {
            throw new IOException("cannot open " + PATH + " (" + LibC.describe(fd) + ")");
        }
        return new FuseDevice(fd);
    }

    /** Takes over a descriptor that is mounted already. */
    static FuseDevice adopt(int fd) {
        return new FuseDevice(fd);
    }

    /** A further queue of this session, or null where the kernel refuses; then this one is shared. */
    @Nullable
    FuseDevice cloneQueue() {
        int other = LibC.open(PATH, LibC.O_RDWR | LibC.O_CLOEXEC);
        if (other < 0) {
            return null;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(ValueLayout.JAVA_INT);
            source.set(ValueLayout.JAVA_INT, 0, fd);
            if (LibC.ioctl(other, IOC_CLONE, source) < 0) {
                LibC.close(other);
                return null;
            }
        }
        return new FuseDevice(other);
    }

    int descriptor() {
        return fd;
    }

    /** Reads exactly one request; the caller holds a reference. */
    long read(MemorySegment callState, MemorySegment buffer) {
        return LibC.read(callState, fd, buffer, buffer.byteSize());
    }

    /** Whether a request arrived in time. */
    boolean awaitRequest(int timeoutMillis) {
        return LibC.pollReadable(fd, timeoutMillis) > 0;
    }

    @Override
    public long write(MemorySegment callState, MemorySegment message, long length) {
        return LibC.write(callState, fd, message, length);
    }

    @Override
    public void retain() {
        int before = references.getAndUpdate(count -> count == 0 ? 0 : count + 1);
        if (before == 0) {
            throw new IllegalStateException("the device is closed");
        }
    }

    @Override
    public void release() {
        int left = references.decrementAndGet();
        assert left >= 0 : "released more often than retained";
        if (left == 0) {
            LibC.close(fd);
        }
    }
}
