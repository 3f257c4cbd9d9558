package io.hfmount.xet.cas;

import io.hfmount.xet.StorageException;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Keeps one storage access until shortly before its end; all callers that need a new one share one request
 * (xet-protocol §10.1). Thread-safe.
 */
final class TokenCache {
    /** A token is replaced when it lives no longer than this. */
    static final Duration MARGIN = Duration.ofSeconds(30);

    private final StorageTokens tokens;
    private final Clock clock;
    private final Duration timeout;

    /** Guarded by this. */
    private @Nullable StorageAccess current;

    /** The request under way that all callers wait for. Guarded by this. */
    private @Nullable Mono<StorageAccess> flight;

    TokenCache(StorageTokens tokens, Clock clock, Duration timeout) {
        this.tokens = tokens;
        this.clock = clock;
        this.timeout = timeout;
    }

    /** Access that is valid for at least {@link #MARGIN}, or a freshly issued one. */
    Mono<StorageAccess> get() {
        return Mono.defer(() -> {
            synchronized (this) {
                StorageAccess known = current;
                if (known != null && known.expiresAt().isAfter(clock.instant().plus(MARGIN))) {
                    return Mono.just(known);
                }
                return refresh();
            }
        });
    }

    /** Access other than {@code refused}, which storage did not take. */
    Mono<StorageAccess> replace(StorageAccess refused) {
        return Mono.defer(() -> {
            synchronized (this) {
                if (refused.equals(current)) {
                    current = null;
                }
                StorageAccess known = current;
                return known != null ? Mono.just(known) : refresh();
            }
        });
    }

    /** Called with this held. */
    private Mono<StorageAccess> refresh() {
        Mono<StorageAccess> running = flight;
        if (running != null) {
            return running;
        }
        // cache() keeps the request alive when the caller that started it is cancelled: others wait for it too.
        Mono<StorageAccess> started = Mono.defer(tokens::issue)
                .timeout(timeout)
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("no storage token was issued")))
                .onErrorMap(TokenCache::failure)
                .doOnNext(this::landed)
                .doOnError(e -> crashed())
                .cache();
        flight = started;
        return started;
    }

    private synchronized void landed(StorageAccess access) {
        current = access;
        flight = null;
    }

    private synchronized void crashed() {
        flight = null;
    }

    private static Throwable failure(Throwable cause) {
        StorageException.Kind kind = cause instanceof StorageException e ? e.kind() : StorageException.Kind.UNAVAILABLE;
        return AttemptException.finalFailure(kind, "no storage token: " + cause.getMessage(), cause);
    }
}
