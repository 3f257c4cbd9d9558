package io.hfmount.agent.transport.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A device that keeps what is written to it, and can refuse it. */
final class RecordingChannel implements ReplyChannel {
    /** One message as the kernel would see it. */
    record Message(int length, int error, long unique, byte[] payload) {}

    private final List<Message> messages = new ArrayList<>();
    final AtomicInteger references = new AtomicInteger(1);
    volatile long refusal;

    @Override
    public synchronized long write(MemorySegment callState, MemorySegment message, long length) {
        Message seen = new Message(
                message.get(ValueLayout.JAVA_INT_UNALIGNED, 0),
                message.get(ValueLayout.JAVA_INT_UNALIGNED, 4),
                message.get(ValueLayout.JAVA_LONG_UNALIGNED, 8),
                message.asSlice(16, length - 16).toArray(ValueLayout.JAVA_BYTE));
        if (seen.length() != length) {
            throw new AssertionError("length field " + seen.length() + " of a message of " + length + " bytes");
        }
        messages.add(seen);
        notifyAll();
        return refusal != 0 ? refusal : length;
    }

    @Override
    public void retain() {
        references.incrementAndGet();
    }

    @Override
    public void release() {
        references.decrementAndGet();
    }

    synchronized List<Message> messages() {
        return List.copyOf(messages);
    }

    synchronized List<Message> awaitMessages(int count) throws InterruptedException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (messages.size() < count) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("only " + messages.size() + " of " + count + " messages came");
            }
            wait(left);
        }
        return List.copyOf(messages);
    }
}
