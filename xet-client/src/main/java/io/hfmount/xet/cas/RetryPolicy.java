package io.hfmount.xet.cas;

import io.hfmount.xet.StorageException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * When a failed attempt is repeated and after which pause (xet-protocol §10.2): pause {@code n} is
 * {@code base * 3^(n-1)}, capped, times a uniform random factor in [0, 1); never shorter than what the server asked for
 * within the cap. Immutable.
 *
 * @param maxRetries repetitions after the first attempt, 0..20
 * @param base first pause before jitter, not negative
 * @param cap longest pause, at least {@code base}
 */
public record RetryPolicy(int maxRetries, Duration base, Duration cap) {
    private static final int FACTOR = 3;

    public RetryPolicy {
        if (maxRetries < 0 || maxRetries > 20) {
            throw new IllegalArgumentException("maxRetries must be 0..20, not " + maxRetries);
        }
        if (base.isNegative() || cap.compareTo(base) < 0) {
            throw new IllegalArgumentException("base must not be negative and cap not below it");
        }
    }

    /** The protocol's numbers: 5 repetitions, 3 s, at most 360 s. */
    public static RetryPolicy protocol() {
        return new RetryPolicy(5, Duration.ofSeconds(3), Duration.ofSeconds(360));
    }

    /** No repetition. */
    public static RetryPolicy never() {
        return new RetryPolicy(0, Duration.ZERO, Duration.ZERO);
    }

    /**
     * The pause before repetition {@code retry}.
     *
     * @param retry 1 for the first
     * @param jitter in [0, 1)
     * @param asked what the server asked for
     */
    Duration pause(int retry, double jitter, @Nullable Duration asked) {
        Duration full = base;
        for (int i = 1; i < retry && full.compareTo(cap) < 0; i++) {
            full = full.multipliedBy(FACTOR);
        }
        Duration pause = Duration.ofNanos((long) (min(full, cap).toNanos() * jitter));
        return asked != null && asked.compareTo(pause) > 0 ? min(asked, cap) : pause;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /** Whether another attempt may heal {@code failure}. */
    static boolean isTransient(Throwable failure) {
        if (failure instanceof AttemptException attempt) {
            return attempt.retryable();
        }
        return failure instanceof StorageException e
                && switch (e.kind()) {
                    case UNAVAILABLE, TIMEOUT, CORRUPT -> true;
                    default -> false;
                };
    }

    /** The operator form, for {@code retryWhen}; the last failure passes through unchanged. */
    Retry toRetry(StorageRoute route, StorageObserver observer) {
        return toRetry(route, observer, () -> ThreadLocalRandom.current().nextDouble());
    }

    Retry toRetry(StorageRoute route, StorageObserver observer, DoubleSupplier jitter) {
        return Retry.from(signals -> signals.concatMap(signal -> {
            Throwable failure = signal.failure();
            int retry = (int) Math.min(signal.totalRetries(), Integer.MAX_VALUE - 1) + 1;
            if (retry > maxRetries || !isTransient(failure)) {
                return Mono.error(failure);
            }
            Duration asked = failure instanceof AttemptException attempt ? attempt.retryAfter() : null;
            Duration pause = pause(retry, jitter.getAsDouble(), asked);
            observer.retrying(route, retry, pause, failure);
            return Mono.delay(pause);
        }));
    }
}
