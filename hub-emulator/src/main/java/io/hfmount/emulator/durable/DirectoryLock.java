package io.hfmount.emulator.durable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a directory for one store, across processes, by a lock on its file {@code lock}. The kernel drops a process's lock
 * as soon as that closes any descriptor of the file, so a file that is locked here is not opened again.
 */
public final class DirectoryLock implements Closeable {
    /** Real paths of all directories taken by this process; guarded by itself. */
    private static final Set<Path> TAKEN = new HashSet<>();

    private final Path directory;
    private final FileChannel file;

    private DirectoryLock(Path directory, FileChannel file) {
        this.directory = directory;
        this.file = file;
    }

    /**
     * Takes an existing directory.
     *
     * @throws IOException when it is in use, by this or another process
     */
    public static DirectoryLock take(Path directory) throws IOException {
        Path real = directory.toRealPath();
        synchronized (TAKEN) {
            if (!TAKEN.add(real)) {
                throw inUse(directory);
            }
        }
        FileChannel file = null;
        boolean locked = false;
        try {
            file = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            locked = tryLock(file);
            if (!locked) {
                throw inUse(directory);
            }
            return new DirectoryLock(real, file);
        } finally {
            if (!locked) {
                release(real, file);
            }
        }
    }

    private static IOException inUse(Path directory) {
        return new IOException(directory + " is in use by another Hub; stop it or choose another directory");
    }

    private static boolean tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // held by other means in this process: same answer as held by another
        }
    }

    private static void release(Path directory, @Nullable FileChannel file) throws IOException {
        try {
            if (file != null) {
                file.close();
            }
        } finally {
            synchronized (TAKEN) {
                TAKEN.remove(directory);
            }
        }
    }

    /** Gives the directory back. */
    @Override
    public void close() throws IOException {
        if (file.isOpen()) {
            release(directory, file);
        }
    }
}
