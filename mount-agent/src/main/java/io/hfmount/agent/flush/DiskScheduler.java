package io.hfmount.agent.flush;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Where pipelines touch the local disk or wait for inode locks. Every task has a virtual thread of its own, and no task
 * is ever interrupted: an interrupt inside FileChannel I/O closes the channel for everybody (mount-semantics §1.8).
 * Cancelling or timing out a pipeline therefore lets a started task run to its end and drops the result.
 */
public final class DiskScheduler {
    private DiskScheduler() {}

    /** @param name thread-name prefix */
    public static Scheduler create(String name) {
        ThreadFactory threads = Thread.ofVirtual().name(name + "-", 0).factory();
        var executor = Executors.newThreadPerTaskExecutor(threads);
        // A plain Executor, not the ExecutorService: Reactor interrupts the tasks of a service when it cancels them.
        @SuppressWarnings("UnnecessaryMethodReference") // it hides the service, which is the point
        Executor uninterrupted = executor::execute;
        return Schedulers.fromExecutor(uninterrupted, true);
    }
}
