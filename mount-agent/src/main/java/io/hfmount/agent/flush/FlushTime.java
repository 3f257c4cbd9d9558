package io.hfmount.agent.flush;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The sources of time, injected so that tests run on virtual time.
 *
 * @param timer wakes things up; its threads are never blocked
 * @param nanos monotonic time in nanoseconds, from an origin near zero
 * @param wall the time of day that file times are written in
 */
public record FlushTime(Scheduler timer, LongSupplier nanos, InstantSource wall) {
    /** The machine's. */
    public static FlushTime system() {
        long origin = System.nanoTime();
        return new FlushTime(Schedulers.parallel(), () -> System.nanoTime() - origin, InstantSource.system());
    }

    /** All three read from one scheduler, e.g. a virtual one. */
    public static FlushTime of(Scheduler timer) {
        return new FlushTime(
                timer,
                () -> timer.now(TimeUnit.NANOSECONDS),
                () -> java.time.Instant.EPOCH.plusNanos(timer.now(TimeUnit.NANOSECONDS)));
    }
}
