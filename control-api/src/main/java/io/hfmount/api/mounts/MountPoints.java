package io.hfmount.api.mounts;

import io.hfmount.agent.MountException;
import io.hfmount.model.api.ProblemCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * Which directories may become mount points. Stateless; calls look at the disk and therefore block.
 *
 * <p>A path outside the allowed roots is refused by its text before the disk is looked at, so nobody learns from the
 * answers what exists there; links are resolved afterwards and held to the same roots.
 */
final class MountPoints {
    private final List<Path> roots;
    private final Path dataDir;
    private final MountTable table;

    /**
     * @param roots allowed directories, absolute
     * @param dataDir the service's own directory, absolute; it need not exist yet
     * @param table the kernel's mounts
     */
    MountPoints(List<Path> roots, Path dataDir, MountTable table) {
        this.roots = List.copyOf(roots);
        this.dataDir = dataDir;
        this.table = table;
    }

    /**
     * The path without symbolic links. Does not touch the mount point itself when something is mounted there, for a
     * dead or hung mount would answer with an error or not at all.
     *
     * @param mountPoint absolute and normalised
     */
    Path resolve(Path mountPoint) {
        requireAllowed(mountPoint, roots);
        Path parent = mountPoint.getParent();
        Path name = mountPoint.getFileName();
        if (parent == null || name == null) {
            throw new MountException(ProblemCode.MOUNT_POINT_NOT_ALLOWED, "the root directory cannot be a mount point");
        }
        try {
            Path real = parent.toRealPath().resolve(name);
            if (!table.isMountPoint(real) && Files.isSymbolicLink(real)) {
                real = real.toRealPath();
            }
            requireAllowed(real, realRoots());
            requireApartFromData(real);
            return real;
        } catch (NoSuchFileException e) {
            throw missing(mountPoint);
        } catch (IOException e) {
            throw new MountException(
                    ProblemCode.MOUNT_POINT_MISSING, "the mount point " + mountPoint + " cannot be looked at", e);
        }
    }

    /** Refuses a resolved path that is not an existing, empty directory without a live mount. */
    void requireUsable(Path mountPoint) {
        try {
            if (table.isMountPoint(mountPoint)) {
                if (isDead(mountPoint)) {
                    return; // left by a crash; the agent detaches it
                }
                throw new MountException(ProblemCode.ALREADY_MOUNTED, "something is already mounted at " + mountPoint);
            }
            BasicFileAttributes attributes =
                    Files.readAttributes(mountPoint, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isDirectory()) {
                throw new MountException(
                        ProblemCode.MOUNT_POINT_NOT_A_DIRECTORY,
                        "the mount point " + mountPoint + " is not a directory");
            }
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(mountPoint)) {
                if (entries.iterator().hasNext()) {
                    throw new MountException(
                            ProblemCode.MOUNT_POINT_NOT_EMPTY,
                            "the mount point " + mountPoint
                                    + " holds files that a mount would hide; use an empty directory");
                }
            }
        } catch (NoSuchFileException e) {
            throw missing(mountPoint);
        } catch (NotDirectoryException e) {
            throw new MountException(
                    ProblemCode.MOUNT_POINT_NOT_A_DIRECTORY, "the mount point " + mountPoint + " is not a directory");
        } catch (IOException e) {
            throw new MountException(
                    ProblemCode.MOUNT_POINT_MISSING, "the mount point " + mountPoint + " cannot be looked at", e);
        }
    }

    private static boolean isDead(Path mountPoint) {
        try {
            Files.readAttributes(mountPoint, BasicFileAttributes.class);
            return false;
        } catch (IOException e) {
            return true; // ENOTCONN or EIO
        }
    }

    /**
     * A mount over the service's own files would send every access to them through the mount itself, which would wait
     * for itself; one among them would be taken for one of them.
     */
    private void requireApartFromData(Path mountPoint) {
        Path data = realOfWhatExists(dataDir);
        if (mountPoint.startsWith(data) || data.startsWith(mountPoint)) {
            throw new MountException(
                    ProblemCode.MOUNT_POINT_NOT_ALLOWED,
                    "the mount point " + mountPoint + " and the data directory " + dataDir
                            + " lie in each other; choose another one (hfmount.data-dir)");
        }
    }

    /** The directory may not have been made yet: then its nearest ancestor that exists is resolved. */
    private static Path realOfWhatExists(Path path) {
        for (Path up = path; up != null; up = up.getParent()) {
            try {
                return up.toRealPath().resolve(up.relativize(path)).normalize();
            } catch (IOException e) {
                // not there: its parent decides
            }
        }
        return path;
    }

    private List<Path> realRoots() throws IOException {
        return roots.stream().map(MountPoints::realOrSame).toList();
    }

    private static Path realOrSame(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException e) {
            return root;
        }
    }

    private static void requireAllowed(Path path, List<Path> allowed) {
        for (Path root : allowed) {
            if (path.startsWith(root) && !path.equals(root)) {
                return;
            }
        }
        throw new MountException(
                ProblemCode.MOUNT_POINT_NOT_ALLOWED,
                "mount points must lie below one of " + allowed + "; the setting is hfmount.mount-roots");
    }

    private static MountException missing(Path mountPoint) {
        return new MountException(
                ProblemCode.MOUNT_POINT_MISSING,
                "the mount point " + mountPoint + " does not exist; create the directory");
    }
}
