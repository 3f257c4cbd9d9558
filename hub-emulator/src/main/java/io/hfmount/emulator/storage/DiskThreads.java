package io.hfmount.emulator.storage;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Threads for disk and CPU work. Their tasks are never interrupted, because an interrupt closes the file channel a task
 * reads or writes; a cancelled subscriber merely gets no more signals.
 */
final class DiskThreads implements AutoCloseable {
    private final ExecutorService pool;
    private final Scheduler scheduler;

    @SuppressWarnings("UnnecessaryMethodReference") // it hides the ExecutorService, see below
    DiskThreads(int size) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                size,
                size,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform()
                        .daemon()
                        .name("storage-disk-" + number.incrementAndGet())
                        .unstarted(task));
        threads.allowCoreThreadTimeOut(true);
        this.pool = threads;
        // a plain Executor to Reactor, which interrupts cancelled tasks of an ExecutorService
        this.scheduler = Schedulers.fromExecutor(threads::execute);
    }

    Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public void close() {
        pool.close();
    }
}
