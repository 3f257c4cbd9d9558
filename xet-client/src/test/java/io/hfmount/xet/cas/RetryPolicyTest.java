package io.hfmount.xet.cas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.xet.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class RetryPolicyTest {
    private final RetryPolicy policy = RetryPolicy.protocol();

    @Test
    void pauses_growThreefoldUpToTheCap() {
        List<Long> seconds = new ArrayList<>();
        for (int retry = 1; retry <= 7; retry++) {
            seconds.add(policy.pause(retry, 1.0, null).toSeconds());
        }
        assertThat(seconds).containsExactly(3L, 9L, 27L, 81L, 243L, 360L, 360L);
        assertThat(policy.pause(3, 0.5, null)).isEqualTo(Duration.ofMillis(13_500));
        assertThat(policy.pause(3, 0, null)).isZero();
    }

    @Test
    void serverPause_isKeptWithinTheCap() {
        assertThat(policy.pause(1, 0.1, Duration.ofSeconds(20))).isEqualTo(Duration.ofSeconds(20));
        assertThat(policy.pause(5, 1.0, Duration.ofSeconds(20))).isEqualTo(Duration.ofSeconds(243));
        assertThat(policy.pause(1, 0.1, Duration.ofDays(2))).isEqualTo(Duration.ofSeconds(360));
    }

    @Test
    void transientFailure_isTriedSixTimesInAll() {
        AtomicInteger attempts = new AtomicInteger();
        List<Duration> pauses = new ArrayList<>();
        StorageObserver observer = new StorageObserver() {
            @Override
            public void retrying(StorageRoute route, int retry, Duration pause, Throwable cause) {
                pauses.add(pause);
            }
        };
        StepVerifier.withVirtualTime(() -> Mono.error(() -> {
                            attempts.incrementAndGet();
                            return AttemptException.transientFailure(StorageException.Kind.UNAVAILABLE, "x", null);
                        })
                        .retryWhen(policy.toRetry(StorageRoute.DATA, observer, () -> 0.999)))
                .thenAwait(Duration.ofSeconds(3 + 9 + 27 + 81 + 243))
                .verifyErrorMessage("x");
        assertThat(attempts).hasValue(6);
        assertThat(pauses).hasSize(5);
    }

    @Test
    void finalFailure_isNotRepeated() {
        AtomicInteger attempts = new AtomicInteger();
        StepVerifier.create(Mono.error(() -> {
                            attempts.incrementAndGet();
                            return AttemptException.finalFailure(StorageException.Kind.REJECTED, "x", null);
                        })
                        .retryWhen(policy.toRetry(StorageRoute.DATA, StorageObserver.NONE)))
                .verifyErrorMessage("x");
        assertThat(attempts).hasValue(1);
    }

    @Test
    void statuses_areClassified() {
        for (int status : new int[] {408, 429, 500, 502, 503, 504}) {
            assertThat(AttemptException.ofStatus(StorageRoute.DATA, status, "", null)
                            .retryable())
                    .as("%d", status)
                    .isTrue();
        }
        for (int status : new int[] {301, 400, 401, 403, 404, 413, 416, 501, 507}) {
            assertThat(AttemptException.ofStatus(StorageRoute.DATA, status, "", null)
                            .retryable())
                    .as("%d", status)
                    .isFalse();
        }
    }

    @Test
    void settings_areChecked() {
        assertThatThrownBy(() -> new RetryPolicy(-1, Duration.ZERO, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RetryPolicy(1, Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StorageSettings.defaults().withTimeouts(Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
