package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one request on the reader thread that brought it: answers at once what need not wait, and hands the rest to
 * {@link SlowRequests}. Never throws and never leaves a request without an answer. Thread-safe.
 */
final class Dispatcher {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final int WRITE_HEADER = 40;
    private static final int WRITE_FROM_PAGE_CACHE = 1;

    private final FileSystem fileSystem;
    private final SlowRequests slow;
    private final BlockingOperations blocking;
    private final int maxPayload;

    Dispatcher(FileSystem fileSystem, SlowRequests slow, int maxPayload) {
        this.fileSystem = fileSystem;
        this.slow = slow;
        this.maxPayload = maxPayload;
        this.blocking = new BlockingOperations(fileSystem, slow, maxPayload);
    }

    /**
     * Serves the request in {@code request}'s buffer.
     *
     * @param bytes what the device delivered
     * @param reply the calling thread's reply
     */
    void dispatch(Request request, long bytes, Reply reply) {
        if (!request.frame(bytes)) {
            log.error("The kernel delivered {} bytes, less than a request header", bytes);
            return;
        }
        int opcode = request.opcode();
        reply.begin(request.unique());
        if (!Opcode.isAnswered(opcode)) {
            reply.handOver();
        }
        try {
            if (!request.isConsistent(bytes)) {
                throw new FsException(Errno.EIO, "the lengths in the request header contradict each other");
            }
            serve(opcode, request, reply);
        } catch (Throwable t) {
            Failures.answer(reply, opcode, t);
        }
        if (!reply.isAnswered()) {
            Failures.answer(reply, opcode, new IllegalStateException("the operation did not answer"));
        }
    }

    private void serve(int opcode, Request request, Reply reply) throws FsException {
        switch (opcode) {
            case Opcode.LOOKUP -> lookup(request, reply);
            case Opcode.READ -> read(request, reply);
            case Opcode.WRITE -> write(request, reply);
            case Opcode.GETATTR -> getattr(request, reply);
            case Opcode.FORGET -> fileSystem.forget(request.nodeId(), request.position(0));
            case Opcode.BATCH_FORGET -> batchForget(request);
            case Opcode.READLINK -> readlink(request, reply);
            case Opcode.STATFS -> {
                Wire.putStatfs(reply.payload(Wire.STATFS_OUT_SIZE), 0, fileSystem.statfs());
                reply.send(Wire.STATFS_OUT_SIZE);
            }
            case Opcode.RELEASEDIR -> {
                fileSystem.releasedir(request.nodeId(), request.u64(0));
                reply.send(0);
            }
            case Opcode.INTERRUPT -> slow.interrupt(request.u64(0), reply);
            case Opcode.NOTIFY_REPLY -> log.debug("Ignored the answer to a retrieval nobody asked for");
            case Opcode.DESTROY -> reply.send(0);
            case Opcode.IOCTL -> reply.fail(Errno.ENOTTY);
            // Not ENOSYS: the kernel would remember it for all files, and this one tells the caller more.
            case Opcode.TMPFILE -> reply.fail(Errno.EOPNOTSUPP);
            default -> blocking.submit(opcode, request, reply);
        }
    }

    private void lookup(Request request, Reply reply) throws FsException {
        long parent = request.nodeId();
        String name = request.name(0);
        Attributes found;
        try {
            found = fileSystem.lookup(parent, name, Wait.NEVER);
        } catch (WouldBlockException e) {
            slow.submit(
                    SlowRequests.Group.FETCH,
                    new SlowRequest(
                            request,
                            reply.channel(),
                            SlowRequest.NO_HANDLE,
                            Wire.ENTRY_OUT_SIZE,
                            SlowRequest.Interruption.ANY_TIME,
                            late -> sendEntry(fileSystem, late, fileSystem.lookup(parent, name, Wait.ALLOWED))));
            reply.handOver();
            return;
        }
        sendEntry(fileSystem, reply, found);
    }

    private void read(Request request, Reply reply) throws FsException {
        long ino = request.nodeId();
        long handle = request.u64(0);
        long offset = request.position(8);
        int size = request.u32(16);
        if (size < 0 || size > maxPayload) {
            throw new FsException(Errno.EINVAL, "read of " + Integer.toUnsignedLong(size) + " bytes");
        }
        int count;
        try {
            count = fileSystem.read(ino, handle, offset, reply.payload(size), Wait.NEVER);
        } catch (WouldBlockException e) {
            slow.submit(
                    SlowRequests.Group.FETCH,
                    new SlowRequest(
                            request,
                            reply.channel(),
                            handle,
                            size,
                            SlowRequest.Interruption.ANY_TIME,
                            late -> late.send(checkedCount(
                                    fileSystem.read(ino, handle, offset, late.payload(size), Wait.ALLOWED), size))));
            reply.handOver();
            return;
        }
        reply.send(checkedCount(count, size));
    }

    private void write(Request request, Reply reply) throws FsException {
        long ino = request.nodeId();
        long handle = request.u64(0);
        long offset = request.position(8);
        int size = request.u32(16);
        boolean fromPageCache = (request.u32(20) & WRITE_FROM_PAGE_CACHE) != 0;
        if (size < 0 || size > maxPayload) {
            throw new FsException(Errno.EINVAL, "write of " + Integer.toUnsignedLong(size) + " bytes");
        }
        MemorySegment data = request.slice(WRITE_HEADER, size);
        int count;
        try {
            count = fileSystem.write(ino, handle, offset, data, Wait.NEVER);
        } catch (WouldBlockException e) {
            PayloadBuffer held = slow.holdPayload(size, fromPageCache);
            MemorySegment.copy(data, 0, held.payload(size), 0, size);
            SlowRequest late = new SlowRequest(
                    request,
                    reply.channel(),
                    handle,
                    size,
                    SlowRequest.Interruption.WHILE_QUEUED,
                    answer -> sendWritten(
                            answer, fileSystem.write(ino, handle, offset, answer.payload(size), Wait.ALLOWED), size));
            late.buffer = held;
            slow.submit(SlowRequests.Group.WRITE, late);
            reply.handOver();
            return;
        }
        sendWritten(reply, count, size);
    }

    private void getattr(Request request, Reply reply) throws FsException {
        Attributes attributes = fileSystem.getattr(request.nodeId());
        Wire.putAttrOut(reply.payload(Wire.ATTR_OUT_SIZE), 0, attributes, fileSystem.metadataTtlMillis());
        reply.send(Wire.ATTR_OUT_SIZE);
    }

    private void readlink(Request request, Reply reply) throws FsException {
        byte[] target = fileSystem.readlink(request.nodeId()).getBytes(StandardCharsets.UTF_8);
        if (target.length > reply.capacity()) {
            throw new FsException(Errno.ENAMETOOLONG, "link target of " + target.length + " bytes");
        }
        MemorySegment.copy(target, 0, reply.payload(target.length), ValueLayout.JAVA_BYTE, 0, target.length);
        reply.send(target.length);
    }

    /** count u32, pad, count × (nodeid u64, nlookup u64). */
    private void batchForget(Request request) throws FsException {
        int count = request.u32(0);
        if (count < 0 || count > (request.bodyLength() - 8) / 16) {
            throw new FsException(Errno.EINVAL, "batch of " + Integer.toUnsignedLong(count) + " forgets");
        }
        for (int i = 0, at = 8; i < count; i++, at += 16) {
            fileSystem.forget(request.u64(at), request.position(at + 8));
        }
    }

    /** Answers with an entry; the lookup that was counted for it is given back if nobody got the answer. */
    static void sendEntry(FileSystem fileSystem, Reply reply, Attributes attributes) {
        Wire.putEntry(reply.payload(Wire.ENTRY_OUT_SIZE), 0, attributes, fileSystem.metadataTtlMillis());
        if (!reply.send(Wire.ENTRY_OUT_SIZE)) {
            fileSystem.forget(attributes.ino(), 1);
        }
    }

    /** Answers with {@code fuse_write_out}. */
    private static void sendWritten(Reply reply, int count, int size) throws FsException {
        MemorySegment out = reply.payload(8);
        out.set(ValueLayout.JAVA_INT_UNALIGNED, 0, checkedCount(count, size));
        out.set(ValueLayout.JAVA_INT_UNALIGNED, 4, 0);
        reply.send(8);
    }

    private static int checkedCount(int count, int size) throws FsException {
        if (count < 0 || count > size) {
            throw new FsException(Errno.EIO, "the file system counted " + count + " of " + size + " bytes");
        }
        return count;
    }
}
