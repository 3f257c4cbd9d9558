package io.hfmount.agent.transport.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a directory ready to be mounted on. A process that was killed leaves a mount behind that answers everything with
 * ENOTCONN; it is detached here, for every engine leaves one (fuse-transports §4.1).
 */
final class MountPoint {
    private static final Logger log = LoggerFactory.getLogger(MountPoint.class);
    private static final int STACKED_MOUNTS_MAX = 16;
    private static final long PROBE_SECONDS = 5;

    private MountPoint() {}

    /**
     * Detaches dead mounts and resolves symbolic links.
     *
     * @return the real path of an existing directory on which no live FUSE file system is mounted
     */
    static Path prepare(Path requested, Mounter mounter) throws IOException {
        if (!requested.isAbsolute()) {
            throw new IOException("the mount point " + requested + " is not an absolute path");
        }
        Path named = requested.normalize();
        detachDead(named, mounter);
        if (!Files.isDirectory(named)) {
            throw new IOException("the mount point " + named + " is not an existing directory; create it first");
        }
        Path real = named.toRealPath();
        if (!real.equals(named)) {
            detachDead(real, mounter);
        }
        return real;
    }

    private static void detachDead(Path mountPoint, Mounter mounter) throws IOException {
        for (int round = 0; round < STACKED_MOUNTS_MAX; round++) {
            MountTable.Entry top = MountTable.read().topAt(mountPoint);
            if (top == null || !top.isFuse()) {
                return;
            }
            if (!isDead(mountPoint)) {
                throw new IOException("a " + top.type() + " file system (" + top.source() + ") is mounted on "
                        + mountPoint + " already; unmount it first");
            }
            log.info("Detaching the dead mount that a former process left on {}", mountPoint);
            mounter.unmount(mountPoint, true);
        }
        throw new IOException("more than " + STACKED_MOUNTS_MAX + " dead mounts on " + mountPoint);
    }

    /** Opening the directory always asks the file system, whatever the kernel has cached. */
    private static boolean isDead(Path mountPoint) throws IOException {
        CompletableFuture<Integer> probe = new CompletableFuture<>();
        // A file system that does not answer blocks the thread that asks.
        Thread.ofPlatform().daemon().name("fuse-probe").start(() -> {
            int fd = LibC.open(mountPoint.toString(), LibC.O_CLOEXEC);
            if (fd >= 0) {
                LibC.close(fd);
            }
            probe.complete(fd);
        });
        try {
            return probe.get(PROBE_SECONDS, TimeUnit.SECONDS) == -LibC.ENOTCONN;
        } catch (TimeoutException e) {
            throw new IOException("the file system mounted on " + mountPoint + " does not answer; unmount it first", e);
        } catch (ExecutionException e) {
            throw new IOException("cannot probe " + mountPoint, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while probing " + mountPoint, e);
        }
    }
}
