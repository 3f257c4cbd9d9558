package io.hfmount.xet.upload;

import org.jspecify.annotations.Nullable;

/**
 * Where the leftover chunks of a session's files meet, so that small files share xorbs (xet-protocol §11.4). Holds at most
 * one xorb, whose bytes are counted; when there is no memory for a leftover, all of the pool goes out early. Thread-safe.
 */
final class LeftoverPool {
    private final UploadSettings limits;
    private final ByteBudget memory;

    // Guarded by this.
    private @Nullable OpenXorb pool;
    private boolean closed;

    LeftoverPool(UploadSettings limits, ByteBudget memory) {
        this.limits = limits;
        this.memory = memory;
    }

    /** A xorb to send; its share of the pool's memory, if any, is held until {@link #close}. */
    final class Full implements AutoCloseable {
        private final OpenXorb xorb;
        private final long counted;

        private Full(OpenXorb xorb, long counted) {
            this.xorb = xorb;
            this.counted = counted;
        }

        OpenXorb xorb() {
            return xorb;
        }

        @Override
        public void close() {
            memory.release(counted);
        }
    }

    /** Takes the leftover of a file, which is closed; the answer, if any, is to be sent now. */
    synchronized @Nullable Full add(OpenXorb leftover) {
        if (leftover.isEmpty() || closed) {
            return null;
        }
        OpenXorb current = pool;
        if (current == null) {
            return hold(leftover) ? null : new Full(leftover, 0);
        }
        long counted = current.storedBytes();
        if (current.fits(leftover.unpackedBytes(), leftover.count(), limits)) {
            boolean held = memory.tryAcquire(leftover.storedBytes());
            current.absorb(leftover);
            if (held) {
                return null;
            }
            pool = null;
            return new Full(current, counted);
        }
        if (current.unpackedBytes() < leftover.unpackedBytes()) {
            return new Full(leftover, 0);
        }
        return swap(current, leftover);
    }

    /** Until the old pool is sent, the allowance of the file that the leftover comes from covers the leftover. */
    private Full swap(OpenXorb current, OpenXorb leftover) {
        long more = (long) leftover.storedBytes() - current.storedBytes();
        if (more > 0 && !memory.tryAcquire(more)) {
            return new Full(leftover, 0);
        }
        pool = leftover;
        return new Full(current, Math.max(0, -more));
    }

    private boolean hold(OpenXorb leftover) {
        if (!memory.tryAcquire(leftover.storedBytes())) {
            return false;
        }
        pool = leftover;
        return true;
    }

    /** Empties the pool. */
    synchronized @Nullable Full take() {
        OpenXorb last = pool;
        pool = null;
        return last == null ? null : new Full(last, last.storedBytes());
    }

    /** Forgets what is pooled and takes nothing more: the session has ended. */
    void close() {
        Full last;
        synchronized (this) {
            closed = true;
            last = take();
        }
        if (last != null) {
            last.close();
        }
    }
}
