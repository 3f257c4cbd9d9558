package io.hfmount.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A client may go away in the middle of an answer: that is no error of the server, and nothing to log. */
class LeavingReadersTest {
    private static final int READERS = 400;
    private static final int PIECE = 4 << 10;
    private static final int PIECES = 2_000;

    private final List<Throwable> dropped = new CopyOnWriteArrayList<>();
    private final AtomicInteger ended = new AtomicInteger();

    @BeforeEach
    void watch() {
        Hooks.onErrorDropped(dropped::add);
    }

    @AfterEach
    void restore() {
        Hooks.resetOnErrorDropped();
    }

    private Flux<ByteBuf> body() {
        return Flux.<ByteBuf, Integer>generate(() -> 0, (sent, sink) -> {
                    if (sent == PIECES) {
                        sink.complete();
                    } else {
                        sink.next(Unpooled.wrappedBuffer(new byte[PIECE]));
                    }
                    return sent + 1;
                })
                .subscribeOn(Schedulers.boundedElastic())
                .doFinally(signal -> ended.incrementAndGet());
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void clientsThatGoAway_endTheirAnswer_withoutAnError() throws Exception {
        long length = (long) PIECE * PIECES;
        Router router = new Router()
                .get("/body", request -> Mono.just(Answer.stream(200, "application/octet-stream", length, body())));
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (HttpFrontend server =
                new HttpFrontend(new InetSocketAddress(loopback, 0), router, Interceptor.NONE, finished -> {})) {
            for (int i = 0; i < READERS; i++) {
                readAndLeave(loopback, server.port(), (i + 1) * 997);
            }
            while (ended.get() < READERS) {
                Thread.onSpinWait(); // bounded by the time limit
            }
        }
        assertThat(dropped).isEmpty();
    }

    private static void readAndLeave(InetAddress address, int port, int bytes) throws IOException {
        try (Socket reader = new Socket(address, port)) {
            reader.setSoLinger(true, 0); // a reset, not an end
            reader.getOutputStream()
                    .write("GET /body HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(reader.getInputStream().readNBytes(bytes)).hasSize(bytes);
        }
    }
}
