package io.hfmount.agent.transport.fuse;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps payload buffers for reuse, in size classes of 4 KiB × 4ⁿ. It does not bound what is in use; the groups of
 * {@link SlowRequests} do. Thread-safe.
 */
final class BufferPool {
    private static final int SMALLEST = 4096;
    private static final long IDLE_LIMIT = 16L << 20;

    private final Object lock = new Object();
    /** Idle buffers by class; guarded by {@link #lock}. */
    private final List<ArrayDeque<PayloadBuffer>> idle = new ArrayList<>();
    /** Sum of the idle capacities; guarded by {@link #lock}. */
    private long idleBytes;
    /** Guarded by {@link #lock}. */
    private boolean closed;

    BufferPool() {
        for (int capacity = SMALLEST; capacity > 0 && capacity <= 1 << 28; capacity <<= 2) {
            idle.add(new ArrayDeque<>());
        }
    }

    /** The capacity a buffer for {@code bytes} really has. */
    static int capacityFor(int bytes) {
        return SMALLEST << (2 * classOf(bytes));
    }

    PayloadBuffer acquire(int bytes) {
        synchronized (lock) {
            PayloadBuffer buffer = idle.get(classOf(bytes)).poll();
            if (buffer != null) {
                idleBytes -= buffer.capacity();
                return buffer;
            }
        }
        return new PayloadBuffer(capacityFor(bytes));
    }

    void release(PayloadBuffer buffer) {
        synchronized (lock) {
            if (!closed && idleBytes + buffer.capacity() <= IDLE_LIMIT) {
                idle.get(classOf(buffer.capacity())).push(buffer);
                idleBytes += buffer.capacity();
                return;
            }
        }
        buffer.free();
    }

    /** Frees what is idle; buffers still in use are freed when they come back. */
    void close() {
        List<PayloadBuffer> all = new ArrayList<>();
        synchronized (lock) {
            closed = true;
            idle.forEach(free -> {
                all.addAll(free);
                free.clear();
            });
            idleBytes = 0;
        }
        all.forEach(PayloadBuffer::free);
    }

    private static int classOf(int bytes) {
        int index = 0;
        for (long capacity = SMALLEST; capacity < bytes; capacity <<= 2) {
            index++;
        }
        return index;
    }
}
