package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs requests that may wait, each on a virtual thread, in groups with bounds of their own; what exceeds a bound is
 * queued and never blocks the reader that brought it.
 *
 * <ul>
 *   <li>{@link Group#FETCH}: reads and lookups. Queued they are a few words; memory for the answer is taken at the start.
 *   <li>{@link Group#WRITE}: writes hold their payload from the moment they were read, because the kernel has no copy
 *       to ask for again. The kernel bounds write-back of mapped pages (max_background × max_write), but not the number
 *       of threads in write(2), so these are bounded here: above the limit {@link #holdPayload} refuses with ENOMEM. A
 *       refused write(2) is seen by its caller; a refused write-back would be lost, so it is admitted always.
 *   <li>{@link Group#NAMESPACE}: everything else. The kernel sends at most one a thread.
 * </ul>
 *
 * <p>Also the register that INTERRUPT looks into: as far as {@link SlowRequest.Interruption} allows, a queued
 * request is taken out and answered EINTR, a running one is answered EINTR and its late result is dropped
 * (fuse-transports §6.6).
 * Thread-safe.
 */
final class SlowRequests {
    /** Requests that share a bound. */
    enum Group {
        FETCH,
        WRITE,
        NAMESPACE
    }

    private static final Logger log = LoggerFactory.getLogger(SlowRequests.class);
    private static final int EARLY_INTERRUPTS = 64;

    private static final class Bound {
        final int maxRunning;
        final long maxBytes;
        final ArrayDeque<SlowRequest> queue = new ArrayDeque<>();
        int running;
        long bytes;

        Bound(int maxRunning, long maxBytes) {
            this.maxRunning = maxRunning;
            this.maxBytes = maxBytes;
        }
    }

    private final BufferPool pool;
    /** For errors that must go out when there may be no more memory; guarded by itself. */
    private final PayloadBuffer reserve = new PayloadBuffer(Arena.ofAuto(), 0);

    private final Object lock = new Object();
    /** Contents guarded by {@link #lock}. */
    private final Map<Group, Bound> bounds;
    /** Queued and running requests by unique; guarded by {@link #lock}. */
    private final Map<Long, SlowRequest> inFlight = new HashMap<>();
    /** Victims whose INTERRUPT overtook them, oldest overwritten; guarded by {@link #lock}. */
    private final long[] early = new long[EARLY_INTERRUPTS];
    /** Guarded by {@link #lock}. */
    private int nextEarly;
    /** Running requests that were answered EINTR; guarded by {@link #lock}. */
    private int abandoned;
    /** Guarded by {@link #lock}. */
    private boolean closed;

    SlowRequests(FuseLimits limits, BufferPool pool) {
        this.pool = pool;
        this.bounds = new EnumMap<>(Map.of(
                Group.FETCH, new Bound(limits.fetchRequests(), limits.fetchBytes()),
                Group.WRITE, new Bound(limits.fetchRequests(), limits.writeBytes()),
                Group.NAMESPACE, new Bound(limits.namespaceRequests(), limits.namespaceBytes())));
    }

    /**
     * Takes memory for the payload of a write that must wait.
     *
     * @param always whether the kernel itself bounds this write, see the class text
     */
    PayloadBuffer holdPayload(int bytes, boolean always) throws FsException {
        Bound bound = bound(Group.WRITE);
        int capacity = BufferPool.capacityFor(bytes);
        synchronized (lock) {
            if (!always && bound.bytes + capacity > bound.maxBytes) {
                throw new FsException(Errno.ENOMEM, "writes that wait already hold " + bound.bytes + " bytes");
            }
            bound.bytes += capacity;
        }
        try {
            return pool.acquire(bytes);
        } catch (RuntimeException | Error e) {
            synchronized (lock) {
                bound.bytes -= capacity;
            }
            throw e;
        }
    }

    /** Accepts a request, which will be answered from now on, or throws and leaves the answer to the caller. */
    void submit(Group group, SlowRequest request) {
        boolean interrupted = false;
        synchronized (lock) {
            if (closed) {
                if (request.buffer != null) {
                    pool.release(request.buffer);
                    bound(group).bytes -= BufferPool.capacityFor(request.replyBytes);
                }
                throw new IllegalStateException("the mount has ended");
            }
            request.channel.retain();
            if (request.interruption != SlowRequest.Interruption.NEVER && wasInterruptedEarly(request.unique)) {
                interrupted = true;
            } else {
                inFlight.put(request.unique, request);
                bound(group).queue.add(request);
                startNext(group);
            }
        }
        if (interrupted) {
            endUnstarted(group, request, Errno.EINTR);
        }
    }

    /** The kernel no longer wants {@code unique}; {@code scratch} is memory of the calling thread for the answer. */
    void interrupt(long unique, Reply scratch) {
        SlowRequest removed = null;
        Group group = Group.FETCH;
        synchronized (lock) {
            SlowRequest victim = inFlight.get(unique);
            if (victim == null) {
                // Answered already, or another reader has it and has not come here yet.
                early[nextEarly] = unique;
                nextEarly = (nextEarly + 1) % EARLY_INTERRUPTS;
                return;
            }
            if (victim.interruption == SlowRequest.Interruption.NEVER) {
                return;
            }
            if (victim.state == SlowRequest.State.QUEUED) {
                group = dequeue(victim);
                inFlight.remove(unique);
                removed = victim;
            } else if (victim.interruption == SlowRequest.Interruption.ANY_TIME
                    && victim.answered.compareAndSet(false, true)) {
                abandoned++;
                victim.wasAbandoned = true;
                scratch.interrupt(victim.channel, unique);
            }
        }
        if (removed != null) {
            endUnstarted(group, removed, Errno.EINTR);
        }
    }

    /**
     * Waits until no abandoned request uses {@code handle} any more. The kernel takes an interrupted request for ended
     * and may release the handle under it.
     */
    void awaitUnused(long handle) {
        synchronized (lock) {
            while (abandoned > 0 && inFlight.values().stream().anyMatch(r -> r.handle == handle && r.wasAbandoned)) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Requests that run or wait to run. */
    int inFlight() {
        synchronized (lock) {
            assert checkInvariants();
            return inFlight.size();
        }
    }

    /**
     * The connection is gone. Queued fetches are dropped, for nobody receives them; everything that may change the file
     * system still runs.
     *
     * @return false when requests still run after {@code patience}
     */
    boolean close(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        ArrayDeque<SlowRequest> dropped = new ArrayDeque<>();
        synchronized (lock) {
            closed = true;
            ArrayDeque<SlowRequest> queue = bound(Group.FETCH).queue;
            queue.forEach(request -> inFlight.remove(request.unique));
            dropped.addAll(queue);
            queue.clear();
        }
        dropped.forEach(request -> endUnstarted(Group.FETCH, request, Errno.EIO));
        synchronized (lock) {
            while (!inFlight.isEmpty()) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }

    /** Starts queued requests while the bound allows; the caller holds {@link #lock}. */
    private void startNext(Group group) {
        Bound bound = bound(group);
        for (SlowRequest head = bound.queue.peek(); head != null; head = bound.queue.peek()) {
            int cost = head.buffer == null ? BufferPool.capacityFor(head.replyBytes) : 0;
            boolean lacksMemory = cost > 0 && bound.running > 0 && bound.bytes + cost > bound.maxBytes;
            if (bound.running == bound.maxRunning || lacksMemory) {
                return;
            }
            bound.queue.remove();
            bound.running++;
            bound.bytes += cost;
            head.state = SlowRequest.State.RUNNING;
            SlowRequest started = head;
            try {
                Thread.ofVirtual().name("fuse-request").start(() -> run(group, started));
            } catch (OutOfMemoryError e) {
                bound.running--;
                bound.bytes -= cost;
                inFlight.remove(started.unique);
                giveUp(bound, started, Errno.EIO);
                log.error("No memory for a thread that answers request {}", started.unique, e);
            }
        }
    }

    private void run(Group group, SlowRequest request) {
        PayloadBuffer buffer = request.buffer;
        try {
            if (buffer == null) {
                buffer = pool.acquire(request.replyBytes);
            }
            Reply reply = new Reply(buffer, request.channel, request.unique, request.answered);
            try {
                request.operation.run(reply);
                if (!reply.isAnswered()) {
                    throw new IllegalStateException("the operation did not answer");
                }
            } catch (Throwable t) {
                Failures.answer(reply, request.opcode, t);
            }
        } catch (Throwable t) {
            fail(request, Errno.EIO);
            log.error("Request {} could not be run; answered EIO", request.unique, t);
        } finally {
            finish(group, request, buffer);
        }
    }

    private void finish(Group group, SlowRequest request, @Nullable PayloadBuffer buffer) {
        if (buffer != null) {
            pool.release(buffer);
        }
        synchronized (lock) {
            Bound bound = bound(group);
            bound.running--;
            bound.bytes -= BufferPool.capacityFor(request.replyBytes);
            inFlight.remove(request.unique);
            request.channel.release(); // not before the removal: an interrupt writes to the channel of what it finds
            if (request.wasAbandoned) {
                abandoned--;
            }
            request.state = SlowRequest.State.DONE;
            startNext(group);
            lock.notifyAll();
        }
    }

    /** Ends a request that never ran and is in no queue. */
    private void endUnstarted(Group group, SlowRequest request, Errno errno) {
        synchronized (lock) {
            giveUp(bound(group), request, errno);
            startNext(group);
            lock.notifyAll();
        }
    }

    /** Answers a request that never ran and gives back what it holds; the caller holds {@link #lock}. */
    private void giveUp(Bound bound, SlowRequest request, Errno errno) {
        fail(request, errno);
        if (request.buffer != null) {
            pool.release(request.buffer);
            bound.bytes -= BufferPool.capacityFor(request.replyBytes);
        }
        request.channel.release();
        request.state = SlowRequest.State.DONE;
    }

    /** Answers with an error without taking memory. */
    private void fail(SlowRequest request, Errno errno) {
        synchronized (reserve) {
            new Reply(reserve, request.channel, request.unique, request.answered).fail(errno);
        }
    }

    private Bound bound(Group group) {
        return Objects.requireNonNull(bounds.get(group));
    }

    private boolean wasInterruptedEarly(long unique) {
        for (long candidate : early) {
            if (candidate == unique && unique != 0) {
                return true;
            }
        }
        return false;
    }

    private Group dequeue(SlowRequest request) {
        for (Group group : Group.values()) {
            if (bound(group).queue.remove(request)) {
                return group;
            }
        }
        throw new IllegalStateException("a queued request is in no queue");
    }

    private boolean checkInvariants() {
        int known = 0;
        for (Bound bound : bounds.values()) {
            known += bound.running + bound.queue.size();
            if (bound.running < 0 || bound.bytes < 0 || bound.running > bound.maxRunning) {
                return false;
            }
        }
        return known == inFlight.size() && abandoned >= 0;
    }
}
