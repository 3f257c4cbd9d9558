package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.FsException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A parsed request that may wait. State changes are guarded by the lock of {@link SlowRequests}. */
final class SlowRequest {
    /** What to do, and to answer. */
    @FunctionalInterface
    interface Operation {
        void run(Reply reply) throws FsException;
    }

    /** When INTERRUPT may end it with EINTR. */
    enum Interruption {
        /** Never: the effect is owed to the file system however the caller ends. */
        NEVER,
        /** Only before it starts: afterwards the caller would be told that nothing happened when something did. */
        WHILE_QUEUED,
        /** Also while it runs: it leaves no effect, and its late result can be dropped. */
        ANY_TIME
    }

    /** Where it is. */
    enum State {
        QUEUED,
        RUNNING,
        DONE
    }

    /** No file handle is involved. */
    static final long NO_HANDLE = -1;

    final long unique;
    final int opcode;
    final long handle;
    final int replyBytes;
    final Interruption interruption;

    final ReplyChannel channel;
    final Operation operation;
    final AtomicBoolean answered = new AtomicBoolean();

    State state = State.QUEUED;
    /** Whether it was answered EINTR while it ran. */
    boolean wasAbandoned;
    /** Holds the payload of a write while it is queued; otherwise taken at the start. */
    @Nullable
    PayloadBuffer buffer;

    SlowRequest(
            Request request,
            ReplyChannel channel,
            long handle,
            int replyBytes,
            Interruption interruption,
            Operation operation) {
        this.unique = request.unique();
        this.opcode = request.opcode();
        this.channel = channel;
        this.handle = handle;
        this.replyBytes = replyBytes;
        this.interruption = interruption;
        this.operation = operation;
    }
}
