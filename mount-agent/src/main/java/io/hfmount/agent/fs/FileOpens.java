package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CreateResult;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.OpenResult;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opening, creating and closing files (mount-semantics §2.4, §2.5, §2.8, §2.12). Thread-safe. */
final class FileOpens {
    private final InodeTable table;
    private final HandleTable handles;
    private final Directories directories;
    private final StagedContent staged;
    private final StagingArea area;
    private final NegativeCache negative;
    private final Orphans orphans;
    private final FlushSignals signals;

    FileOpens(
            InodeTable table,
            HandleTable handles,
            Directories directories,
            StagedContent staged,
            StagingArea area,
            NegativeCache negative,
            Orphans orphans,
            FlushSignals signals) {
        this.table = table;
        this.handles = handles;
        this.directories = directories;
        this.staged = staged;
        this.area = area;
        this.negative = negative;
        this.orphans = orphans;
        this.signals = signals;
    }

    OpenResult open(long ino, OpenFlags flags) throws FsException {
        Inode inode = table.read(() -> openable(ino));
        if (!flags.write() && !flags.truncate()) {
            // only atomics and pagesVersion change: the exclusive lock keeps eviction out and costs little
            return table.write(() -> {
                if (table.find(ino) != inode) {
                    throw new FsException(Errno.ENOENT, "inode " + ino + " is gone");
                }
                return newHandle(inode, flags, false);
            });
        }
        if (table.settings().readOnly()) {
            throw new FsException(Errno.EROFS, "the mount is read-only");
        }
        inode.staging.lock();
        try {
            if (flags.truncate()) {
                return staged.withEmpty(inode, () -> {
                    Instant now = table.now();
                    inode.size = 0;
                    inode.touch(now);
                    table.markDirty(inode, now);
                    return newHandle(inode, flags, true);
                });
            }
            return staged.withCurrent(inode, () -> newHandle(inode, flags, false));
        } finally {
            inode.staging.unlock();
        }
    }

    private Inode openable(long ino) throws FsException {
        Inode inode = table.get(ino);
        if (inode.isDirectory()) {
            throw new FsException(Errno.EISDIR, "inode " + ino + " is a directory");
        }
        if (!inode.isFile()) {
            throw new FsException(Errno.EINVAL, "inode " + ino + " is no file");
        }
        return inode;
    }

    /** Table write lock held. {@code changed}: the opening itself made or emptied the file. */
    private OpenResult newHandle(Inode inode, OpenFlags flags, boolean changed) {
        boolean writable = flags.write();
        boolean live = writable || inode.isDirty();
        FileHandle handle = new FileHandle(inode, flags.read(), writable, writable || changed, live);
        inode.openHandles.incrementAndGet();
        if (writable) {
            inode.writeHandles.incrementAndGet();
        }
        long number = handles.add(handle);
        boolean direct = table.settings().directIo() || olderReaders(inode);
        boolean keep = !direct && inode.pagesVersion == inode.remoteVersion;
        if (!direct) {
            inode.pagesVersion = inode.remoteVersion;
        }
        return new OpenResult(number, direct, keep);
    }

    /** Whether readers bound to an older remote version fill the page cache (H-87). */
    private static boolean olderReaders(Inode inode) {
        return inode.openHandles.get() > 1 && inode.pagesVersion != inode.remoteVersion;
    }

    CreateResult create(long parent, String name, int permissions, OpenFlags flags, Caller caller) throws FsException {
        return make(parent, name, permissions, caller, inode -> {
            OpenResult open = newHandle(inode, flags, true);
            return new CreateResult(inode.attributes(), open);
        });
    }

    Attributes mknod(long parent, String name, int permissions, Caller caller) throws FsException {
        Made made = make(parent, name, permissions, caller, inode -> new Made(inode.ino, inode.attributes()));
        signals.dirty(made.ino());
        return made.attributes();
    }

    private record Made(long ino, Attributes attributes) {}

    private <T> T make(long parentIno, String name, int permissions, Caller caller, Function<Inode, T> answer)
            throws FsException {
        if (table.settings().readOnly()) {
            throw new FsException(Errno.EROFS, "the mount is read-only");
        }
        Names.checkNew(name, table.settings());
        return directories.pinned(() -> makePinned(parentIno, name, permissions, caller, answer), parentIno);
    }

    private <T> T makePinned(long parentIno, String name, int permissions, Caller caller, Function<Inode, T> answer)
            throws FsException {
        StagingFile file;
        try {
            file = area.create();
        } catch (IOException e) {
            throw DiskErrors.toFs(e, "cannot create a staging file");
        }
        boolean done = false;
        try {
            T result = table.write(() -> {
                Inode parent = table.directory(parentIno);
                if (parent.entries().containsKey(name)) {
                    throw new FsException(Errno.EEXIST, "'" + name + "' exists");
                }
                Instant now = table.now();
                String path = table.childPath(parent, name);
                HubState hub = table.deletes().cancel(path);
                Inode inode = table.insert(parent, name, FileKind.FILE);
                inode.permissions = permissions & 07777;
                inode.uid = caller.uid();
                inode.gid = caller.gid();
                inode.hubState = hub;
                inode.stagingFile = file;
                table.markDirty(inode, now);
                inode.changeSequence = table.tick();
                inode.nlookup.incrementAndGet();
                parent.keptLocally = true;
                parent.touch(now);
                negative.remove(path);
                return answer.apply(inode);
            });
            done = true;
            return result;
        } finally {
            if (!done) {
                file.release();
            }
        }
    }

    /**
     * Reports an error of an earlier background flush, once per handle (§3.9). Who only read has read what is there: a
     * close that failed would make every program that reads the file fail (§2.8).
     */
    void flush(long number) throws FsException {
        FileHandle handle = handles.file(number);
        if (handle.publishes) {
            reportError(handle);
        }
    }

    private void reportError(FileHandle handle) throws FsException {
        Inode inode = handle.inode;
        FsException error = table.<@Nullable FsException>reading(
                () -> inode.lastError != null && handle.advanceErrors(inode.errSeq) ? inode.lastError : null);
        if (error != null) {
            table.observer().errorSurfaced(error.errno());
            throw new FsException(error.errno(), "an earlier flush failed: " + error.getMessage(), error);
        }
    }

    /** Until a journal exists, durable means published. */
    void fsync(long number) throws FsException {
        FileHandle handle = handles.file(number);
        Inode inode = handle.inode;
        if (table.reading(() -> inode.isDirty() && inode.isLinked())) {
            try {
                signals.publishNow(inode.ino);
            } catch (FsException e) {
                handle.advanceErrors(table.reading(() -> inode.errSeq)); // this caller has been told, once
                throw e;
            }
        }
        reportError(handle);
    }

    /** Sends the queued deletes that may go (fsyncdir). */
    void drainDeletes() throws FsException {
        signals.drainDeletes();
    }

    void release(long number) {
        FileHandle handle = handles.removeFile(number);
        if (handle == null) {
            return;
        }
        handle.close();
        Inode inode = handle.inode;
        if (handle.publishes && table.reading(() -> inode.isDirty() && inode.isLinked())) {
            signals.dirty(inode.ino);
        }
        if (handle.writable) {
            writerGone(inode);
        } else {
            table.writing(inode.openHandles::decrementAndGet);
        }
        orphans.handleClosed(inode);
    }

    /** Under the io lock as well, so that no remote update comes between the last writer and the end of its episode. */
    private void writerGone(Inode inode) {
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
}
