package io.hfmount.agent.vfs;

import java.time.Instant;
import java.util.List;

/**
 * What an application does with files, whatever lies between it and the file system. Paths are relative to the root, like
 * {@code a/b}. Refusals are {@link FsException}s with the error number that the application sees.
 */
public interface FileClient {
    /** How to open. */
    enum Mode {
        READ,
        READ_WRITE,
        /** For reading and writing; made if absent. */
        CREATE,
        /** Likewise, and must be absent. */
        CREATE_NEW,
        /** For writing, emptied. */
        TRUNCATE,
        /** For writing at the end; made if absent. */
        APPEND
    }

    /** An open file. */
    interface File extends AutoCloseable {
        /** Up to {@code size} bytes from {@code offset}. */
        byte[] read(long offset, int size) throws FsException;

        /** All of {@code bytes} at {@code offset}; at the end when opened for appending. */
        void write(long offset, byte[] bytes) throws FsException;

        void truncate(long size) throws FsException;

        long size() throws FsException;

        /** fallocate with Linux mode bits. */
        void allocate(int mode, long offset, long length) throws FsException;

        /** lseek with {@code SEEK_DATA} (3) or {@code SEEK_HOLE} (4). */
        long seek(long offset, int whence) throws FsException;

        /** copy_file_range, once. */
        long copyRange(long offset, File target, long targetOffset, long length) throws FsException;

        @Override
        void close() throws FsException;
    }

    File open(String path, Mode mode) throws FsException;

    /** Atomic, replaces. */
    void rename(String from, String to) throws FsException;

    void unlink(String path) throws FsException;

    void mkdir(String path) throws FsException;

    void rmdir(String path) throws FsException;

    void symlink(String target, String path) throws FsException;

    String readlink(String path) throws FsException;

    /** Names, without {@code .} and {@code ..}. */
    List<String> list(String directory) throws FsException;

    /** Size in bytes. */
    long size(String path) throws FsException;

    boolean exists(String path) throws FsException;

    Instant modified(String path) throws FsException;

    void setModified(String path, Instant time) throws FsException;

    int permissions(String path) throws FsException;

    void setPermissions(String path, int permissions) throws FsException;
}
