package io.hfmount.agent.vfs;

import java.time.Instant;

/**
 * What stat shows. Immutable.
 *
 * @param ino inode number, also the node id; never reused while the mount lives
 * @param kind what it is
 * @param permissions the low 12 bits of {@code st_mode}
 * @param nlink link count
 * @param uid owner
 * @param gid group
 * @param size bytes
 * @param atime last access
 * @param mtime last change of content
 * @param ctime last change of anything
 */
public record Attributes(
        long ino,
        FileKind kind,
        int permissions,
        int nlink,
        int uid,
        int gid,
        long size,
        Instant atime,
        Instant mtime,
        Instant ctime) {
    /** {@code st_mode}: type and permission bits. */
    public int mode() {
        return kind.typeBits() | permissions;
    }

    /** {@code st_blocks}: logical, in 512-byte units (mount-semantics §2.2). */
    public long blocks() {
        return (size + 511) / 512;
    }
}
