package io.hfmount.agent.flush;

import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Quick repeats of one step, under a jittered backoff and on the injected timer. The waits between whole tries of a file
 * are {@link FlushQueue}'s. Thread-safe.
 */
final class Retries {
    private static final int TRIES = 3;
    private static final Duration FIRST_WAIT = Duration.ofMillis(500);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    private static final double JITTER = 0.2;

    private final Scheduler timer;

    Retries(Scheduler timer) {
        this.timer = timer;
    }

    /** Repeats {@code step}, by subscribing again, while it fails in a way that {@code when} accepts. */
    <T> Mono<T> of(String name, Predicate<Throwable> when, Mono<T> step) {
        RetryConfig config = RetryConfig.custom()
                .maxAttempts(TRIES)
                .retryOnException(when)
                .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(FIRST_WAIT, 2.0, JITTER, LONGEST_WAIT))
                .build();
        return Mono.defer(() -> {
            Retry.AsyncContext<T> context = Retry.of(name, config).asyncContext();
            return step.doOnSuccess(_ -> context.onComplete())
                    .retryWhen(reactor.util.retry.Retry.from(failures -> failures.concatMap(signal -> {
                        long wait = context.onError(signal.failure());
                        return wait < 0
                                ? Mono.<Long>error(signal.failure())
                                : Mono.delay(Duration.ofMillis(wait), timer);
                    })));
        });
    }
}
