package io.hfmount.agent.transport.fuse;

import java.lang.foreign.MemorySegment;

/**
 * Where answers go: the descriptor that the request was read from. Counted, because an answer may come long after the
 * reader left, and a descriptor number that was closed and taken again would receive it. Thread-safe.
 */
interface ReplyChannel {
    /**
     * Sends one message.
     *
     * @param callState receives errno, not shared between threads
     * @return bytes written or the negative error number
     */
    long write(MemorySegment callState, MemorySegment message, long length);

    /** Keeps the channel open until the matching {@link #release}. */
    void retain();

    /** Gives back one {@link #retain}; the last one closes. */
    void release();
}
