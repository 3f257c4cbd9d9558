package io.hfmount.agent.flush;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * At most so many uploads at once, over all sessions of a mount; others wait in order of arrival, without a thread
 * (mount-semantics §3.5 F5, H-66b). The bulkhead counts; the queue is here because a bulkhead waits by blocking.
 * Thread-safe.
 */
final class UploadSlots {
    private final Bulkhead bulkhead;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private final ArrayDeque<Slot> waiting = new ArrayDeque<>();

    UploadSlots(int uploads) {
        bulkhead = Bulkhead.of(
                "uploads",
                BulkheadConfig.custom()
                        .maxConcurrentCalls(uploads)
                        .maxWaitDuration(Duration.ZERO)
                        .build());
    }

    /** Runs {@code upload} when a slot is free, and frees the slot when it ends, also by cancellation. */
    <T> Mono<T> run(Mono<T> upload) {
        return Mono.usingWhen(acquire(), _ -> upload, slot -> Mono.fromRunnable(slot::free));
    }

    private Mono<Slot> acquire() {
        return Mono.create(sink -> {
            Slot slot = new Slot(sink);
            lock.lock();
            try {
                waiting.add(slot);
            } finally {
                lock.unlock();
            }
            sink.onCancel(() -> withdraw(slot));
            serve();
        });
    }

    /** Whoever waited gave up; the slot may just have been granted. */
    private void withdraw(Slot slot) {
        boolean waited;
        lock.lock();
        try {
            waited = waiting.remove(slot);
        } finally {
            lock.unlock();
        }
        if (!waited) {
            slot.free();
        }
    }

    private void serve() {
        while (true) {
            Slot next;
            lock.lock();
            try {
                if (waiting.isEmpty() || !bulkhead.tryAcquirePermission()) {
                    return;
                }
                next = waiting.poll();
            } finally {
                lock.unlock();
            }
            if (next != null) {
                next.sink.success(next);
            }
        }
    }

    /** The right to upload one file. */
    private final class Slot {
        private final MonoSink<Slot> sink;
        private final AtomicBoolean freed = new AtomicBoolean();

        Slot(MonoSink<Slot> sink) {
            this.sink = sink;
        }

        void free() {
            if (freed.compareAndSet(false, true)) {
                bulkhead.onComplete();
                serve();
            }
        }
    }
}
