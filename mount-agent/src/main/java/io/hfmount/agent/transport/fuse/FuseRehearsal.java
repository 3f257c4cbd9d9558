package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.FileSystem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Plays a kernel without having one: requests as programs cause them go through the code that serves real ones, and the
 * answers come back here. For one thread.
 */
public final class FuseRehearsal implements AutoCloseable {
    private static final int MAX_PAYLOAD = 64 << 10;
    private static final int BLOCK = 4096;
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final BufferPool pool = new BufferPool();
    private final SlowRequests slow = new SlowRequests(FuseLimits.defaults(), pool);
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment buffer = arena.allocate(MAX_PAYLOAD + RequestReader.EXTRA, PayloadBuffer.PAGE);
    private final Request request = new Request(buffer);
    private final Answers answers = new Answers();
    private final Reply reply = new Reply(new PayloadBuffer(arena, MAX_PAYLOAD), answers);
    private final Dispatcher dispatcher;
    private long unique;

    /** Requests go to {@code fileSystem}. */
    public FuseRehearsal(FileSystem fileSystem) {
        this.dispatcher = new Dispatcher(fileSystem, slow, MAX_PAYLOAD);
    }

    /** Keeps what the kernel would get. Thread-safe. */
    private static final class Answers implements ReplyChannel {
        private final BlockingQueue<byte[]> messages = new ArrayBlockingQueue<>(16);

        @Override
        public long write(MemorySegment callState, MemorySegment message, long length) {
            messages.add(message.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
            return length;
        }

        @Override
        public void retain() {}

        @Override
        public void release() {}
    }

    /**
     * Looks at a file of at least two blocks, reads its beginning, opens it for writing, changes its second block and
     * closes it.
     *
     * @throws IOException when something was refused
     */
    public void editFile(String name) throws IOException {
        long ino = call(Opcode.LOOKUP, FileSystem.ROOT, body().put(text(name))).getLong();
        call(Opcode.GETATTR, ino, body().putLong(0).putLong(0));
        long reader = open(ino, O_RDONLY);
        read(ino, reader, 0);
        close(ino, reader);
        long writer = open(ino, O_RDWR);
        read(ino, writer, 0);
        call(
                Opcode.WRITE,
                ino,
                body().putLong(writer).putLong(BLOCK).putInt(BLOCK).put(new byte[20 + BLOCK]));
        read(ino, writer, BLOCK);
        close(ino, writer);
        send(Opcode.FORGET, ino, body().putLong(1));
    }

    private long open(long ino, int flags) throws IOException {
        return call(Opcode.OPEN, ino, body().putInt(flags).putInt(0)).getLong();
    }

    private void read(long ino, long handle, long offset) throws IOException {
        call(
                Opcode.READ,
                ino,
                body().putLong(handle).putLong(offset).putInt(BLOCK).put(new byte[20]));
    }

    private void close(long ino, long handle) throws IOException {
        call(Opcode.FLUSH, ino, body().putLong(handle).putLong(0).putLong(0));
        call(Opcode.RELEASE, ino, body().putLong(handle).putLong(0).putLong(0));
    }

    private ByteBuffer body() {
        ByteBuffer message = buffer.asByteBuffer().order(ByteOrder.nativeOrder());
        return message.position(Request.HEADER);
    }

    private static byte[] text(String name) {
        return (name + "\0").getBytes(StandardCharsets.UTF_8);
    }

    private void send(int opcode, long node, ByteBuffer message) {
        int length = message.position();
        message.putInt(0, length).putInt(4, opcode).putLong(8, ++unique).putLong(16, node);
        message.putLong(24, 0).putLong(32, 0);
        dispatcher.dispatch(request, length, reply);
    }

    /** The payload of the answer. */
    private ByteBuffer call(int opcode, long node, ByteBuffer message) throws IOException {
        send(opcode, node, message);
        byte[] answer;
        try {
            answer = answers.messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for an answer", e);
        }
        if (answer == null) {
            throw new IOException("operation " + opcode + " was not answered");
        }
        ByteBuffer result = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
        int error = result.getInt(4);
        if (error != 0) {
            throw new IOException("operation " + opcode + " was answered with error " + -error);
        }
        return result.position(Reply.HEADER);
    }

    /** Waits for what still runs. */
    @Override
    public void close() {
        slow.close(PATIENCE);
        pool.close();
    }
}
