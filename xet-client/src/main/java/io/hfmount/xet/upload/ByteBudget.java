package io.hfmount.xet.upload;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/**
 * A counted allowance, granted in the order of asking. A request larger than the whole is taken as the whole, so that it
 * is granted when nothing else is out. Thread-safe.
 *
 * <p>Invariants: {@code 0 <= used <= capacity}; the first waiter does not fit, unless somebody is granting.
 */
final class ByteBudget {
    private final long capacity;

    // Guarded by this.
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private long used;
    private long peak;
    private boolean granting;

    private record Waiter(long amount, CompletableFuture<Void> granted) {}

    ByteBudget(long capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a budget must be positive, not " + capacity);
        }
        this.capacity = capacity;
    }

    /** Completes when {@code amount} is granted; every completed grant must be given back by {@link #release}. */
    CompletableFuture<Void> acquire(long amount) {
        Waiter waiter = new Waiter(clamp(amount), new CompletableFuture<>());
        synchronized (this) {
            waiters.add(waiter);
        }
        grant();
        return waiter.granted;
    }

    /** Takes {@code amount} if it is free and nobody waits; what was taken must be given back by {@link #release}. */
    synchronized boolean tryAcquire(long amount) {
        long wanted = clamp(amount);
        if (!waiters.isEmpty() || wanted > capacity - used) {
            return false;
        }
        used += wanted;
        peak = Math.max(peak, used);
        return true;
    }

    /** Gives {@code amount}, as it was asked for, back. */
    void release(long amount) {
        synchronized (this) {
            used -= clamp(amount);
            assert checkInvariants();
        }
        grant();
    }

    /**
     * Grants what fits. What depends on a grant runs here, outside the lock, and may give back at once: then the one that
     * grants already goes on, for thousands may wait, and each would be a few frames deeper on the stack.
     */
    private void grant() {
        while (true) {
            Waiter next;
            synchronized (this) {
                if (granting || waiters.isEmpty() || waiters.getFirst().amount > capacity - used) {
                    return;
                }
                next = waiters.removeFirst();
                used += next.amount;
                peak = Math.max(peak, used);
                granting = true;
                assert checkInvariants();
            }
            try {
                next.granted.complete(null);
            } finally {
                synchronized (this) {
                    granting = false;
                }
            }
        }
    }

    private long clamp(long amount) {
        return Math.clamp(amount, 0, capacity);
    }

    synchronized long used() {
        return used;
    }

    /** The most that was ever out at once. */
    synchronized long peak() {
        return peak;
    }

    private boolean checkInvariants() {
        return used >= 0 && used <= capacity;
    }
}
