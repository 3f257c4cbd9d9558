package io.hfmount.hub.http;

import io.hfmount.hub.HubException;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.TokenSource;
import java.util.function.Function;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;

/**
 * Calls of one Hub: judges statuses, decodes bodies on the parallel scheduler, follows redirects. Thread-safe.
 *
 * <p>Holds a connection pool: {@link #close()} it.
 */
final class HubCalls implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;

    private final HubSettings settings;
    private final HubExchange exchange;

    HubCalls(HubSettings settings, TokenSource tokens, HubObserver observer) {
        this.settings = settings;
        this.exchange = new HubExchange(settings, tokens, observer);
    }

    @Override
    public void close() {
        exchange.close();
    }

    HubSettings settings() {
        return settings;
    }

    HubRequest get(String route, String url) {
        return HubRequest.get(route, url, settings.requestTimeout());
    }

    /** Any answer, not yet judged. */
    Mono<HubAnswer> send(HubRequest request) {
        return exchange.send(request);
    }

    /** The decoded body of a success; any other status is an error, as is a body that {@code decoder} refuses. */
    <T> Mono<T> call(HubRequest request, Function<byte[], T> decoder) {
        return send(request)
                .publishOn(Schedulers.parallel())
                .map(answer -> decode(request, answer, ok -> decoder.apply(ok.body())));
    }

    /**
     * Follows redirects until an answer is none, or {@code enough}. They may lead to another origin only for a read of
     * bytes, and then without the token.
     */
    Mono<HubAnswer> following(HubRequest request, Predicate<HubAnswer> enough) {
        return following(request, enough, MAX_REDIRECTS);
    }

    private Mono<HubAnswer> following(HubRequest request, Predicate<HubAnswer> enough, int left) {
        return send(request).flatMap(answer -> {
            if (!answer.isRedirect() || enough.test(answer)) {
                return Mono.just(answer);
            }
            return Mono.fromCallable(() -> target(request, answer, left))
                    .flatMap(target -> following(target, enough, left - 1));
        });
    }

    private static HubRequest target(HubRequest request, HubAnswer answer, int left) {
        String location = answer.headers().get("Location");
        try {
            if (location == null || left == 0) {
                throw new IllegalArgumentException("it redirects without describing the file");
            }
            if (request.read() == null) {
                return request.redirected(SameOrigin.resolve(request.url(), location), false);
            }
            String target = SameOrigin.resolveAnywhere(request.url(), location);
            return request.redirected(target, !SameOrigin.isSame(request.url(), target));
        } catch (IllegalArgumentException e) {
            throw unreadable(request, answer, e);
        }
    }

    static <T> T decode(HubRequest request, HubAnswer answer, Function<HubAnswer, T> decoder) {
        if (!answer.isSuccess()) {
            throw refusal(request, answer);
        }
        try {
            return decoder.apply(answer);
        } catch (JacksonException | IllegalArgumentException e) {
            throw unreadable(request, answer, e);
        }
    }

    static HubException refusal(HubRequest request, HubAnswer answer) {
        boolean unknown = !request.repeatable() && !RetryPolicy.saysNotApplied(answer.status());
        return new HubException(
                answer.status(),
                unknown,
                answer.errorCode(),
                failed(request) + "answered " + answer.status()
                        + (answer.error().isEmpty() ? "" : ": " + answer.error())
                        + " [request " + answer.requestId() + "]"
                        + (unknown ? "; it may have been applied" : ""));
    }

    static HubException unreadable(HubRequest request, HubAnswer answer, Exception cause) {
        // The parser's own message quotes the body, which may hold a token: neither it nor the cause goes on.
        String reason = cause instanceof JacksonException ? "it is no JSON" : cause.getMessage();
        return new HubException(
                answer.status(),
                !request.repeatable(),
                failed(request) + "the answer cannot be read: " + reason + " [request " + answer.requestId() + "]");
    }

    /** Whether {@code error} is a 404 that the Hub calls {@code code}. */
    static boolean isRefusal(Throwable error, String code) {
        return error instanceof HubException e
                && e.status() == 404
                && e.errorCode().filter(code::equals).isPresent();
    }

    static String failed(HubRequest request) {
        return request.method() + " " + request.route() + " ";
    }
}
