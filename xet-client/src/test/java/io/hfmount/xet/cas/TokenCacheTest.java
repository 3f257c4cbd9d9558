package io.hfmount.xet.cas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.xet.StorageException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class TokenCacheTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private final List<Sinks.One<StorageAccess>> requests = new ArrayList<>();
    private final TokenCache cache = new TokenCache(this::issue, clock(), Duration.ofMinutes(1));

    private Mono<StorageAccess> issue() {
        Sinks.One<StorageAccess> sink = Sinks.one();
        requests.add(sink);
        return sink.asMono();
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now.get();
            }
        };
    }

    private static StorageAccess access(String token, Duration life) {
        return new StorageAccess("https://cas.example/", token, NOW.plus(life));
    }

    @Test
    void concurrentCallers_shareOneRequest() {
        List<StorageAccess> seen = new ArrayList<>();
        cache.get().subscribe(seen::add);
        cache.get().subscribe(seen::add);
        cache.get().subscribe(seen::add);
        assertThat(requests).hasSize(1);

        requests.getFirst().tryEmitValue(access("a", Duration.ofHours(1)));

        assertThat(seen).hasSize(3).allMatch(a -> a.token().equals("a"));
        assertThat(cache.get().block()).isEqualTo(seen.getFirst());
        assertThat(requests).hasSize(1);
    }

    @Test
    void firstCallerCancelled_othersStillGetTheToken() {
        List<StorageAccess> seen = new ArrayList<>();
        var first = cache.get().subscribe(seen::add);
        cache.get().subscribe(seen::add);
        first.dispose();

        requests.getFirst().tryEmitValue(access("a", Duration.ofHours(1)));

        assertThat(seen).hasSize(1);
    }

    @Test
    void expiryWithinMargin_isRefreshed() {
        cache.get().subscribe();
        requests.getFirst().tryEmitValue(access("a", Duration.ofMinutes(10)));

        now.set(NOW.plus(Duration.ofMinutes(9)).plusSeconds(29));
        cache.get().subscribe();
        assertThat(requests).hasSize(1);

        now.set(NOW.plus(Duration.ofMinutes(9)).plusSeconds(30));
        cache.get().subscribe();
        assertThat(requests).hasSize(2);
    }

    @Test
    void refusedToken_isReplacedOnceForAll() {
        cache.get().subscribe();
        StorageAccess old = access("old", Duration.ofHours(1));
        requests.getFirst().tryEmitValue(old);

        List<StorageAccess> seen = new ArrayList<>();
        cache.replace(old).subscribe(seen::add);
        cache.replace(old).subscribe(seen::add);
        assertThat(requests).hasSize(2);
        requests.get(1).tryEmitValue(access("new", Duration.ofHours(1)));
        cache.replace(old).subscribe(seen::add);

        assertThat(requests).hasSize(2);
        assertThat(seen).hasSize(3).allMatch(a -> a.token().equals("new"));
    }

    @Test
    void failedRequest_isNotRemembered() {
        List<Throwable> errors = new ArrayList<>();
        cache.get().subscribe(a -> {}, errors::add);
        requests.getFirst().tryEmitError(new IllegalStateException("hub down"));

        assertThat(errors).singleElement().isInstanceOf(StorageException.class);
        assertThat(RetryPolicy.isTransient(errors.getFirst())).isFalse();
        cache.get().subscribe();
        assertThat(requests).hasSize(2);
    }

    @Test
    void text_hidesTheToken() {
        assertThat(access("secret", Duration.ofHours(1)).toString()).doesNotContain("secret");
        assertThatThrownBy(() -> new StorageAccess("ftp://x", "secret", NOW)).hasMessageNotContaining("secret");
    }
}
