package io.hfmount.agent.flush;

import io.hfmount.agent.fs.CommitLane;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * The commit lane: a queue of turns of which one runs. A turn ends, and the lane goes on, when its Mono ends in any way.
 *
 * <p>Cancelling a turn that waits takes it out of the queue. Cancelling one that runs detaches the caller only: a request
 * that was sent cannot be called back, so the turn keeps the lane until it has ended, or a later request could overtake
 * it (H-61). {@link #send} ends by itself within its time-out, as an unknown outcome. Thread-safe.
 */
public final class SerialCommitLane implements CommitLane {
    /** Default bound of one batch request: more than the client's own tries take together. */
    public static final Duration SEND_TIMEOUT = Duration.ofMinutes(5);

    private final BucketHub hub;
    private final Scheduler disk;
    private final Scheduler timer;
    private final Duration sendTimeout;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private final ArrayDeque<Turn<?>> waiting = new ArrayDeque<>();
    /** Guarded by {@link #lock}. */
    private @Nullable Turn<?> running;

    /**
     * @param hub with mount-relative paths ({@link io.hfmount.agent.remote.SourceHub})
     * @param disk where turns are called and answers are delivered; may be blocked
     * @param timer for the time-out
     * @param sendTimeout longest wait for the answer to one batch
     */
    public SerialCommitLane(BucketHub hub, Scheduler disk, Scheduler timer, Duration sendTimeout) {
        this.hub = hub;
        this.disk = disk;
        this.timer = timer;
        this.sendTimeout = sendTimeout;
    }

    @Override
    public <T> Mono<T> run(Supplier<Mono<T>> work) {
        return Mono.defer(() -> {
            Turn<T> turn = new Turn<>(work);
            enqueue(turn);
            return turn.result.asMono().doOnCancel(() -> withdraw(turn));
        });
    }

    @Override
    public Mono<BatchResult> send(List<BatchOperation> operations) {
        checkOrder(operations);
        return hub.batch(operations)
                .timeout(sendTimeout, timer)
                .onErrorMap(
                        TimeoutException.class,
                        e -> new HubException(0, true, "no answer to a batch within " + sendTimeout, e))
                .switchIfEmpty(Mono.error(() -> new HubException(0, true, "a batch ended without an answer")))
                .publishOn(disk);
    }

    /** Number of turns that wait or run. */
    int length() {
        lock.lock();
        try {
            return waiting.size() + (running == null ? 0 : 1);
        } finally {
            lock.unlock();
        }
    }

    private void enqueue(Turn<?> turn) {
        lock.lock();
        try {
            waiting.add(turn);
        } finally {
            lock.unlock();
        }
        next();
    }

    private void withdraw(Turn<?> turn) {
        lock.lock();
        try {
            waiting.remove(turn);
        } finally {
            lock.unlock();
        }
    }

    private void next() {
        Turn<?> turn;
        lock.lock();
        try {
            if (running != null) {
                return;
            }
            turn = waiting.poll();
            if (turn == null) {
                return;
            }
            running = turn;
        } finally {
            lock.unlock();
        }
        turn.start();
    }

    private void ended(Turn<?> turn) {
        lock.lock();
        try {
            assert running == turn : "a turn ended that did not run";
            running = null;
        } finally {
            lock.unlock();
        }
        next();
    }

    /** Adds first, and no path twice (H-55, H-61): the Hub applies a batch in order and tells failures by path. */
    private static void checkOrder(List<BatchOperation> operations) {
        if (operations.isEmpty() || operations.size() > BucketHub.MAX_BATCH) {
            throw new IllegalArgumentException(
                    "a batch has 1 to " + BucketHub.MAX_BATCH + " operations, not " + operations.size());
        }
        Set<String> paths = new HashSet<>();
        boolean deleting = false;
        for (BatchOperation operation : operations) {
            boolean delete = operation instanceof BatchOperation.DeleteFile;
            if (deleting && !delete) {
                throw new IllegalArgumentException("in a batch adds come before deletes");
            }
            deleting = delete;
            if (!paths.add(operation.path())) {
                throw new IllegalArgumentException("a batch names a path once: " + operation.path());
            }
        }
    }

    /** One turn: its work and where its result goes. */
    private final class Turn<T> {
        private final Supplier<Mono<T>> work;
        private final Sinks.One<T> result = Sinks.one();

        Turn(Supplier<Mono<T>> work) {
            this.work = work;
        }

        void start() {
            // Results are delivered after the lane was released, so that a receiver may ask for the next turn and wait.
            Mono.defer(work).subscribeOn(disk).publishOn(disk).materialize().subscribe(signal -> {
                ended(this);
                if (signal.hasError()) {
                    Throwable failure = signal.getThrowable();
                    result.tryEmitError(failure == null ? new IllegalStateException("lost failure") : failure);
                } else if (signal.hasValue()) {
                    T value = signal.get();
                    if (value == null) {
                        result.tryEmitEmpty();
                    } else {
                        result.tryEmitValue(value);
                    }
                } else {
                    result.tryEmitEmpty();
                }
            });
        }
    }
}
