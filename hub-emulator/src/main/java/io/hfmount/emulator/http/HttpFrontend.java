package io.hfmount.emulator.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * The HTTP server: takes the raw request target, finds the route, runs the interceptor and the handler, and sends the
 * answer the way its {@link Delivery} says. Thread-safe.
 */
public final class HttpFrontend implements AutoCloseable {
    /** Pieces of an answer that may wait for their socket: of 64 KiB, the usual ones, 256 KiB a connection. */
    private static final int READY = 4;

    /** Longest request line and longest set of headers, in bytes; paths may be long. */
    private static final int MAX_HEAD = 64 * 1024;

    /** Most bytes of a body received at once. */
    private static final int RECEIVED = 128 * 1024;

    private static final int MAX_REQUEST_ID = 128;
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(2);
    private static final Logger log = LoggerFactory.getLogger(HttpFrontend.class);

    private final Router router;
    private final Interceptor interceptor;
    private final Consumer<FinishedRequest> listener;
    private final LoopResources loops = LoopResources.create("hub-http", 1, 2, true);
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final DisposableServer server;

    /**
     * Binds and listens.
     *
     * @param address what to bind; port 0 takes a free one
     * @param router complete: read without locks from now on
     * @param interceptor around every matched route
     * @param listener told of every request once it is over, on an event loop
     * @throws reactor.netty.ChannelBindException when the address is taken
     */
    public HttpFrontend(
            InetSocketAddress address, Router router, Interceptor interceptor, Consumer<FinishedRequest> listener) {
        this.router = router;
        this.interceptor = interceptor;
        this.listener = listener;
        try {
            this.server = withLargePieces(HttpServer.create())
                    .bindAddress(() -> address)
                    .runOn(loops)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .doOnConnection(connection -> connections.add(connection.channel()))
                    .handle(this::serve)
                    .bindNow();
        } catch (RuntimeException e) {
            loops.disposeLater(Duration.ZERO, CLOSE_GRACE).block();
            throw e;
        }
    }

    /** Hands bodies on as the socket gives them; in pieces of 8 KiB, the default, most work would be that of handing on. */
    @SuppressWarnings("deprecation") // the one way there is with this version of Netty
    private static HttpServer withLargePieces(HttpServer server) {
        return server.childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1 << 10, 16 << 10, RECEIVED))
                .httpRequestDecoder(decoder -> decoder.maxInitialLineLength(MAX_HEAD)
                        .maxHeaderSize(MAX_HEAD)
                        .maxChunkSize(RECEIVED));
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    /** Stops listening, breaks every connection and ends its threads. */
    @Override
    public void close() {
        server.disposeNow(CLOSE_GRACE);
        connections.close().awaitUninterruptibly(CLOSE_GRACE.toMillis());
        loops.disposeLater(Duration.ZERO, CLOSE_GRACE).block();
    }

    private Publisher<Void> serve(HttpServerRequest wire, HttpServerResponse response) {
        Progress progress = new Progress(requestId(wire), wire);
        response.header("X-Request-Id", progress.id);
        return Mono.defer(() -> dispatch(wire, progress))
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("the handler gave no answer")))
                .onErrorResume(error -> Mono.just(refusalOf(error, progress)))
                .flatMap(answer -> deliver(wire.method(), answer, response, progress))
                .doOnError(error -> log.debug("request {} broke while sending: {}", progress.id, error.toString()))
                .doFinally(signal -> listener.accept(progress.finish()))
                .subscribeOn(taskOfItsOwn(response));
    }

    /**
     * Reactor Netty 1.3.7 never reads a connection again when a request that it had queued is answered within the call
     * that takes it from the queue (reactor-netty issue 4361). A task of its own on the event loop comes after it.
     */
    private static Scheduler taskOfItsOwn(HttpServerResponse response) {
        AtomicReference<Executor> loop = new AtomicReference<>();
        response.withConnection(connection -> loop.set(connection.channel().eventLoop()));
        return Schedulers.fromExecutor(Objects.requireNonNull(loop.get()));
    }

    private Mono<Answer> dispatch(HttpServerRequest wire, Progress progress) {
        RawTarget target = RawTarget.parse(wire.uri());
        progress.path = target.path();
        Router.Match match = router.match(wire.method(), target.path());
        progress.route = match.route().pattern();
        Flux<ByteBuf> content = wire.receive().doOnNext(progress::received);
        Request request = new Request(
                progress.id,
                match.route().pattern(),
                wire.method(),
                target,
                wire.requestHeaders(),
                match.captures(),
                content);
        return interceptor.intercept(request, match.route().handler());
    }

    private static Answer refusalOf(Throwable error, Progress progress) {
        if (error instanceof RefusedException refusal) {
            return Answer.refusal(refusal.status(), refusal.errorCode(), String.valueOf(refusal.getMessage()));
        }
        log.error("request {} failed: {} {}", progress.id, progress.method, progress.route, error);
        return Answer.refusal(500, null, "internal error; the server's log has the request id");
    }

    private static Mono<Void> deliver(
            HttpMethod method, Answer answer, HttpServerResponse response, Progress progress) {
        progress.status = answer.status();
        if (answer.delivery() instanceof Delivery.Dropped) {
            progress.outcome = FinishedRequest.Outcome.BROKEN;
            return reset(response);
        }
        response.status(answer.status());
        response.responseHeaders().add(answer.headers());
        long length = answer.length();
        if (length >= 0 && answer.status() != 204 && answer.status() != 304) {
            response.header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
        }
        Mono<Void> sending;
        if (method.equals(HttpMethod.HEAD) || length == 0) {
            sending = response.send();
        } else {
            Flux<ByteBuf> content = content(answer.body());
            if (answer.delivery() instanceof Delivery.Cut cut) {
                progress.outcome = FinishedRequest.Outcome.BROKEN;
                return response.send(first(cut.bytes(), content).doOnNext(progress::sent))
                        .then()
                        .then(close(response));
            }
            if (answer.delivery() instanceof Delivery.Flipped(long at)) {
                content = flipped(at, content);
            }
            sending = byPieces(response, content.doOnNext(progress::sent));
        }
        return sending.doOnSuccess(done -> progress.outcome = FinishedRequest.Outcome.SENT);
    }

    /**
     * Sends a piece when the socket has taken the one before, a few others being ready. Left alone, Reactor Netty asks for
     * 128 pieces at once and copies them into direct memory: a client that opens many downloads and reads them slowly, as
     * {@code hf_xet} does, used all there is, and an error of memory ends a stream without a word to either side. A piece
     * that it knows to be the only one it takes for the whole answer, hence {@code hide}.
     */
    private static Mono<Void> byPieces(HttpServerResponse response, Flux<ByteBuf> content) {
        return content.concatMap(piece -> response.send(Flux.just(piece).hide()).then(), READY)
                .doOnDiscard(ByteBuf.class, ByteBuf::release)
                .then();
    }

    private static Flux<ByteBuf> content(Answer.Body body) {
        return switch (body) {
            case Answer.Body.Bytes bytes -> Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(bytes.bytes())));
            case Answer.Body.Stream stream -> Flux.from(stream.content());
        };
    }

    /** The first {@code limit} bytes of {@code content}; releases the rest of the piece it cuts. */
    private static Flux<ByteBuf> first(long limit, Flux<ByteBuf> content) {
        return Flux.defer(() -> {
            long[] left = {limit};
            return content.takeUntil(piece -> {
                        left[0] -= piece.readableBytes();
                        return left[0] <= 0;
                    })
                    .map(piece ->
                            left[0] < 0 ? piece.writerIndex(Math.toIntExact(piece.writerIndex() + left[0])) : piece);
        });
    }

    /** All of {@code content} but for one bit of byte {@code at}, in a copy: the pieces may be shared. */
    private static Flux<ByteBuf> flipped(long at, Flux<ByteBuf> content) {
        return Flux.defer(() -> {
            long[] left = {at};
            return content.map(piece -> {
                long here = left[0];
                left[0] -= piece.readableBytes();
                if (here < 0 || left[0] >= 0) {
                    return piece;
                }
                try {
                    ByteBuf changed = piece.copy();
                    int index = Math.toIntExact(changed.readerIndex() + here);
                    return changed.setByte(index, changed.getByte(index) ^ 1);
                } finally {
                    piece.release();
                }
            });
        });
    }

    private static Mono<Void> reset(HttpServerResponse response) {
        return Mono.defer(() -> {
            response.withConnection(connection -> {
                Channel channel = connection.channel();
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.close();
            });
            return Mono.never();
        });
    }

    private static Mono<Void> close(HttpServerResponse response) {
        return Mono.defer(() -> {
            response.withConnection(connection -> connection.channel().close());
            return Mono.never();
        });
    }

    private static String requestId(HttpServerRequest wire) {
        String sent = wire.requestHeaders().get("X-Request-Id");
        if (sent != null && !sent.isBlank() && sent.length() <= MAX_REQUEST_ID) {
            return Answer.headerText(sent);
        }
        byte[] random = new byte[12];
        ThreadLocalRandom.current().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** What is known of a running request. Confined to the connection's event loop but for the handler's result. */
    private static final class Progress {
        private final String id;
        private final String method;
        private final @Nullable String range;
        private final Instant startedAt = Instant.now();
        private final long startedNanos = System.nanoTime();
        private volatile String path = "";
        private volatile @Nullable String route;
        private volatile int status;
        private volatile FinishedRequest.Outcome outcome = FinishedRequest.Outcome.ABORTED;
        private volatile long bytesIn;
        private volatile long bytesOut;

        Progress(String id, HttpServerRequest wire) {
            this.id = id;
            this.method = wire.method().name();
            this.range = wire.requestHeaders().get(HttpHeaderNames.RANGE);
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // written by one thread at a time: pieces are sent in order
        void sent(ByteBuf piece) {
            bytesOut += piece.readableBytes();
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // as above
        void received(ByteBuf piece) {
            bytesIn += piece.readableBytes();
        }

        FinishedRequest finish() {
            return new FinishedRequest(
                    id,
                    startedAt,
                    method,
                    path,
                    route,
                    range,
                    status,
                    outcome,
                    bytesIn,
                    bytesOut,
                    (System.nanoTime() - startedNanos) / 1000);
        }
    }
}
