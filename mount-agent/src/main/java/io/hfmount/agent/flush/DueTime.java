package io.hfmount.agent.flush;

import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;

/**
 * When something is due (mount-semantics §3.1, §3.8): a debounce after its last signal, within a window of its first; or
 * after a failure a growing wait, which a new signal ends. Times are nanoseconds of one monotonic clock. Not
 * thread-safe.
 */
final class DueTime {
    /** Never due. */
    static final long NEVER = Long.MAX_VALUE;

    private boolean wanted;
    private boolean urgent;
    private long first;
    private long last;
    private int failures;
    private long notBefore;

    boolean isWanted() {
        return wanted;
    }

    boolean isUrgent() {
        return wanted && urgent;
    }

    /** Something new to do: starts or prolongs the debounce and forgets failures. */
    void signal(long now) {
        if (!wanted || failures > 0) {
            wanted = true;
            first = now;
        }
        last = now;
        failures = 0;
        notBefore = 0;
    }

    /** To be done at once, whatever the debounce or a wait. */
    void urge() {
        wanted = true;
        urgent = true;
        notBefore = 0;
    }

    /** To be done now, unless it has a time already. */
    void overdue(long now, FlushSettings settings) {
        if (!wanted) {
            wanted = true;
            last = now - settings.debounce().toNanos();
            first = last;
        }
    }

    /** To be done again at {@code time}, unless a signal came meanwhile. */
    void postpone(long time) {
        if (!wanted) {
            wanted = true;
            failures = Math.max(failures, 1);
            notBefore = time;
        }
    }

    /** It failed: to be done again after a wait, unless a signal came meanwhile. */
    void retry(long now, IntervalFunction backoff) {
        if (!wanted) {
            wanted = true;
            failures++;
            notBefore = now + Duration.ofMillis(backoff.apply(failures)).toNanos();
        }
    }

    /** It failed: somebody waits for it, so it stays urgent, but not at once. */
    void retryUrgent(long now, IntervalFunction backoff) {
        wanted = true;
        urgent = true;
        failures++;
        notBefore = now + Duration.ofMillis(backoff.apply(failures)).toNanos();
    }

    /** It is being done. */
    void begin() {
        wanted = false;
        urgent = false;
    }

    /** It was done. */
    void succeeded() {
        if (!wanted) {
            failures = 0;
        }
    }

    /** When it is due, {@link #NEVER} when it is not wanted. */
    long due(FlushSettings settings) {
        if (!wanted) {
            return NEVER;
        }
        if (urgent || failures > 0) {
            return notBefore;
        }
        return Math.min(
                last + settings.debounce().toNanos(), first + settings.window().toNanos());
    }
}
