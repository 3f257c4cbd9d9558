package io.hfmount.agent.vfs;

import java.lang.foreign.MemorySegment;

/**
 * The file system as a transport drives it: inodes, handles, no paths (fuse-transports §8.1). Thread-safe; any number
 * of calls may run at once.
 *
 * <p>Operations without a {@link Wait} argument may wait and belong on a thread of their own (a virtual thread), except
 * those marked <i>never waits</i>. Failures are {@link FsException}s; any other exception is a bug, which the transport
 * answers with EIO.
 *
 * <p>Every returned {@link Attributes} of lookup, create, mkdir, mknod, symlink and link counts as one lookup of that
 * inode, taken before the return (H-40) and given back by {@link #forget}.
 *
 * <p>Names are one path segment, valid Unicode, not {@code .} or {@code ..}; the transport rejects undecodable bytes
 * (EILSEQ) and the file system rejects names over 255 bytes (ENAMETOOLONG).
 */
public interface FileSystem {
    /** Inode number of the root directory. */
    long ROOT = 1;

    /** Finds {@code name} in {@code parent}. */
    Attributes lookup(long parent, String name, Wait wait) throws FsException;

    /** Gives back {@code count} lookups. Never waits. */
    void forget(long ino, long count);

    /** Attributes, also of an unlinked inode that is still open. Never waits. */
    Attributes getattr(long ino) throws FsException;

    /** Changes attributes; a size change of a clean file may download it. */
    Attributes setattr(long ino, AttributeChange change) throws FsException;

    /** Target of a symbolic link. Never waits. */
    String readlink(long ino) throws FsException;

    /** Makes a directory (in this mount only, until a file below it is published). */
    Attributes mkdir(long parent, String name, int permissions, Caller caller) throws FsException;

    /** Makes a regular file without opening it. */
    Attributes mknod(long parent, String name, int permissions, Caller caller) throws FsException;

    /** Makes a symbolic link (in this mount only). */
    Attributes symlink(long parent, String name, String target, Caller caller) throws FsException;

    /** Makes a copy by hash under a second name (mount-semantics §2.16). */
    Attributes link(long ino, long newParent, String newName) throws FsException;

    /** Removes a file name. */
    void unlink(long parent, String name) throws FsException;

    /** Removes an empty directory. */
    void rmdir(long parent, String name) throws FsException;

    /**
     * Renames.
     *
     * @param noReplace RENAME_NOREPLACE
     * @param exchange RENAME_EXCHANGE
     */
    void rename(long parent, String name, long newParent, String newName, boolean noReplace, boolean exchange)
            throws FsException;

    /** Opens a file. */
    OpenResult open(long ino, OpenFlags flags, Caller caller) throws FsException;

    /** Creates and opens a file; EEXIST if the name is taken. */
    CreateResult create(long parent, String name, int permissions, OpenFlags flags, Caller caller) throws FsException;

    /**
     * Reads into the front of {@code target}, up to its size. Never short before the end of the file (H-44).
     *
     * @return bytes read, 0 at or past the end
     */
    int read(long ino, long handle, long offset, MemorySegment target, Wait wait) throws FsException;

    /**
     * Writes all of {@code data} (native memory, valid only during the call).
     *
     * @return bytes written; fewer only if the disk failed after some
     */
    int write(long ino, long handle, long offset, MemorySegment data, Wait wait) throws FsException;

    /** One descriptor is being closed: reports errors of background flushes (mount-semantics §3.9). */
    void flush(long ino, long handle, Caller caller) throws FsException;

    /** The last descriptor of the handle was closed. Does not fail. */
    void release(long ino, long handle);

    /** Makes content durable as the mount's fsync mode says. */
    void fsync(long ino, long handle, boolean dataOnly) throws FsException;

    /** Opens a directory; its entries are a snapshot. */
    OpenResult opendir(long ino) throws FsException;

    /**
     * Offers entries from {@code cookie} on; 0 starts.
     *
     * @param plus whether to give attributes and count lookups
     */
    void readdir(long ino, long handle, long cookie, boolean plus, DirectorySink sink) throws FsException;

    /** The directory handle was closed. Never waits. */
    void releasedir(long ino, long handle);

    /** Makes the names of a directory durable. */
    void fsyncdir(long ino, long handle) throws FsException;

    /** Space and limits. Never waits. */
    FsStatistics statfs();

    /**
     * Preallocates or punches.
     *
     * @param mode Linux FALLOC_FL bits
     */
    void fallocate(long ino, long handle, int mode, long offset, long length) throws FsException;

    /**
     * Finds data or holes; the file is dense (mount-semantics §2.22).
     *
     * @param whence Linux SEEK_DATA (3) or SEEK_HOLE (4)
     */
    long lseek(long ino, long handle, long offset, int whence) throws FsException;

    /**
     * Copies without moving bytes, or not at all: EOPNOTSUPP when the range has to be read and written instead, which
     * the kernel then does (mount-semantics §2.23). Never ENOSYS, which the kernel would remember for all files.
     *
     * @return bytes copied, fewer than asked for only at the source's end
     */
    long copyFileRange(CopyRange range) throws FsException;

    /** How long the kernel may keep names and attributes, in milliseconds. */
    long metadataTtlMillis();
}
