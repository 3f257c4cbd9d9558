package io.hfmount.emulator.durable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a directory for one store, across processes, by a lock on its file {@code lock}. */
public final class DirectoryLock implements Closeable {
    private final FileChannel file;

    private DirectoryLock(FileChannel file) {
        this.file = file;
    }

    /**
     * Takes an existing directory.
     *
     * @throws IOException when it is in use, by this or another process
     */
    public static DirectoryLock take(Path directory) throws IOException {
        FileChannel file =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            // held by this process: same answer as held by another
        } finally {
            if (lock == null) {
                file.close();
            }
        }
        if (lock == null) {
            throw new IOException(directory + " is in use by another Hub; stop it or choose another directory");
        }
        return new DirectoryLock(file);
    }

    /** Gives the directory back. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
