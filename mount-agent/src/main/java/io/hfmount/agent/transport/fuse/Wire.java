package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.FsStatistics;
import io.hfmount.agent.vfs.OpenResult;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;

/** Encodes the structures of replies at a position of a buffer (layouts: fuse-transports §6.4). Stateless. */
final class Wire {
    static final int ATTR_SIZE = 88;
    static final int ENTRY_OUT_SIZE = 128;
    static final int ATTR_OUT_SIZE = 104;
    static final int OPEN_OUT_SIZE = 16;
    static final int STATFS_OUT_SIZE = 80;
    static final int DIRENT_HEADER = 24;

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int BLOCK_SIZE = 4096;
    private static final int FOPEN_DIRECT_IO = 1;
    private static final int FOPEN_KEEP_CACHE = 2;

    private Wire() {}

    /** Writes {@code fuse_entry_out}: names and attributes live equally long, generation 0. */
    static void putEntry(MemorySegment out, long at, Attributes attributes, long ttlMillis) {
        out.set(U64, at, attributes.ino());
        out.set(U64, at + 8, 0);
        out.set(U64, at + 16, ttlMillis / 1000);
        out.set(U64, at + 24, ttlMillis / 1000);
        out.set(U32, at + 32, nanosOf(ttlMillis));
        out.set(U32, at + 36, nanosOf(ttlMillis));
        putAttr(out, at + 40, attributes);
    }

    /** Writes {@code fuse_attr_out}. */
    static void putAttrOut(MemorySegment out, long at, Attributes attributes, long ttlMillis) {
        out.set(U64, at, ttlMillis / 1000);
        out.set(U32, at + 8, nanosOf(ttlMillis));
        out.set(U32, at + 12, 0);
        putAttr(out, at + 16, attributes);
    }

    /** Writes {@code fuse_attr}. */
    static void putAttr(MemorySegment out, long at, Attributes attributes) {
        Instant atime = attributes.atime();
        Instant mtime = attributes.mtime();
        Instant ctime = attributes.ctime();
        out.set(U64, at, attributes.ino());
        out.set(U64, at + 8, attributes.size());
        out.set(U64, at + 16, attributes.blocks());
        out.set(U64, at + 24, atime.getEpochSecond());
        out.set(U64, at + 32, mtime.getEpochSecond());
        out.set(U64, at + 40, ctime.getEpochSecond());
        out.set(U32, at + 48, atime.getNano());
        out.set(U32, at + 52, mtime.getNano());
        out.set(U32, at + 56, ctime.getNano());
        out.set(U32, at + 60, attributes.mode());
        out.set(U32, at + 64, attributes.nlink());
        out.set(U32, at + 68, attributes.uid());
        out.set(U32, at + 72, attributes.gid());
        out.set(U32, at + 76, 0);
        out.set(U32, at + 80, BLOCK_SIZE);
        out.set(U32, at + 84, 0);
    }

    /** Writes {@code fuse_open_out}. */
    static void putOpen(MemorySegment out, long at, OpenResult open) {
        out.set(U64, at, open.handle());
        out.set(U32, at + 8, (open.directIo() ? FOPEN_DIRECT_IO : 0) | (open.keepCache() ? FOPEN_KEEP_CACHE : 0));
        out.set(U32, at + 12, 0);
    }

    /** Writes {@code fuse_statfs_out}. */
    static void putStatfs(MemorySegment out, long at, FsStatistics statistics) {
        out.asSlice(at, STATFS_OUT_SIZE).fill((byte) 0);
        out.set(U64, at, statistics.blocks());
        out.set(U64, at + 8, statistics.blocksFree());
        out.set(U64, at + 16, statistics.blocksFree());
        out.set(U64, at + 24, statistics.files());
        out.set(U64, at + 32, statistics.filesFree());
        out.set(U32, at + 40, statistics.blockSize());
        out.set(U32, at + 44, statistics.nameMax());
        out.set(U32, at + 48, statistics.blockSize());
    }

    /** Writes {@code fuse_dirent} with its name and padding. */
    static void putDirent(MemorySegment out, long at, long ino, long nextCookie, int typeBits, byte[] name) {
        out.set(U64, at, ino);
        out.set(U64, at + 8, nextCookie);
        out.set(U32, at + 16, name.length);
        out.set(U32, at + 20, typeBits >>> 12);
        MemorySegment.copy(name, 0, out, ValueLayout.JAVA_BYTE, at + DIRENT_HEADER, name.length);
        int padded = direntSize(name.length);
        for (int i = DIRENT_HEADER + name.length; i < padded; i++) {
            out.set(ValueLayout.JAVA_BYTE, at + i, (byte) 0);
        }
    }

    /** Bytes of a {@code fuse_dirent} with a name of {@code nameLength} bytes, padded to 8. */
    static int direntSize(int nameLength) {
        return (DIRENT_HEADER + nameLength + 7) & -8;
    }

    private static int nanosOf(long millis) {
        return (int) (millis % 1000) * 1_000_000;
    }
}
