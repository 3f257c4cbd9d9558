package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer to one request: exactly one goes out, whoever tries (fuse-transports §6.2). Header: len 0, error 4, unique
 * 8. Used by one thread at a time, except that {@link #interrupt} may come from any thread.
 */
final class Reply {
    static final int HEADER = 16;

    private static final Logger log = LoggerFactory.getLogger(Reply.class);
    private static final int HEADER_AT = PayloadBuffer.PAGE - HEADER;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
    /** The kernel refuses greater numbers and leaves the caller waiting (fuse-transports §6.2). */
    private static final int ERRNO_MAX = 511;

    private final PayloadBuffer buffer;
    private final MemorySegment message;
    private final AtomicBoolean answered;
    private ReplyChannel channel;
    private long unique;

    /** A reply that a reader uses again and again; starts answered, until {@link #begin}. */
    Reply(PayloadBuffer buffer, ReplyChannel channel) {
        this(buffer, channel, 0, new AtomicBoolean(true));
    }

    /** The reply of one request; {@code answered} is shared with whoever may interrupt it. */
    Reply(PayloadBuffer buffer, ReplyChannel channel, long unique, AtomicBoolean answered) {
        this.buffer = buffer;
        this.message = buffer.memory().asSlice(HEADER_AT);
        this.channel = channel;
        this.unique = unique;
        this.answered = answered;
    }

    /** Turns to the next request. */
    void begin(long nextUnique) {
        unique = nextUnique;
        answered.setPlain(false);
    }

    ReplyChannel channel() {
        return channel;
    }

    boolean isAnswered() {
        return answered.get();
    }

    /** Someone else answers: this reply sends nothing. */
    void handOver() {
        answered.setPlain(true);
    }

    int capacity() {
        return buffer.capacity();
    }

    /** The first {@code length} bytes of the payload to fill. */
    MemorySegment payload(int length) {
        return buffer.payload(length);
    }

    /**
     * Answers with success and the first {@code length} bytes of the payload.
     *
     * @return false when nobody got it: it was interrupted, or the kernel had given the request up; references that
     *     the answer would have handed to the kernel must then be taken back
     */
    boolean send(int length) {
        assert length >= 0 && length <= buffer.capacity();
        if (!answered.compareAndSet(false, true)) {
            return false;
        }
        long written = transmit(channel, unique, 0, HEADER + length);
        if (written == -LibC.EINVAL) {
            // The kernel keeps a request whose answer it refused: end it, or its caller hangs for ever.
            log.error("The kernel refused an answer of {} bytes to request {}", length, unique);
            transmit(channel, unique, -Errno.EIO.number(), HEADER);
        }
        return written > 0;
    }

    /** Answers with an error, unless there was an answer already. */
    void fail(int errno) {
        if (answered.compareAndSet(false, true)) {
            transmit(channel, unique, errorOf(errno), HEADER);
        }
    }

    void fail(Errno errno) {
        fail(errno.number());
    }

    /** Answers another request's {@code otherUnique} with EINTR through its own channel; this reply is only the memory. */
    void interrupt(ReplyChannel otherChannel, long otherUnique) {
        transmit(otherChannel, otherUnique, -Errno.EINTR.number(), HEADER);
    }

    /** The one place where an error number becomes the wire's. */
    static int errorOf(int errno) {
        return errno > 0 && errno <= ERRNO_MAX ? -errno : -Errno.EIO.number();
    }

    private long transmit(ReplyChannel to, long id, int error, int length) {
        message.set(U32, 0, length);
        message.set(U32, 4, error);
        message.set(U64, 8, id);
        long written = to.write(buffer.callState(), message, length);
        if (written < 0 && written != -LibC.ENOENT && written != -LibC.ENODEV && written != -LibC.EINVAL) {
            log.warn("Answering request {} failed: {}", id, LibC.describe((int) -written));
        }
        return written;
    }
}
