package io.hfmount.agent.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps everybody else out of a directory, in this process and in others, by a lock on a file in it.
 *
 * <p>The kernel takes a process's lock away as soon as the process closes any descriptor of the file, however it came by
 * it. So this process never opens a file that it has locked: who holds what is looked up in memory first.
 */
public final class DirectoryLock implements Closeable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    /** Directory and file name of every lock of this process; guarded by itself. */
    private static final Set<Key> HELD = new HashSet<>();

    private final Key key;
    private final FileChannel file;

    private record Key(Object directory, String name) {}

    private DirectoryLock(Key key, FileChannel file) {
        this.key = key;
        this.file = file;
    }

    /**
     * Takes an existing directory.
     *
     * @param name of the lock file, which is created and stays; never a symbolic link
     * @return empty if it is in use, by this or another process
     */
    public static Optional<DirectoryLock> take(Path directory, String name) throws IOException {
        Key key = new Key(identity(directory), name);
        synchronized (HELD) {
            if (!HELD.add(key)) {
                return Optional.empty();
            }
        }
        FileChannel file = null;
        boolean locked = false;
        try {
            file = FileChannel.open(
                    directory.resolve(name),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            locked = tryLock(file);
            return locked ? Optional.of(new DirectoryLock(key, file)) : Optional.empty();
        } finally {
            if (!locked) {
                release(key, file);
            }
        }
    }

    /** The directory itself, by whatever path it was reached. */
    private static Object identity(Path directory) throws IOException {
        Object key = Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        return key == null ? directory.toRealPath() : key;
    }

    private static boolean tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException elsewhereInThisProcess) {
            return false;
        }
    }

    private static void release(Key key, @Nullable FileChannel file) throws IOException {
        try {
            if (file != null) {
                file.close();
            }
        } finally {
            synchronized (HELD) {
                HELD.remove(key);
            }
        }
    }

    /** Gives the directory back. Idempotent. */
    @Override
    public void close() throws IOException {
        if (file.isOpen()) {
            release(key, file);
        }
    }
}
