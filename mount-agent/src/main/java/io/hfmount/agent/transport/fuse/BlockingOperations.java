package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.fuse.SlowRequest.Interruption;
import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CopyRange;
import io.hfmount.agent.vfs.CreateResult;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.OpenResult;
import io.hfmount.agent.vfs.Wait;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Operations that may wait and so always leave the reader thread: each method parses the request, on the reader, into an
 * operation that runs later. Bodies: fuse-transports §6.4. Thread-safe.
 */
final class BlockingOperations {
    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int PERMISSIONS = 07777;
    private static final int RENAME_NOREPLACE = 1;
    private static final int RENAME_EXCHANGE = 2;
    private static final int FSYNC_DATA_ONLY = 1;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int SYMLINK_MAX = 4095;
    private static final long MAX_COUNT = (1L << 32) - 1;

    private final FileSystem fileSystem;
    private final SlowRequests slow;
    private final int maxPayload;

    BlockingOperations(FileSystem fileSystem, SlowRequests slow, int maxPayload) {
        this.fileSystem = fileSystem;
        this.slow = slow;
        this.maxPayload = maxPayload;
    }

    /** Parses and hands over; an operation this protocol version does not serve is answered ENOSYS. */
    void submit(int opcode, Request request, Reply reply) throws FsException {
        switch (opcode) {
            case Opcode.SETATTR -> setattr(request, reply);
            case Opcode.SYMLINK -> symlink(request, reply);
            case Opcode.MKNOD -> mknod(request, reply);
            case Opcode.MKDIR -> mkdir(request, reply);
            case Opcode.LINK -> link(request, reply);
            case Opcode.UNLINK -> {
                long parent = request.nodeId();
                String name = request.name(0);
                later(request, reply, 0, done(() -> fileSystem.unlink(parent, name)));
            }
            case Opcode.RMDIR -> {
                long parent = request.nodeId();
                String name = request.name(0);
                later(request, reply, 0, done(() -> fileSystem.rmdir(parent, name)));
            }
            case Opcode.RENAME -> rename(request, reply, 0, 8);
            case Opcode.RENAME2 -> rename(request, reply, request.u32(8), 16);
            case Opcode.OPEN -> open(request, reply);
            case Opcode.CREATE -> create(request, reply);
            case Opcode.FLUSH -> {
                long ino = request.nodeId();
                long handle = request.u64(0);
                Caller caller = request.caller();
                submit(
                        request,
                        reply,
                        SlowRequest.NO_HANDLE,
                        0,
                        Interruption.NEVER,
                        done(() -> fileSystem.flush(ino, handle, caller)));
            }
            case Opcode.RELEASE -> {
                long ino = request.nodeId();
                long handle = request.u64(0);
                submit(request, reply, SlowRequest.NO_HANDLE, 0, Interruption.NEVER, done(() -> {
                    slow.awaitUnused(handle);
                    fileSystem.release(ino, handle);
                }));
            }
            case Opcode.FSYNC -> {
                long ino = request.nodeId();
                long handle = request.u64(0);
                boolean dataOnly = (request.u32(8) & FSYNC_DATA_ONLY) != 0;
                // A caller that was told EINTR does not take its data for durable.
                submit(
                        request,
                        reply,
                        handle,
                        0,
                        Interruption.ANY_TIME,
                        done(() -> fileSystem.fsync(ino, handle, dataOnly)));
            }
            case Opcode.OPENDIR -> opendir(request, reply);
            case Opcode.READDIR -> readdir(request, reply, false);
            case Opcode.READDIRPLUS -> readdir(request, reply, true);
            case Opcode.FSYNCDIR -> {
                long ino = request.nodeId();
                long handle = request.u64(0);
                later(request, reply, 0, done(() -> fileSystem.fsyncdir(ino, handle)));
            }
            case Opcode.FALLOCATE -> fallocate(request, reply);
            case Opcode.LSEEK -> lseek(request, reply);
            case Opcode.COPY_FILE_RANGE -> copyFileRange(request, reply, MAX_COUNT);
            case Opcode.COPY_FILE_RANGE_64 -> copyFileRange(request, reply, Long.MAX_VALUE);
            default -> reply.fail(Errno.ENOSYS);
        }
    }

    private void setattr(Request request, Reply reply) throws FsException {
        long ino = request.nodeId();
        AttributeChange change = AttributeChanges.decode(request);
        later(request, reply, Wire.ATTR_OUT_SIZE, late -> {
            Attributes attributes = fileSystem.setattr(ino, change);
            Wire.putAttrOut(late.payload(Wire.ATTR_OUT_SIZE), 0, attributes, fileSystem.metadataTtlMillis());
            late.send(Wire.ATTR_OUT_SIZE);
        });
    }

    private void symlink(Request request, Reply reply) throws FsException {
        long parent = request.nodeId();
        String name = request.name(0);
        int targetAt = request.behindText(0);
        int targetBytes = request.behindText(targetAt) - targetAt - 1;
        String target = request.text(targetAt);
        if (targetBytes > SYMLINK_MAX) {
            throw new FsException(Errno.ENAMETOOLONG, "link target of " + targetBytes + " bytes");
        }
        Caller caller = request.caller();
        laterEntry(request, reply, () -> fileSystem.symlink(parent, name, target, caller));
    }

    private void mknod(Request request, Reply reply) throws FsException {
        long parent = request.nodeId();
        int mode = request.u32(0);
        String name = request.name(16);
        if ((mode & S_IFMT) != S_IFREG && (mode & S_IFMT) != 0) {
            throw new FsException(Errno.EPERM, "only regular files can be made");
        }
        Caller caller = request.caller();
        laterEntry(request, reply, () -> fileSystem.mknod(parent, name, mode & PERMISSIONS, caller));
    }

    private void mkdir(Request request, Reply reply) throws FsException {
        long parent = request.nodeId();
        int mode = request.u32(0);
        String name = request.name(8);
        Caller caller = request.caller();
        laterEntry(request, reply, () -> fileSystem.mkdir(parent, name, mode & PERMISSIONS, caller));
    }

    private void link(Request request, Reply reply) throws FsException {
        long newParent = request.nodeId();
        long ino = request.u64(0);
        String name = request.name(8);
        laterEntry(request, reply, () -> fileSystem.link(ino, newParent, name));
    }

    private void rename(Request request, Reply reply, int flags, int namesAt) throws FsException {
        long parent = request.nodeId();
        long newParent = request.u64(0);
        String name = request.name(namesAt);
        String newName = request.name(request.behindText(namesAt));
        boolean noReplace = (flags & RENAME_NOREPLACE) != 0;
        boolean exchange = (flags & RENAME_EXCHANGE) != 0;
        if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 || (noReplace && exchange)) {
            throw new FsException(Errno.EINVAL, "rename flags " + flags);
        }
        later(request, reply, 0, done(() -> fileSystem.rename(parent, name, newParent, newName, noReplace, exchange)));
    }

    private void open(Request request, Reply reply) throws FsException {
        long ino = request.nodeId();
        OpenFlags flags = OpenFlags.fromLinux(request.u32(0));
        Caller caller = request.caller();
        // An open that truncates has an effect that a caller told EINTR would not expect.
        Interruption interruption = flags.truncate() ? Interruption.WHILE_QUEUED : Interruption.ANY_TIME;
        submit(request, reply, SlowRequest.NO_HANDLE, Wire.OPEN_OUT_SIZE, interruption, late -> {
            OpenResult opened = fileSystem.open(ino, flags, caller);
            Wire.putOpen(late.payload(Wire.OPEN_OUT_SIZE), 0, opened);
            if (!late.send(Wire.OPEN_OUT_SIZE)) {
                fileSystem.release(ino, opened.handle());
            }
        });
    }

    private void create(Request request, Reply reply) throws FsException {
        long parent = request.nodeId();
        OpenFlags flags = OpenFlags.fromLinux(request.u32(0));
        int permissions = request.u32(4) & PERMISSIONS;
        String name = request.name(16);
        Caller caller = request.caller();
        int size = Wire.ENTRY_OUT_SIZE + Wire.OPEN_OUT_SIZE;
        later(request, reply, size, late -> {
            CreateResult created = createOrOpen(parent, name, permissions, flags, caller);
            MemorySegment out = late.payload(size);
            Wire.putEntry(out, 0, created.attributes(), fileSystem.metadataTtlMillis());
            Wire.putOpen(out, Wire.ENTRY_OUT_SIZE, created.open());
            if (!late.send(size)) {
                fileSystem.release(created.attributes().ino(), created.open().handle());
                fileSystem.forget(created.attributes().ino(), 1);
            }
        });
    }

    /**
     * The kernel sends CREATE after it saw no such name; when one has appeared since, an open without O_EXCL must open
     * it instead of failing.
     */
    private CreateResult createOrOpen(long parent, String name, int permissions, OpenFlags flags, Caller caller)
            throws FsException {
        try {
            return fileSystem.create(parent, name, permissions, flags, caller);
        } catch (FsException e) {
            if (e.errno() != Errno.EEXIST || flags.exclusive()) {
                throw e;
            }
        }
        Attributes existing = fileSystem.lookup(parent, name, Wait.ALLOWED);
        boolean opened = false;
        try {
            if (existing.kind() == FileKind.DIRECTORY) {
                throw new FsException(Errno.EISDIR, "a directory has this name");
            }
            if (existing.kind() == FileKind.SYMLINK) {
                // Only the kernel can follow it: it looks the name up again and does.
                throw new FsException(Errno.ESTALE, "a symbolic link has this name");
            }
            OpenResult open = fileSystem.open(existing.ino(), flags, caller);
            opened = true;
            return new CreateResult(fileSystem.getattr(existing.ino()), open);
        } finally {
            if (!opened) {
                fileSystem.forget(existing.ino(), 1);
            }
        }
    }

    private void opendir(Request request, Reply reply) throws FsException {
        long ino = request.nodeId();
        later(request, reply, Wire.OPEN_OUT_SIZE, late -> {
            OpenResult opened = fileSystem.opendir(ino);
            Wire.putOpen(late.payload(Wire.OPEN_OUT_SIZE), 0, opened);
            if (!late.send(Wire.OPEN_OUT_SIZE)) {
                fileSystem.releasedir(ino, opened.handle());
            }
        });
    }

    private void readdir(Request request, Reply reply, boolean plus) throws FsException {
        long ino = request.nodeId();
        long handle = request.u64(0);
        long cookie = request.u64(8);
        int size = request.u32(16);
        if (size < 0 || size > maxPayload) {
            throw new FsException(Errno.EINVAL, "directory read of " + Integer.toUnsignedLong(size) + " bytes");
        }
        later(request, reply, size, late -> {
            DirectoryReply entries = new DirectoryReply(late.payload(size), plus, fileSystem.metadataTtlMillis());
            boolean delivered = false;
            try {
                fileSystem.readdir(ino, handle, cookie, plus, entries);
                if (entries.tooSmall()) {
                    throw new FsException(Errno.EINVAL, "no entry fits into " + size + " bytes");
                }
                delivered = late.send(entries.used());
            } finally {
                if (!delivered) {
                    entries.undo(fileSystem);
                }
            }
        });
    }

    private void fallocate(Request request, Reply reply) throws FsException {
        long ino = request.nodeId();
        long handle = request.u64(0);
        long offset = request.position(8);
        long length = request.position(16);
        int mode = request.u32(24);
        later(request, reply, 0, done(() -> fileSystem.fallocate(ino, handle, mode, offset, length)));
    }

    private void lseek(Request request, Reply reply) throws FsException {
        long ino = request.nodeId();
        long handle = request.u64(0);
        long offset = request.position(8);
        int whence = request.u32(16);
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw new FsException(Errno.EINVAL, "seek of kind " + whence);
        }
        later(request, reply, 8, late -> {
            long found = fileSystem.lseek(ino, handle, offset, whence);
            late.payload(8).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, found);
            late.send(8);
        });
    }

    /**
     * Handle, offset and length of both forms of the request are the same; the older one's answer counts in 32 bits, so
     * what is longer is left to the kernel, which copies it in pieces.
     */
    private void copyFileRange(Request request, Reply reply, long most) throws FsException {
        CopyRange range = new CopyRange(
                request.u64(0), request.position(8), request.u64(24), request.position(32), request.position(40));
        if (request.u64(48) != 0) {
            throw new FsException(Errno.EINVAL, "copy_file_range with flags " + request.u64(48));
        }
        if (range.length() > most) {
            throw new FsException(Errno.EOPNOTSUPP, "more than the answer can count");
        }
        later(request, reply, 8, late -> {
            // the upper half is the padding of the older answer
            late.payload(8).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, fileSystem.copyFileRange(range));
            late.send(8);
        });
    }

    @FunctionalInterface
    private interface Effect {
        void run() throws FsException;
    }

    @FunctionalInterface
    private interface EntryMaker {
        Attributes make() throws FsException;
    }

    private static SlowRequest.Operation done(Effect effect) {
        return reply -> {
            effect.run();
            reply.send(0);
        };
    }

    private void laterEntry(Request request, Reply reply, EntryMaker maker) {
        later(request, reply, Wire.ENTRY_OUT_SIZE, late -> Dispatcher.sendEntry(fileSystem, late, maker.make()));
    }

    private void later(Request request, Reply reply, int replyBytes, SlowRequest.Operation operation) {
        submit(request, reply, SlowRequest.NO_HANDLE, replyBytes, Interruption.WHILE_QUEUED, operation);
    }

    private void submit(
            Request request,
            Reply reply,
            long handle,
            int replyBytes,
            Interruption interruption,
            SlowRequest.Operation operation) {
        slow.submit(
                SlowRequests.Group.NAMESPACE,
                new SlowRequest(request, reply.channel(), handle, replyBytes, interruption, operation));
        reply.handOver();
    }
}
