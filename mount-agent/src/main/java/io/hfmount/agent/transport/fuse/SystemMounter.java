package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.TransportOptions;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** Mounts with mount(2); needs CAP_SYS_ADMIN (fuse-transports §6.1). */
final class SystemMounter implements Mounter {
    /** mount(2) was refused for want of a capability; another way may work. */
    static final class NotPermittedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;

        NotPermittedException(String message) {
            super(message);
        }
    }

    @Override
    public FuseDevice mount(Path mountPoint, TransportOptions options, int maxRead) throws IOException {
        FuseDevice device = FuseDevice.open();
        long flags = LibC.MS_NOSUID | LibC.MS_NODEV | (options.readOnly() ? LibC.MS_RDONLY : 0);
        String data = "fd=" + device.descriptor() + ",rootmode=40000,user_id=" + LibC.effectiveUserId() + ",group_id="
                + LibC.effectiveGroupId() + (options.ownerOnly() ? "" : ",allow_other")
                + ",default_permissions,max_read="
                + maxRead;
        int answer = LibC.mount(options.source(), mountPoint.toString(), "fuse." + SUBTYPE, flags, data);
        if (answer >= 0) {
            return device;
        }
        device.release();
        String message = "cannot mount on " + mountPoint + " (" + LibC.describe(answer) + ")";
        if (answer == -LibC.EPERM) {
            throw new NotPermittedException(message + "; the process needs CAP_SYS_ADMIN or fusermount3");
        }
        throw new IOException(message);
    }

    @Override
    public void unmount(Path mountPoint, boolean lazy) throws IOException {
        int answer = LibC.umount2(mountPoint.toString(), LibC.UMOUNT_NOFOLLOW | (lazy ? LibC.MNT_DETACH : 0));
        if (answer == -LibC.EBUSY) {
            throw new BusyException(mountPoint + " is busy: files are open or a process works in it");
        }
        if (answer < 0) {
            throw new IOException("cannot unmount " + mountPoint + " (" + LibC.describe(answer) + ")");
        }
    }

    @Override
    public String name() {
        return "mount(2)";
    }
}
