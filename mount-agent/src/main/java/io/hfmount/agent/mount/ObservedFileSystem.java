package io.hfmount.agent.mount;

import io.hfmount.agent.MountObserver;
import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CopyRange;
import io.hfmount.agent.vfs.CreateResult;
import io.hfmount.agent.vfs.DirectorySink;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.FsStatistics;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.OpenResult;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import java.lang.foreign.MemorySegment;

/** Counts and times the operations of a file system. An attempt that would have to wait is not counted: it is repeated. */
final class ObservedFileSystem implements FileSystem {
    private static final String OK = "OK";

    private final FileSystem inner;
    private final MountObserver observer;

    ObservedFileSystem(FileSystem inner, MountObserver observer) {
        this.inner = inner;
        this.observer = observer;
    }

    @FunctionalInterface
    private interface Operation<T> {
        T run() throws FsException;
    }

    @FunctionalInterface
    private interface Action {
        void run() throws FsException;
    }

    private <T> T observed(String name, Operation<T> operation) throws FsException {
        long start = System.nanoTime();
        String errno = "BUG";
        try {
            T result = operation.run();
            errno = OK;
            return result;
        } catch (FsException e) {
            errno = e.errno().name();
            throw e;
        } catch (WouldBlockException e) {
            errno = "";
            throw e;
        } finally {
            if (!errno.isEmpty()) {
                observer.operation(name, errno, System.nanoTime() - start);
            }
        }
    }

    private void observedAction(String name, Action action) throws FsException {
        observed(name, () -> {
            action.run();
            return OK;
        });
    }

    @Override
    public Attributes lookup(long parent, String name, Wait wait) throws FsException {
        return observed("lookup", () -> inner.lookup(parent, name, wait));
    }

    @Override
    public void forget(long ino, long count) {
        inner.forget(ino, count);
    }

    @Override
    public Attributes getattr(long ino) throws FsException {
        return observed("getattr", () -> inner.getattr(ino));
    }

    @Override
    public Attributes setattr(long ino, AttributeChange change) throws FsException {
        return observed("setattr", () -> inner.setattr(ino, change));
    }

    @Override
    public String readlink(long ino) throws FsException {
        return observed("readlink", () -> inner.readlink(ino));
    }

    @Override
    public Attributes mkdir(long parent, String name, int permissions, Caller caller) throws FsException {
        return observed("mkdir", () -> inner.mkdir(parent, name, permissions, caller));
    }

    @Override
    public Attributes mknod(long parent, String name, int permissions, Caller caller) throws FsException {
        return observed("mknod", () -> inner.mknod(parent, name, permissions, caller));
    }

    @Override
    public Attributes symlink(long parent, String name, String target, Caller caller) throws FsException {
        return observed("symlink", () -> inner.symlink(parent, name, target, caller));
    }

    @Override
    public Attributes link(long ino, long newParent, String newName) throws FsException {
        return observed("link", () -> inner.link(ino, newParent, newName));
    }

    @Override
    public void unlink(long parent, String name) throws FsException {
        observedAction("unlink", () -> inner.unlink(parent, name));
    }

    @Override
    public void rmdir(long parent, String name) throws FsException {
        observedAction("rmdir", () -> inner.rmdir(parent, name));
    }

    @Override
    public void rename(long parent, String name, long newParent, String newName, boolean noReplace, boolean exchange)
            throws FsException {
        observedAction("rename", () -> inner.rename(parent, name, newParent, newName, noReplace, exchange));
    }

    @Override
    public OpenResult open(long ino, OpenFlags flags, Caller caller) throws FsException {
        return observed("open", () -> inner.open(ino, flags, caller));
    }

    @Override
    public CreateResult create(long parent, String name, int permissions, OpenFlags flags, Caller caller)
            throws FsException {
        return observed("create", () -> inner.create(parent, name, permissions, flags, caller));
    }

    @Override
    public int read(long ino, long handle, long offset, MemorySegment target, Wait wait) throws FsException {
        return observed("read", () -> inner.read(ino, handle, offset, target, wait));
    }

    @Override
    public int write(long ino, long handle, long offset, MemorySegment data, Wait wait) throws FsException {
        int written = observed("write", () -> inner.write(ino, handle, offset, data, wait));
        observer.bytesWritten(written);
        return written;
    }

    @Override
    public void flush(long ino, long handle, Caller caller) throws FsException {
        observedAction("flush", () -> inner.flush(ino, handle, caller));
    }

    @Override
    public void release(long ino, long handle) {
        inner.release(ino, handle);
    }

    @Override
    public void fsync(long ino, long handle, boolean dataOnly) throws FsException {
        observedAction("fsync", () -> inner.fsync(ino, handle, dataOnly));
    }

    @Override
    public OpenResult opendir(long ino) throws FsException {
        return observed("opendir", () -> inner.opendir(ino));
    }

    @Override
    public void readdir(long ino, long handle, long cookie, boolean plus, DirectorySink sink) throws FsException {
        observedAction("readdir", () -> inner.readdir(ino, handle, cookie, plus, sink));
    }

    @Override
    public void releasedir(long ino, long handle) {
        inner.releasedir(ino, handle);
    }

    @Override
    public void fsyncdir(long ino, long handle) throws FsException {
        observedAction("fsyncdir", () -> inner.fsyncdir(ino, handle));
    }

    @Override
    public FsStatistics statfs() {
        return inner.statfs();
    }

    @Override
    public void fallocate(long ino, long handle, int mode, long offset, long length) throws FsException {
        observedAction("fallocate", () -> inner.fallocate(ino, handle, mode, offset, length));
    }

    @Override
    public long lseek(long ino, long handle, long offset, int whence) throws FsException {
        return observed("lseek", () -> inner.lseek(ino, handle, offset, whence));
    }

    @Override
    public long copyFileRange(CopyRange range) throws FsException {
        return observed("copy_file_range", () -> inner.copyFileRange(range));
    }

    @Override
    public long metadataTtlMillis() {
        return inner.metadataTtlMillis();
    }
}
