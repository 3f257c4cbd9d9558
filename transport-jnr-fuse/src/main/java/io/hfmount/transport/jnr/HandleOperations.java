package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CreateResult;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.OpenResult;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.transport.jnr.OpenFiles.Open;
import io.hfmount.transport.jnr.PathNodes.Found;
import io.hfmount.transport.jnr.PathNodes.Node;
import io.hfmount.transport.jnr.PathNodes.Place;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import jnr.ffi.Pointer;

/**
 * The operations that make, use or end a handle. Each answers 0 or a count, or throws. They run on threads of libfuse,
 * one a request, so all of them may wait. Thread-safe.
 */
final class HandleOperations {
    private static final int PERMISSIONS = 07777;

    private final FileSystem fileSystem;
    private final PathNodes nodes;
    private final OpenFiles openFiles;
    private final DeferredUnlinks unlinks;
    private final Supplier<Caller> caller;

    HandleOperations(
            FileSystem fileSystem,
            PathNodes nodes,
            OpenFiles openFiles,
            DeferredUnlinks unlinks,
            Supplier<Caller> caller) {
        this.fileSystem = fileSystem;
        this.nodes = nodes;
        this.openFiles = openFiles;
        this.unlinks = unlinks;
        this.caller = caller;
    }

    int open(String path, Pointer fileInfo) throws FsException {
        unlinks.settle();
        Node node = nodes.pin(path);
        boolean opened = false;
        try {
            OpenFlags flags = OpenFlags.fromLinux(NativeStructs.openFlags(fileInfo));
            answer(fileInfo, node, fileSystem.open(node.ino(), flags, caller.get()), false);
            opened = true;
            return 0;
        } finally {
            if (!opened) {
                nodes.unpin(node);
            }
        }
    }

    int create(String path, long mode, Pointer fileInfo) throws FsException {
        unlinks.settle();
        OpenFlags flags = OpenFlags.fromLinux(NativeStructs.openFlags(fileInfo));
        Place place = nodes.parentOf(path);
        try {
            EntryName name = place.name();
            NameOperations.requireOrdinary(name);
            long drops = nodes.drops();
            CreateResult created;
            try {
                created = fileSystem.create(name.parent(), name.name(), (int) mode & PERMISSIONS, flags, caller.get());
            } catch (FsException e) {
                if (e.errno() != Errno.EEXIST || flags.exclusive()) {
                    throw e;
                }
                return openExisting(path, flags, fileInfo);
            }
            Node node = nodes.adopt(name, created.attributes().ino(), drops);
            answer(fileInfo, node, created.open(), false);
            return 0;
        } finally {
            nodes.unpin(place.directory());
        }
    }

    /**
     * The kernel sends CREATE after it saw no such name; when one has appeared since, an open without O_EXCL must open
     * it instead of failing.
     */
    private int openExisting(String path, OpenFlags flags, Pointer fileInfo) throws FsException {
        Found existing = nodes.pinFresh(path);
        boolean opened = false;
        try {
            if (existing.attributes().kind() == FileKind.DIRECTORY) {
                throw new FsException(Errno.EISDIR, "a directory has this name");
            }
            if (existing.attributes().kind() == FileKind.SYMLINK) {
                // Only the kernel can follow it: it looks the name up again and does.
                throw new FsException(Errno.ESTALE, "a symbolic link has this name");
            }
            long ino = existing.node().ino();
            answer(fileInfo, existing.node(), fileSystem.open(ino, flags, caller.get()), false);
            opened = true;
            return 0;
        } finally {
            if (!opened) {
                nodes.unpin(existing.node());
            }
        }
    }

    /** Takes over the pin of {@code node}. */
    private void answer(Pointer fileInfo, Node node, OpenResult opened, boolean directory) {
        long number = openFiles.add(new Open(node, opened.handle(), directory));
        NativeStructs.putHandle(fileInfo, number, opened);
    }

    int read(Pointer buffer, long size, long offset, Pointer fileInfo) throws FsException {
        Open open = file(fileInfo);
        MemorySegment target = NativeStructs.memory(buffer, size);
        int count = fileSystem.read(open.ino(), open.handle(), offset, target, Wait.ALLOWED);
        return checkedCount(count, size);
    }

    int write(Pointer buffer, long size, long offset, Pointer fileInfo) throws FsException {
        Open open = file(fileInfo);
        MemorySegment data = NativeStructs.memory(buffer, size).asReadOnly();
        int count = fileSystem.write(open.ino(), open.handle(), offset, data, Wait.ALLOWED);
        return checkedCount(count, size);
    }

    int flush(Pointer fileInfo) throws FsException {
        Open open = file(fileInfo);
        fileSystem.flush(open.ino(), open.handle(), caller.get());
        return 0;
    }

    int fsync(boolean dataOnly, Pointer fileInfo) throws FsException {
        Open open = file(fileInfo);
        fileSystem.fsync(open.ino(), open.handle(), dataOnly);
        return 0;
    }

    int release(Pointer fileInfo) {
        Open open = openFiles.remove(NativeStructs.handle(fileInfo));
        if (open != null) {
            close(open);
        }
        return 0;
    }

    private void close(Open open) {
        try {
            if (open.directory()) {
                fileSystem.releasedir(open.ino(), open.handle());
            } else {
                fileSystem.release(open.ino(), open.handle());
            }
        } finally {
            if (!open.directory() && !openFiles.isOpen(open.ino())) {
                nodes.unhide(open.ino());
            }
            nodes.unpin(open.node());
        }
    }

    /** The mount has ended: no handle will be released by the kernel any more. */
    void closeAll() {
        unlinks.settle();
        openFiles.removeAll().forEach(this::close);
    }

    int fgetattr(Pointer stat, Pointer fileInfo) throws FsException {
        Attributes attributes = fileSystem.getattr(file(fileInfo).ino());
        NativeStructs.putStat(stat, attributes);
        return 0;
    }

    int ftruncate(long size, Pointer fileInfo) throws FsException {
        if (size < 0) {
            throw new FsException(Errno.EINVAL, "negative size");
        }
        fileSystem.setattr(file(fileInfo).ino(), AttributeChange.ofSize(size));
        return 0;
    }

    int fallocate(int mode, long offset, long length, Pointer fileInfo) throws FsException {
        Open open = file(fileInfo);
        if (offset < 0 || length < 0) {
            throw new FsException(Errno.EINVAL, "negative range");
        }
        fileSystem.fallocate(open.ino(), open.handle(), mode, offset, length);
        return 0;
    }

    int opendir(String path, Pointer fileInfo) throws FsException {
        unlinks.settle();
        Node node = nodes.pin(path);
        boolean opened = false;
        try {
            answer(fileInfo, node, fileSystem.opendir(node.ino()), true);
            opened = true;
            return 0;
        } finally {
            if (!opened) {
                nodes.unpin(node);
            }
        }
    }

    int readdir(Pointer buffer, Pointer filler, long cookie, Pointer fileInfo) throws FsException {
        Open open = directory(fileInfo);
        try (DirectoryFiller entries = new DirectoryFiller(filler.address(), buffer.address())) {
            fileSystem.readdir(open.ino(), open.handle(), cookie, false, entries);
        }
        return 0;
    }

    int fsyncdir(Pointer fileInfo) throws FsException {
        unlinks.settle();
        Open open = directory(fileInfo);
        fileSystem.fsyncdir(open.ino(), open.handle());
        return 0;
    }

    int statfs(Pointer statvfs) {
        NativeStructs.putStatistics(statvfs, fileSystem.statfs());
        return 0;
    }

    private Open file(Pointer fileInfo) throws FsException {
        return openFiles.get(NativeStructs.handle(fileInfo), false);
    }

    private Open directory(Pointer fileInfo) throws FsException {
        return openFiles.get(NativeStructs.handle(fileInfo), true);
    }

    private static int checkedCount(int count, long size) throws FsException {
        if (count < 0 || count > size) {
            throw new FsException(Errno.EIO, "the file system counted " + count + " of " + size + " bytes");
        }
        return count;
    }
}
