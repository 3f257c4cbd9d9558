package io.hfmount.xet.cas;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.StorageException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.timeout.WriteTimeoutHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/** Carries out single HTTP attempts with time-outs and turns every failure into an {@link AttemptException}. */
final class HttpExchange implements AutoCloseable {
    private static final int MAX_ERROR_TEXT = 1 << 10;
    private static final Duration IDLE_LIFE = Duration.ofSeconds(60);
    private static final int MAX_WAITING = 100_000;

    /** Most bytes received at once. */
    private static final int RECEIVED = 128 << 10;

    private final ConnectionProvider connections;
    private final HttpClient client;
    private final StorageObserver observer;

    HttpExchange(StorageSettings settings, StorageObserver observer) {
        this.observer = observer;
        this.connections = ConnectionProvider.builder("xet-storage")
                .maxConnections(settings.maxConnections())
                .maxIdleTime(IDLE_LIFE)
                .pendingAcquireMaxCount(MAX_WAITING)
                // Callers limit how much they have under way; waiting for a turn is not a fault of the server.
                .pendingAcquireTimeout(settings.shardTimeout())
                .evictInBackground(IDLE_LIFE)
                .build();
        String session = UUID.randomUUID().toString();
        long stall = settings.readTimeout().toMillis();
        this.client = withLargePieces(HttpClient.create(connections))
                .followRedirect(false)
                .compress(false)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(settings.connectTimeout().toMillis()))
                .responseTimeout(settings.readTimeout())
                .headers(headers -> headers.set(HttpHeaderNames.USER_AGENT, settings.userAgent())
                        .set("X-Xet-Session-Id", session))
                .doOnConnected(connection -> connection.addHandlerLast(
                        "write-stall", new WriteTimeoutHandler(stall, TimeUnit.MILLISECONDS)));
    }

    /** Hands bodies on as the socket gives them; pieces of 8 KiB, the default, cost more than the bytes in them. */
    @SuppressWarnings("deprecation") // the one way there is with this version of Netty
    private static HttpClient withLargePieces(HttpClient client) {
        return client.option(
                        ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1 << 10, 16 << 10, RECEIVED))
                .httpResponseDecoder(decoder -> decoder.maxChunkSize(RECEIVED));
    }

    /**
     * What to send.
     *
     * @param target absolute address, or a path below the storage address
     * @param body what is sent; null sends nothing
     * @param dirty what is about to change, empty for no such question
     */
    record Request(
            StorageRoute route,
            HttpMethod method,
            String target,
            @Nullable RequestBody body,
            @Nullable ByteRange range,
            List<ByteRange> dirty,
            boolean readTimeout) {
        static Request get(StorageRoute route, String target) {
            return new Request(route, HttpMethod.GET, target, null, null, List.of(), true);
        }

        static Request head(StorageRoute route, String target) {
            return new Request(route, HttpMethod.HEAD, target, null, null, List.of(), true);
        }

        static Request post(StorageRoute route, String target, RequestBody body) {
            return new Request(route, HttpMethod.POST, target, body, null, List.of(), true);
        }

        Request withRange(ByteRange value) {
            return new Request(route, method, target, body, value, dirty, readTimeout);
        }

        Request withoutReadTimeout() {
            return new Request(route, method, target, body, range, dirty, false);
        }

        Request withDirty(List<ByteRange> value) {
            return new Request(route, method, target, body, range, List.copyOf(value), readTimeout);
        }

        long length() {
            return body == null ? 0 : body.length();
        }
    }

    /** Reads the answer of a success. */
    @FunctionalInterface
    interface Reader<T> {
        Mono<T> read(HttpClientResponse response, ByteBufFlux body);
    }

    /**
     * One attempt.
     *
     * @param access storage address and token; null sends no token to an absolute address
     */
    <T> Mono<T> exchange(Request request, @Nullable StorageAccess access, Reader<T> reader) {
        return Mono.defer(() -> {
            Progress progress = new Progress(request);
            String address = access == null ? request.target() : access.url() + request.target();
            HttpClient configured = client.headers(headers -> addHeaders(headers, request, access));
            if (!request.readTimeout()) {
                configured = configured.responseTimeout(null);
            }
            return configured
                    .request(request.method())
                    .uri(address)
                    .send((out, outbound) -> {
                        RequestBody body = request.body();
                        return body == null ? outbound : outbound.send(body.pieces());
                    })
                    .response((response, body) -> {
                        progress.status = response.status().code();
                        ByteBufFlux counted = ByteBufFlux.fromInbound(body.doOnNext(progress::received));
                        return read(request, reader, response, counted);
                    })
                    .singleOrEmpty()
                    .onErrorMap(e -> failure(request.route(), e))
                    // Told before the outcome goes on: whoever has the answer finds it counted.
                    .doOnTerminate(progress::ended)
                    .doOnCancel(progress::ended);
        });
    }

    /** What is known of one attempt, told once. Filled by the event loop of its connection. */
    private final class Progress {
        private final Request request;
        private final long begun = System.nanoTime();
        private final AtomicBoolean told = new AtomicBoolean();
        private final AtomicLong down = new AtomicLong();
        private volatile int status;

        Progress(Request request) {
            this.request = request;
        }

        void received(ByteBuf piece) {
            down.addAndGet(piece.readableBytes());
        }

        void ended() {
            if (told.compareAndSet(false, true)) {
                observer.finished(
                        request.route(), status, (System.nanoTime() - begun) / 1e9, request.length(), down.get());
            }
        }
    }

    private static void addHeaders(HttpHeaders headers, Request request, @Nullable StorageAccess access) {
        if (access != null) {
            headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + access.token());
        }
        ByteRange range = request.range();
        if (range != null && !(range.start() == 0 && range.end() == Long.MAX_VALUE)) {
            String last = range.end() == Long.MAX_VALUE ? "" : Long.toString(range.end() - 1);
            headers.set(HttpHeaderNames.RANGE, "bytes=" + range.start() + "-" + last);
        }
        if (!request.dirty().isEmpty()) {
            StringJoiner ranges = new StringJoiner(",", "bytes=", "");
            request.dirty().forEach(part -> ranges.add(part.start() + "-" + (part.end() - 1)));
            headers.set("X-Range-Dirty", ranges.toString());
        }
        if (request.method().equals(HttpMethod.POST)) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, request.length());
            headers.set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
        }
    }

    private static <T> Mono<T> read(Request request, Reader<T> reader, HttpClientResponse response, ByteBufFlux body) {
        int status = response.status().code();
        if (status == 200 || status == 206) {
            return reader.read(response, body);
        }
        Duration pause = RetryAfter.parse(response.responseHeaders().get(HttpHeaderNames.RETRY_AFTER));
        return body.scan(
                        new StringBuilder(),
                        (text, piece) -> text.append(piece.toString(
                                piece.readerIndex(),
                                Math.min(piece.readableBytes(), MAX_ERROR_TEXT),
                                StandardCharsets.UTF_8)))
                .takeUntil(text -> text.length() >= MAX_ERROR_TEXT)
                .last()
                .onErrorReturn(new StringBuilder())
                .flatMap(text -> Mono.error(
                        AttemptException.ofStatus(request.route(), status, ErrorText.clean(text.toString()), pause)));
    }

    private static Throwable failure(StorageRoute route, Throwable cause) {
        if (cause instanceof StorageException) {
            return cause;
        }
        if (cause instanceof TimeoutException || cause instanceof io.netty.handler.timeout.TimeoutException) {
            return tooSlow(route, cause);
        }
        if (cause instanceof IllegalArgumentException) {
            return AttemptException.finalFailure(
                    StorageException.Kind.REJECTED, "the request for " + route.label() + " cannot be made", null);
        }
        return AttemptException.transientFailure(
                StorageException.Kind.UNAVAILABLE,
                "no complete answer to " + route.label() + ": " + ErrorText.clean(cause.toString()),
                cause);
    }

    static AttemptException tooSlow(StorageRoute route, Throwable cause) {
        return AttemptException.transientFailure(
                StorageException.Kind.TIMEOUT, "no answer to " + route.label() + " in time", cause);
    }

    @Override
    public void close() {
        connections.disposeLater().subscribe();
    }
}
