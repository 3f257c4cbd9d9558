package io.hfmount.emulator.http;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Threads for work that touches the disk or a lock.
 *
 * <p>A task is never interrupted, not even when its subscriber leaves: an interrupt during file I/O would close the
 * channel under everybody (and leave a half-written record). Thread-safe.
 */
public final class OffLoop implements AutoCloseable {
    private final ExecutorService threads;
    private final Scheduler scheduler;

    /** Starts with no thread and grows to {@code size}. */
    public OffLoop(int size) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size,
                size,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform()
                        .daemon()
                        .name("hub-disk-" + number.incrementAndGet())
                        .unstarted(task));
        pool.allowCoreThreadTimeOut(true);
        threads = pool;
        scheduler = Schedulers.fromExecutor(pool);
    }

    /** The same threads for pipelines that read the disk as their receiver asks. */
    public Scheduler scheduler() {
        return scheduler;
    }

    /** Runs {@code work} on a thread of its own and emits its result, which is not null, or its error. */
    public <T> Mono<T> call(Callable<T> work) {
        return Mono.create(sink -> {
            try {
                threads.execute(() -> {
                    try {
                        sink.success(work.call());
                    } catch (Throwable e) {
                        sink.error(e);
                    }
                });
            } catch (RejectedExecutionException e) {
                sink.error(new RefusedException(503, null, "the Hub is shutting down"));
            }
        });
    }

    /** Runs what was accepted to its end, even when the caller is interrupted meanwhile; refuses what comes later. */
    @Override
    public void close() {
        threads.shutdown();
        boolean interrupted = false;
        while (!threads.isTerminated()) {
            try {
                threads.awaitTermination(1, TimeUnit.DAYS);
            } catch (InterruptedException e) {
                interrupted = true; // ExecutorService.close would interrupt the tasks now
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
