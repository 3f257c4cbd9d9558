package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writing and sizing files (mount-semantics §2.7, §2.9, §2.10). Thread-safe. */
final class FileIo {
    private static final int FALLOC_KEEP_SIZE = 1;
    private static final int FALLOC_PUNCH_HOLE = 2;
    private static final int FALLOC_ZERO_RANGE = 16;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int ZEROS = 1 << 20;

    private final InodeTable table;
    private final HandleTable handles;
    private final StagedContent staged;
    private final FlushSignals signals;

    FileIo(InodeTable table, HandleTable handles, StagedContent staged, FlushSignals signals) {
        this.table = table;
        this.handles = handles;
        this.staged = staged;
        this.signals = signals;
    }

    int write(long number, long offset, MemorySegment data) throws FsException {
        FileHandle handle = writable(number);
        long length = data.byteSize();
        if (length == 0) {
            return 0; // H-16
        }
        if (offset < 0 || length > table.settings().maxFileSize() - offset) {
            throw new FsException(Errno.EFBIG, "past the largest file size");
        }
        Inode inode = handle.inode;
        inode.io.writeLock().lock();
        try {
            StagingFile file = stagingOf(inode);
            int written = file.write(offset, data.asByteBuffer());
            wrote(inode, file, offset, written);
            return written;
        } catch (IOException e) {
            throw DiskErrors.toFs(e, "writing staging");
        } finally {
            inode.io.writeLock().unlock();
        }
    }

    private FileHandle writable(long number) throws FsException {
        if (table.settings().readOnly()) {
            throw new FsException(Errno.EROFS, "the mount is read-only");
        }
        FileHandle handle = handles.file(number);
        if (!handle.writable) {
            throw new FsException(Errno.EBADF, "not open for writing");
        }
        return handle;
    }

    private StagingFile stagingOf(Inode inode) throws FsException {
        StagingFile file = inode.stagingFile;
        if (file == null) {
            throw new FsException(Errno.EIO, "the staging file of inode " + inode.ino + " is gone");
        }
        return file;
    }

    /** Records a change of what is there (H-11); io write lock held. */
    private void wrote(Inode inode, StagingFile file, long offset, long written) {
        table.writing(() -> {
            Instant now = table.now();
            EditState edit = inode.edit;
            if (edit != null) {
                inode.edit = edit.trackWrite(offset, written, inode.size);
            }
            inode.size = Math.max(inode.size, offset + written);
            inode.touch(now);
            table.markDirty(inode, now);
            return 0;
        });
        account(inode, file);
    }

    /** Local disk taken by a file with holes; io write lock held. */
    private static void account(Inode inode, StagingFile file) {
        EditState edit = inode.edit;
        assert inode.size <= file.length() : "E6: " + inode.size + " bytes in a staging file of " + file.length();
        file.occupies(edit == null ? file.length() : edit.coverage().bytes());
    }

    Attributes setattr(long ino, AttributeChange change) throws FsException {
        if (table.settings().readOnly()) {
            throw new FsException(Errno.EROFS, "the mount is read-only");
        }
        Long size = change.size();
        if (size != null) {
            resize(ino, size, false);
        }
        return table.write(() -> {
            Inode inode = table.get(ino);
            if (change.permissions() != null) {
                inode.permissions = change.permissions() & 07777;
            }
            if (change.uid() != null) {
                inode.uid = change.uid();
            }
            if (change.gid() != null) {
                inode.gid = change.gid();
            }
            if (change.atime() != null) {
                inode.atime = change.atime();
            }
            if (change.mtime() != null) {
                inode.mtime = change.mtime();
                inode.timeIsOwn |= !inode.isDirty();
            }
            inode.ctime = table.now();
            return inode.attributes();
        });
    }

    /** {@code growOnly}: writers may have gone past {@code size} meanwhile, and nothing of theirs is cut off. */
    private void resize(long ino, long size, boolean growOnly) throws FsException {
        Inode inode = table.read(() -> {
            Inode found = table.get(ino);
            if (found.isDirectory()) {
                throw new FsException(Errno.EISDIR, "a directory has no size to set");
            }
            if (!found.isFile()) {
                throw new FsException(Errno.EINVAL, "only files have a size to set");
            }
            return found;
        });
        if (size < 0 || size > table.settings().maxFileSize()) {
            throw new FsException(size < 0 ? Errno.EINVAL : Errno.EFBIG, "not a file size: " + size);
        }
        inode.staging.lock();
        try {
            if (table.reading(() -> !inode.isDirty() && inode.size == size)) {
                return; // H-13: no size work, the other attributes are still applied
            }
            if (size == 0) {
                staged.withEmpty(inode, () -> {
                    resized(inode, 0);
                    return 0;
                });
            } else {
                staged.withCurrent(inode, () -> freeze(inode));
                try {
                    setLength(inode, size, growOnly);
                } finally {
                    thaw(inode);
                }
            }
        } finally {
            inode.staging.unlock();
        }
        if (table.reading(() -> inode.isLinked())) {
            signals.dirty(ino);
        }
    }

    /** Keeps remote updates away between the look at the base and the change, as an open writer does (§4.6). */
    private static Inode freeze(Inode inode) {
        inode.openHandles.incrementAndGet();
        inode.writeHandles.incrementAndGet();
        return inode;
    }

    private void thaw(Inode inode) {
        StagingFile surplus;
        inode.io.writeLock().lock();
        try {
            surplus = table.<@Nullable StagingFile>writing(() -> {
                inode.writeHandles.decrementAndGet();
                inode.openHandles.decrementAndGet();
                return EditEpisodes.endIfOver(inode);
            });
        } finally {
            inode.io.writeLock().unlock();
        }
        if (surplus != null) {
            surplus.release();
        }
    }

    private void setLength(Inode inode, long size, boolean growOnly) throws FsException {
        inode.io.writeLock().lock();
        try {
            if (growOnly && table.reading(() -> inode.size >= size)) {
                return;
            }
            StagingFile file = stagingOf(inode);
            file.truncate(size);
            table.writing(() -> {
                EditState edit = inode.edit;
                if (edit != null) {
                    inode.edit = edit.resize(inode.size, size);
                }
                resized(inode, size);
                return 0;
            });
            account(inode, file);
        } catch (IOException e) {
            throw DiskErrors.toFs(e, "truncating staging");
        } finally {
            inode.io.writeLock().unlock();
        }
    }

    private void resized(Inode inode, long size) {
        Instant now = table.now();
        inode.size = size;
        inode.touch(now);
        table.markDirty(inode, now);
    }

    void fallocate(long number, int mode, long offset, long length) throws FsException {
        FileHandle handle = writable(number);
        if (offset < 0 || length <= 0) {
            throw new FsException(Errno.EINVAL, "not a range");
        }
        if (length > table.settings().maxFileSize() - offset) {
            throw new FsException(Errno.EFBIG, "past the largest file size");
        }
        Inode inode = handle.inode;
        boolean keepSize = (mode & FALLOC_KEEP_SIZE) != 0;
        switch (mode & ~FALLOC_KEEP_SIZE) {
            case 0 -> {
                if (!keepSize && table.reading(() -> inode.size < offset + length)) {
                    resize(inode.ino, offset + length, true);
                }
            }
            case FALLOC_PUNCH_HOLE -> {
                if (!keepSize) {
                    throw new FsException(Errno.EOPNOTSUPP, "punching a hole keeps the size");
                }
                zero(inode, offset, length);
            }
            case FALLOC_ZERO_RANGE -> {
                if (!keepSize && table.reading(() -> inode.size < offset + length)) {
                    resize(inode.ino, offset + length, true);
                }
                zero(inode, offset, length);
            }
            default -> throw new FsException(Errno.EOPNOTSUPP, "this way of fallocate is not supported");
        }
    }

    private void zero(Inode inode, long offset, long length) throws FsException {
        ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS, length));
        long end = offset + length;
        long at = offset;
        while (at < end) {
            inode.io.writeLock().lock();
            try {
                long start = at;
                long cut = Math.min(Math.min(end, table.reading(() -> inode.size)), start + zeros.capacity());
                if (cut <= start) {
                    return;
                }
                zeros.clear().limit((int) (cut - start));
                StagingFile file = stagingOf(inode);
                int written = file.write(start, zeros);
                wrote(inode, file, start, written);
                at += written;
            } catch (IOException e) {
                throw DiskErrors.toFs(e, "zeroing staging");
            } finally {
                inode.io.writeLock().unlock();
            }
        }
    }

    /** Every file is dense: staging holes are not file holes (§1.6 S8, §2.22). */
    long lseek(long number, long offset, int whence) throws FsException {
        Inode inode = handles.file(number).inode;
        long size = table.reading(() -> inode.size);
        if (offset < 0 || offset >= size) {
            throw new FsException(Errno.ENXIO, "past the end");
        }
        return switch (whence) {
            case SEEK_DATA -> offset;
            case SEEK_HOLE -> size;
            default -> throw new FsException(Errno.EINVAL, "unknown whence " + whence);
        };
    }
}
