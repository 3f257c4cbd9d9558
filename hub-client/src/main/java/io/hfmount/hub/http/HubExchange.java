package io.hfmount.hub.http;

import io.hfmount.hub.HubException;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.TokenSource;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.Serial;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * Sends requests with token, time-out, bounded answers and the retries of hub-api §1.3. Thread-safe.
 *
 * <p>A request that must not be repeated is tried again only when it was not sent, or when the status says that it had
 * no effect; when it was sent and no readable answer came, the error says that the outcome is unknown (H-64).
 */
final class HubExchange implements AutoCloseable {
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Duration IDLE = Duration.ofSeconds(15);
    private static final Pattern PRINTABLE_ID = Pattern.compile("[\\x21-\\x7e]{1,128}");

    private final HubSettings settings;
    private final TokenSource tokens;
    private final HubObserver observer;
    private final ConnectionProvider connections;
    private final HttpClient client;

    HubExchange(HubSettings settings, TokenSource tokens, HubObserver observer) {
        this.settings = settings;
        this.tokens = tokens;
        this.observer = observer;
        this.connections = ConnectionProvider.builder("hub")
                .maxConnections(settings.maxConnections())
                .pendingAcquireMaxCount(10_000)
                .pendingAcquireTimeout(settings.requestTimeout())
                .maxIdleTime(IDLE)
                .build();
        // The client's own silent repetition is off: it would also repeat a batch whose answer was lost.
        this.client = HttpClient.create(connections)
                .disableRetry(true)
                .followRedirect(false)
                .compress(false)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(settings.connectTimeout().toMillis()))
                .headers(h -> h.set(HttpHeaderNames.USER_AGENT, "hf-mount-sidecar"));
    }

    /** Sends {@code request}; any status is an answer, the last one if tries ran out. Fails with HubException. */
    Mono<HubAnswer> send(HubRequest request) {
        return Mono.defer(() -> {
            long start = System.nanoTime();
            String id = requestId();
            return attempt(request, id, 0, start);
        });
    }

    /** Names a request in logs; it need not be secret, and the secure source would block this thread. */
    private static String requestId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    @Override
    public void close() {
        connections.dispose();
    }

    private Mono<HubAnswer> attempt(HubRequest request, String id, int number, long start) {
        AtomicBoolean sent = new AtomicBoolean();
        return once(request, id, sent)
                .onErrorMap(e -> failure(request, id, sent.get(), e))
                .materialize()
                .flatMap(signal -> {
                    HubAnswer answer = signal.get();
                    Throwable error = signal.getThrowable();
                    boolean again = answer != null
                            ? mayRepeat(request, answer)
                            : error instanceof HubException e && e.status() == 0 && !e.outcomeUnknown();
                    Optional<Duration> pause = again
                            ? settings.retries()
                                    .delay(number, answer == null ? Optional.empty() : ServerDelay.of(answer.headers()))
                            : Optional.empty();
                    if (pause.isPresent()) {
                        return Mono.delay(pause.get()).then(Mono.defer(() -> attempt(request, id, number + 1, start)));
                    }
                    observer.requested(
                            request.route(),
                            answer != null ? answer.status() : error instanceof HubException e ? e.status() : 0,
                            System.nanoTime() - start,
                            number);
                    return answer != null ? Mono.just(answer) : Mono.<HubAnswer>error(reason(error));
                });
    }

    private static Throwable reason(@Nullable Throwable error) {
        return error != null ? error : new IllegalStateException("an exchange ended without answer and error");
    }

    private static boolean mayRepeat(HubRequest request, HubAnswer answer) {
        return RetryPolicy.isTransient(answer.status())
                && (request.repeatable() || RetryPolicy.saysNotApplied(answer.status()));
    }

    private Mono<HubAnswer> once(HubRequest request, String id, AtomicBoolean sent) {
        return tokens.token()
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(token -> client.headers(h -> headers(h, request, id, token))
                        .request(request.method())
                        .uri(request.url())
                        .send((head, outbound) -> {
                            sent.set(true);
                            byte[] body = request.body();
                            return body == null ? outbound : outbound.sendByteArray(Mono.just(body));
                        })
                        .response((response, content) -> collect(
                                        content.asByteArray(),
                                        request.read(),
                                        response.status().code())
                                .map(body -> answer(response, body, id, token)))
                        .single())
                .timeout(request.timeout());
    }

    private static void headers(HttpHeaders headers, HubRequest request, String id, Optional<String> token) {
        RangeRead read = request.read();
        headers.set(HttpHeaderNames.ACCEPT, read == null ? "application/json" : "*/*");
        headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        headers.set(REQUEST_ID, id);
        if (read == null || !read.elsewhere()) {
            token.ifPresent(t -> headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + t));
        }
        if (read != null) {
            headers.set(HttpHeaderNames.RANGE, read.header());
            String etag = read.unlessEtag();
            if (etag != null) {
                headers.set(HttpHeaderNames.IF_NONE_MATCH, "\"" + etag + "\"");
            }
        }
        byte[] body = request.body();
        String contentType = request.contentType();
        if (body != null && contentType != null) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
            headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
    }

    private Mono<byte[]> collect(Flux<byte[]> content, @Nullable RangeRead read, int status) {
        if (read != null && (status == 200 || status == 206)) {
            return WantedBytes.of(content, read.range(), status == 200);
        }
        return content.reduceWith(ByteArrayOutputStream::new, (all, part) -> {
                    if (part.length > settings.maxAnswerBytes() - all.size()) {
                        throw new OversizedAnswerException(status, settings.maxAnswerBytes());
                    }
                    all.writeBytes(part);
                    return all;
                })
                .map(ByteArrayOutputStream::toByteArray);
    }

    private static HubAnswer answer(HttpClientResponse response, byte[] body, String id, Optional<String> token) {
        HttpHeaders headers = response.responseHeaders();
        int status = response.status().code();
        UnaryOperator<String> redact =
                text -> token.map(t -> text.replace(t, "***")).orElse(text);
        String echoed = headers.get(REQUEST_ID);
        String requestId = echoed != null && PRINTABLE_ID.matcher(echoed).matches() ? redact.apply(echoed) : id;
        String error = status < 400 ? "" : redact.apply(ErrorText.of(headers, body));
        return new HubAnswer(status, headers, body, requestId, error);
    }

    private static Throwable failure(HubRequest request, String id, boolean sent, Throwable error) {
        if (error instanceof HubException || error instanceof IllegalArgumentException) {
            return error;
        }
        boolean unknown = sent && !request.repeatable();
        String reason;
        int status = 0;
        if (error instanceof OversizedAnswerException oversized) {
            status = oversized.status;
            reason = "the answer is larger than " + oversized.limit + " bytes";
        } else if (error instanceof TimeoutException) {
            reason = "no answer within " + request.timeout().toMillis() + " ms";
        } else {
            reason = sent ? "the connection broke before the answer was complete" : "no connection";
            reason += " (" + error.getClass().getSimpleName() + ": " + error.getMessage() + ")";
        }
        return new HubException(
                status,
                unknown,
                request.method() + " " + request.route() + ": " + reason + " [request " + id + "]"
                        + (unknown ? "; it may have been applied" : ""),
                error);
    }

    /** An answer beyond the bound. */
    private static final class OversizedAnswerException extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1L;

        private final int status;
        private final int limit;

        OversizedAnswerException(int status, int limit) {
            super("oversized answer", null, false, false);
            this.status = status;
            this.limit = limit;
        }
    }
}
