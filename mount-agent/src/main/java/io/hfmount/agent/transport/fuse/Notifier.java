package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.KernelCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends cache notifications from one thread of its own: the kernel makes the sender wait for page locks and directory
 * locks that requests in flight hold, so a thread that serves requests would wait for itself (H-41, H-42). Equal
 * notifications that still wait are sent once. Thread-safe.
 */
final class Notifier implements KernelCache {
    private static final Logger log = LoggerFactory.getLogger(Notifier.class);
    private static final int INVAL_INODE = 2;
    private static final int INVAL_ENTRY = 3;
    private static final int NAME_MAX = 255;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

    private sealed interface Notification {}

    /** off &lt; 0: attributes only; off 0 and len 0: all pages too. */
    private record Inode(long ino, long offset) implements Notification {}

    private record Entry(long parent, String name) implements Notification {}

    private final ReplyChannel channel;
    private final int limit;
    private final Thread thread;
    private final Object lock = new Object();
    /** In order of arrival; guarded by {@link #lock}. */
    private final LinkedHashSet<Notification> queue = new LinkedHashSet<>();
    /** Guarded by {@link #lock}. */
    private boolean armed = true;
    /** Guarded by {@link #lock}. */
    private boolean stopped;
    /** Whether a notification is being written; guarded by {@link #lock}. */
    private boolean sending;
    /** Dropped for lack of room; guarded by {@link #lock}. */
    private long dropped;

    Notifier(ReplyChannel channel, int limit, String name) {
        this.channel = channel;
        this.limit = limit;
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::loop);
    }

    /** Takes a reference of the channel until the thread ends. */
    void start() {
        channel.retain();
        thread.start();
    }

    @Override
    public void invalidatePages(long ino) {
        enqueue(new Inode(ino, 0));
    }

    @Override
    public void invalidateAttributes(long ino) {
        enqueue(new Inode(ino, -1));
    }

    @Override
    public void invalidateEntry(long parent, String name) {
        enqueue(new Entry(parent, name));
    }

    /**
     * Drops what waits and accepts nothing more, then waits a moment for the one being sent: a notification that meets
     * the teardown can block for ever (H-42d).
     */
    void disarm(long patienceMillis) {
        long deadline = System.nanoTime() + patienceMillis * 1_000_000;
        synchronized (lock) {
            armed = false;
            queue.clear();
            while (sending) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    log.warn("A cache notification is still being sent after {} ms", patienceMillis);
                    return;
                }
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Accepts notifications again, after an unmount that failed. */
    void arm() {
        synchronized (lock) {
            armed = !stopped;
        }
    }

    /** Ends the thread for good. */
    void stop() {
        synchronized (lock) {
            armed = false;
            stopped = true;
            queue.clear();
            lock.notifyAll();
        }
    }

    private void enqueue(Notification notification) {
        boolean overflow = false;
        synchronized (lock) {
            if (!armed) {
                return;
            }
            if (queue.size() < limit) {
                queue.add(notification);
                lock.notifyAll();
            } else {
                overflow = dropped++ == 0;
            }
        }
        if (overflow) {
            log.warn(
                    "More than {} cache notifications wait; the rest is left to the metadata time-out and to the"
                            + " kernel's own check at open",
                    limit);
        }
    }

    private void loop() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment message = arena.allocate(Reply.HEADER + 16L + NAME_MAX + 1, 8);
            MemorySegment callState = LibC.callState(arena);
            for (Notification next = take(); next != null; next = take()) {
                send(next, message, callState);
                synchronized (lock) {
                    sending = false;
                    lock.notifyAll();
                }
            }
        } catch (Throwable t) {
            log.error("The notifier ended; remote changes become visible by time-out only", t);
        } finally {
            synchronized (lock) {
                armed = false;
                sending = false;
                lock.notifyAll();
            }
            channel.release();
        }
    }

    private @Nullable Notification take() throws InterruptedException {
        synchronized (lock) {
            while (!stopped && queue.isEmpty()) {
                lock.wait();
            }
            if (stopped) {
                return null;
            }
            Iterator<Notification> first = queue.iterator();
            Notification next = first.next();
            first.remove();
            sending = true;
            return next;
        }
    }

    private void send(Notification notification, MemorySegment message, MemorySegment callState) {
        int length = switch (notification) {
            case Inode inode -> {
                message.set(U64, 16, inode.ino());
                message.set(U64, 24, inode.offset());
                message.set(U64, 32, 0);
                yield put(message, INVAL_INODE, 24);
            }
            case Entry entry -> {
                byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
                if (name.length > NAME_MAX) {
                    yield 0; // the kernel cannot have cached it
                }
                message.set(U64, 16, entry.parent());
                message.set(U32, 24, name.length);
                message.set(U32, 28, 0);
                MemorySegment.copy(name, 0, message, ValueLayout.JAVA_BYTE, 32, name.length);
                message.set(ValueLayout.JAVA_BYTE, 32L + name.length, (byte) 0);
                yield put(message, INVAL_ENTRY, 16 + name.length + 1);
            }
        };
        if (length == 0) {
            return;
        }
        long written = channel.write(callState, message, length);
        // ENOENT: not cached, which is as good.
        if (written < 0 && written != -LibC.ENOENT && written != -LibC.ENODEV) {
            log.debug("A cache notification was refused: {}", LibC.describe((int) -written));
        }
    }

    /** Header of a notification: unique 0, the code in place of the error. */
    private static int put(MemorySegment message, int code, int body) {
        message.set(U32, 0, Reply.HEADER + body);
        message.set(U32, 4, code);
        message.set(U64, 8, 0);
        return Reply.HEADER + body;
    }
}
