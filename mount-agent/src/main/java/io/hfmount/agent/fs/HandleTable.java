package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Open handles by number. Numbers are never reused. Thread-safe. */
final class HandleTable {
    private final ConcurrentHashMap<Long, FileHandle> files = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, DirectorySnapshot> directories = new ConcurrentHashMap<>();
    private final AtomicLong next = new AtomicLong(1);

    long add(FileHandle handle) {
        long number = next.getAndIncrement();
        files.put(number, handle);
        return number;
    }

    long add(DirectorySnapshot snapshot) {
        long number = next.getAndIncrement();
        directories.put(number, snapshot);
        return number;
    }

    FileHandle file(long number) throws FsException {
        FileHandle handle = files.get(number);
        if (handle == null) {
            throw new FsException(Errno.EBADF, "no open file " + number);
        }
        return handle;
    }

    DirectorySnapshot directory(long number) throws FsException {
        DirectorySnapshot snapshot = directories.get(number);
        if (snapshot == null) {
            throw new FsException(Errno.EBADF, "no open directory " + number);
        }
        return snapshot;
    }

    @Nullable
    FileHandle removeFile(long number) {
        return files.remove(number);
    }

    @Nullable
    DirectorySnapshot removeDirectory(long number) {
        return directories.remove(number);
    }

    int openFiles() {
        return files.size();
    }
}
