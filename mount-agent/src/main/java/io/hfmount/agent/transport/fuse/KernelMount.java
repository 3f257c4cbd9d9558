package io.hfmount.agent.transport.fuse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A FUSE mount as the kernel's mount table knows it, whoever serves it: what an engine does around serving. Only the
 * very mount that was in sight at the beginning is ever taken away, never another one on the same directory.
 * Thread-safe.
 */
public final class KernelMount {
    private static final Logger log = LoggerFactory.getLogger(KernelMount.class);
    private static final int UNMOUNT_ATTEMPTS = 10;
    private static final long BETWEEN_ATTEMPTS_MILLIS = 100;

    private final Path mountPoint;
    private final Mounter mounter;
    private final MountTable.@Nullable Entry entry;

    private KernelMount(Path mountPoint, Mounter mounter, MountTable.@Nullable Entry entry) {
        this.mountPoint = mountPoint;
        this.mounter = mounter;
        this.entry = entry;
    }

    /** Why {@code /dev/fuse} cannot be used, in one line that says what to do; empty when it can. */
    public static String deviceProblem() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return "this engine needs Linux";
        }
        int fd = LibC.open(FuseDevice.PATH, LibC.O_RDWR | LibC.O_CLOEXEC);
        if (fd < 0) {
            return switch (-fd) {
                case LibC.ENOENT -> FuseDevice.PATH + " is missing; give the container the device, or load the module";
                case LibC.EACCES, LibC.EPERM ->
                    FuseDevice.PATH + " may not be opened; give it mode 0666, or run as root";
                default -> FuseDevice.PATH + " cannot be opened (" + LibC.describe(fd) + ")";
            };
        }
        LibC.close(fd);
        return "";
    }

    /** Whether the process may mount by itself; otherwise a setuid program has to. */
    public static boolean mayMount() {
        return Capabilities.mayMount();
    }

    /**
     * Detaches dead mounts that a killed process left and resolves symbolic links.
     *
     * @return the real path of an existing directory on which no live FUSE file system is mounted
     * @throws IOException with the reason when it cannot be mounted on
     */
    public static Path prepare(Path requested) throws IOException {
        return MountPoint.prepare(requested, usualMounter());
    }

    /**
     * The mount in sight at {@code mountPoint}, which was just made there.
     *
     * @throws IOException when it is no FUSE mount, so none of ours
     */
    public static KernelMount inSightAt(Path mountPoint) throws IOException {
        KernelMount mount = inSightAt(mountPoint, usualMounter());
        if (mount.entry == null || !mount.entry.isFuse()) {
            throw new IOException("the mount on " + mountPoint + " has vanished");
        }
        return mount;
    }

    static KernelMount inSightAt(Path mountPoint, Mounter mounter) throws IOException {
        return new KernelMount(mountPoint, mounter, MountTable.read().topAt(mountPoint));
    }

    private static Mounter usualMounter() {
        return Capabilities.mayMount() ? new SystemMounter() : new FusermountMounter();
    }

    /** {@code major:minor} of the file system, or null when it had vanished before it was looked at. */
    @Nullable
    String device() {
        return entry == null ? null : entry.device();
    }

    /** How it was mounted. */
    String mountedBy() {
        return mounter.name();
    }

    /**
     * Takes it away; for a second an unmount that is not lazy is tried again, since a file may be closing this moment.
     * No effect when it is gone already.
     *
     * @throws IOException with the reason when it is busy, or when another file system is mounted over it
     */
    public void detach(boolean lazy) throws IOException {
        for (int attempt = 1; ; attempt++) {
            MountTable table = MountTable.read();
            if (entry != null && !table.contains(entry)) {
                return; // from outside, meanwhile
            }
            MountTable.Entry top = table.topAt(mountPoint);
            if (entry != null && !entry.equals(top)) {
                throw new IOException("another file system is mounted over " + mountPoint + "; unmount it first");
            }
            try {
                mounter.unmount(mountPoint, lazy);
                return;
            } catch (Mounter.BusyException e) {
                if (attempt == UNMOUNT_ATTEMPTS) {
                    throw e;
                }
                pause();
            }
        }
    }

    private void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(BETWEEN_ATTEMPTS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unmounting " + mountPoint, e);
        }
    }

    /** Nobody serves it any more. An aborted connection leaves a dead mount; nobody else would take it away. */
    public void detachRemains() {
        try {
            MountTable.Entry top = MountTable.read().topAt(mountPoint);
            if (entry != null && entry.equals(top)) {
                log.warn("The connection of {} was aborted; detaching the mount", mountPoint);
                mounter.unmount(mountPoint, true);
            }
        } catch (IOException e) {
            log.warn("The dead mount on {} could not be detached: {}", mountPoint, e.getMessage());
        }
    }
}
