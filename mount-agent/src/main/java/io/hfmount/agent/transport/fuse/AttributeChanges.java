package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decodes {@code fuse_setattr_in}: valid 0, fh 8, size 16, lock_owner 24, atime 32, mtime 40, ctime 48, atimensec 56,
 * mtimensec 60, ctimensec 64, mode 68, uid 76, gid 80. The handle and the change time are of no use here: a node serves
 * without a handle, and ctime is the file system's own.
 */
final class AttributeChanges {
    private static final int MODE = 1;
    private static final int UID = 1 << 1;
    private static final int GID = 1 << 2;
    private static final int SIZE = 1 << 3;
    private static final int ATIME = 1 << 4;
    private static final int MTIME = 1 << 5;
    private static final int ATIME_NOW = 1 << 7;
    private static final int MTIME_NOW = 1 << 8;
    private static final int PERMISSIONS = 07777;
    private static final int NANOS_PER_SECOND = 1_000_000_000;

    private AttributeChanges() {}

    static AttributeChange decode(Request request) throws FsException {
        int valid = request.u32(0);
        request.u32(80); // the whole structure must be there
        @Nullable Instant now = (valid & (ATIME_NOW | MTIME_NOW)) != 0 ? Instant.now() : null;
        return new AttributeChange(
                (valid & SIZE) != 0 ? (Long) request.position(16) : null,
                (valid & MODE) != 0 ? (Integer) (request.u32(68) & PERMISSIONS) : null,
                (valid & UID) != 0 ? (Integer) request.u32(76) : null,
                (valid & GID) != 0 ? (Integer) request.u32(80) : null,
                (valid & ATIME_NOW) != 0 ? now : (valid & ATIME) != 0 ? time(request.u64(32), request.u32(56)) : null,
                (valid & MTIME_NOW) != 0 ? now : (valid & MTIME) != 0 ? time(request.u64(40), request.u32(60)) : null);
    }

    private static Instant time(long seconds, int nanos) throws FsException {
        if (nanos < 0 || nanos >= NANOS_PER_SECOND) {
            throw new FsException(Errno.EINVAL, "nanoseconds out of range");
        }
        try {
            return Instant.ofEpochSecond(seconds, nanos);
        } catch (DateTimeException e) {
            throw new FsException(Errno.EINVAL, "time out of range", e);
        }
    }
}
