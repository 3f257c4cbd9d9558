package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.FsStatistics;
import io.hfmount.agent.vfs.OpenResult;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.DateTimeException;
import java.time.Instant;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import org.jspecify.annotations.Nullable;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.FuseFileInfo;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * C structures of libfuse 2 on 64-bit Linux, read and written in place. Offsets come from jnr-fuse's definitions, which
 * know the machine; those it declares as padding are fuse-transports §4.1.
 */
final class NativeStructs {
    private static final FileStat STAT = new FileStat(Runtime.getSystemRuntime());
    private static final FuseFileInfo FILE_INFO = new FileInfo();
    private static final Statvfs STATVFS = new Statvfs(Runtime.getSystemRuntime());

    /** Size of {@code struct stat}. */
    static final int STAT_SIZE = Struct.size(STAT);

    static final int FILE_INFO_SIZE = 40;
    private static final int STATVFS_SIZE = Struct.size(STATVFS);
    private static final int TIMESPEC_SIZE = 16;

    /** x86-64 has a long link count before the mode, AArch64 an int behind it. */
    private static final boolean LONG_NLINK = STAT.st_nlink.offset() < STAT.st_mode.offset();

    private static final long OPEN_BITS = 20;
    private static final byte DIRECT_IO = 1;
    private static final byte KEEP_CACHE = 2;

    private static final int UTIME_NOW = (1 << 30) - 1;
    private static final int UTIME_OMIT = (1 << 30) - 2;
    private static final int NANOS_PER_SECOND = 1_000_000_000;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** Only for the offsets. */
    private static final class FileInfo extends FuseFileInfo {
        FileInfo() {
            super(Runtime.getSystemRuntime());
        }
    }

    private NativeStructs() {}

    /** The native memory behind a pointer; valid during the callback only. */
    static MemorySegment memory(Pointer pointer, long size) {
        return MemorySegment.ofAddress(pointer.address()).reinterpret(size);
    }

    /** Fills a {@code struct stat} that libfuse has zeroed. */
    static void putStat(Pointer stat, Attributes attributes) {
        MemorySegment out = memory(stat, STAT_SIZE);
        putEntry(out, attributes.ino(), attributes.mode());
        if (LONG_NLINK) {
            out.set(LONG, STAT.st_nlink.offset(), attributes.nlink());
        } else {
            out.set(INT, STAT.st_nlink.offset(), attributes.nlink());
        }
        out.set(INT, STAT.st_uid.offset(), attributes.uid());
        out.set(INT, STAT.st_gid.offset(), attributes.gid());
        out.set(LONG, STAT.st_size.offset(), attributes.size());
        out.set(LONG, STAT.st_blocks.offset(), attributes.blocks());
        putTime(out, STAT.st_atim.tv_sec.offset(), attributes.atime());
        putTime(out, STAT.st_mtim.tv_sec.offset(), attributes.mtime());
        putTime(out, STAT.st_ctim.tv_sec.offset(), attributes.ctime());
    }

    /** Fills what a directory entry shows. */
    static void putEntry(MemorySegment stat, long ino, FileKind kind) {
        putEntry(stat, ino, kind.typeBits());
    }

    private static void putEntry(MemorySegment stat, long ino, int mode) {
        stat.set(LONG, STAT.st_ino.offset(), ino);
        stat.set(INT, STAT.st_mode.offset(), mode);
    }

    private static void putTime(MemorySegment out, long at, Instant time) {
        out.set(LONG, at, time.getEpochSecond());
        out.set(LONG, at + 8, time.getNano());
    }

    /** Fills a {@code struct statvfs}. */
    static void putStatistics(Pointer statvfs, FsStatistics statistics) {
        MemorySegment out = memory(statvfs, STATVFS_SIZE);
        out.set(LONG, STATVFS.f_bsize.offset(), statistics.blockSize());
        out.set(LONG, STATVFS.f_frsize.offset(), statistics.blockSize());
        out.set(LONG, STATVFS.f_blocks.offset(), statistics.blocks());
        out.set(LONG, STATVFS.f_bfree.offset(), statistics.blocksFree());
        out.set(LONG, STATVFS.f_bavail.offset(), statistics.blocksFree());
        out.set(LONG, STATVFS.f_files.offset(), statistics.files());
        out.set(LONG, STATVFS.f_ffree.offset(), statistics.filesFree());
        out.set(LONG, STATVFS.f_favail.offset(), statistics.filesFree());
        out.set(LONG, STATVFS.f_namemax.offset(), statistics.nameMax());
    }

    /** The flags of open(2). */
    static int openFlags(Pointer fileInfo) {
        return memory(fileInfo, FILE_INFO_SIZE).get(INT, FILE_INFO.flags.offset());
    }

    /** Our number of the handle. */
    static long handle(Pointer fileInfo) {
        return memory(fileInfo, FILE_INFO_SIZE).get(LONG, FILE_INFO.fh.offset());
    }

    /** Answers an open: our number, and how the kernel may cache. */
    static void putHandle(Pointer fileInfo, long number, OpenResult opened) {
        MemorySegment out = memory(fileInfo, FILE_INFO_SIZE);
        out.set(LONG, FILE_INFO.fh.offset(), number);
        byte bits = out.get(ValueLayout.JAVA_BYTE, OPEN_BITS);
        bits |= opened.directIo() ? DIRECT_IO : 0;
        bits |= opened.keepCache() ? KEEP_CACHE : 0;
        out.set(ValueLayout.JAVA_BYTE, OPEN_BITS, bits);
    }

    /**
     * One of the two times of utimensat(2).
     *
     * @param index 0 for access, 1 for modification
     * @return null for "leave"
     */
    static @Nullable Instant time(Pointer timespecs, int index, Instant now) throws FsException {
        MemorySegment in = memory(timespecs, 2L * TIMESPEC_SIZE);
        long seconds = in.get(LONG, (long) index * TIMESPEC_SIZE);
        long nanos = in.get(LONG, (long) index * TIMESPEC_SIZE + 8);
        if (nanos == UTIME_OMIT) {
            return null;
        }
        if (nanos == UTIME_NOW) {
            return now;
        }
        if (nanos < 0 || nanos >= NANOS_PER_SECOND) {
            throw new FsException(Errno.EINVAL, "nanoseconds out of range");
        }
        try {
            return Instant.ofEpochSecond(seconds, nanos);
        } catch (DateTimeException e) {
            throw new FsException(Errno.EINVAL, "time out of range", e);
        }
    }
}
