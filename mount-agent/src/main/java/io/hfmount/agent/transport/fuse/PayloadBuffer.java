package io.hfmount.agent.transport.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap memory for one message. The payload is page aligned and the reply header lies directly in front of it, so
 * that header and payload leave with one write and without a copy. Also carries the memory for errno. Owned by one
 * request at a time.
 */
final class PayloadBuffer {
    static final int PAGE = 4096;

    private final Arena arena;
    private final MemorySegment memory;
    private final MemorySegment callState;
    private final int capacity;

    /** Memory that lives until {@link #free}. */
    PayloadBuffer(int capacity) {
        this(Arena.ofShared(), capacity);
    }

    /** Memory that lives as long as {@code arena}. */
    PayloadBuffer(Arena arena, int capacity) {
        this.arena = arena;
        this.memory = arena.allocate((long) PAGE + capacity, PAGE);
        this.callState = LibC.callState(arena);
        this.capacity = capacity;
    }

    /** Bytes of payload. */
    int capacity() {
        return capacity;
    }

    /** The whole memory; the payload begins at {@link #PAGE}. */
    MemorySegment memory() {
        return memory;
    }

    MemorySegment callState() {
        return callState;
    }

    /** The first {@code length} bytes of the payload. */
    MemorySegment payload(int length) {
        return memory.asSlice(PAGE, length);
    }

    void free() {
        arena.close();
    }
}
