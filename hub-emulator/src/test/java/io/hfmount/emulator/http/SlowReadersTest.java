package io.hfmount.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Clients that open many downloads at once and read them slowly, as {@code hf_xet} does, cost a little memory each. */
class SlowReadersTest {
    private static final int READERS = 32;
    private static final int PIECE = 64 << 10;
    private static final int BODY = 16 << 20;
    private static final long MOST_EACH = 1 << 20;

    private final AtomicLong most = new AtomicLong();

    private static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private Flux<ByteBuf> body() {
        return Flux.<ByteBuf, Integer>generate(() -> 0, (sent, sink) -> {
                    most.accumulateAndGet(directMemory(), Math::max);
                    if (sent == BODY) {
                        sink.complete();
                        return sent;
                    }
                    byte[] piece = new byte[PIECE];
                    Arrays.fill(piece, (byte) (sent / PIECE));
                    sink.next(Unpooled.wrappedBuffer(piece));
                    return sent + PIECE;
                })
                .subscribeOn(Schedulers.boundedElastic());
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void manySlowReaders_areServedWhole_inLittleMemoryEach() throws Exception {
        Router router = new Router()
                .get("/body", request -> Mono.just(Answer.stream(200, "application/octet-stream", BODY, body())));
        InetAddress loopback = InetAddress.getLoopbackAddress();
        List<Socket> readers = new ArrayList<>();
        try (HttpFrontend server =
                new HttpFrontend(new InetSocketAddress(loopback, 0), router, Interceptor.NONE, finished -> {})) {
            long before = directMemory();
            for (int i = 0; i < READERS; i++) {
                Socket reader = new Socket(loopback, server.port());
                readers.add(reader);
                reader.getOutputStream()
                        .write("GET /body HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            for (Socket reader : readers) { // the others wait meanwhile, with all buffers full
                InputStream in = reader.getInputStream();
                skipHead(in);
                for (int at = 0; at < BODY; at += PIECE) {
                    byte[] piece = in.readNBytes(PIECE);
                    assertThat(piece).hasSize(PIECE).containsOnly(at / PIECE);
                }
            }
            assertThat(most.get() - before).isLessThan(READERS * MOST_EACH);
        } finally {
            for (Socket reader : readers) {
                reader.close();
            }
        }
    }

    private static void skipHead(InputStream in) throws Exception {
        int line = 0;
        for (int next = in.read(); ; next = in.read()) {
            assertThat(next).isNotNegative();
            if (next == '\n') {
                if (line == 0) {
                    return;
                }
                line = 0;
            } else if (next != '\r') {
                line++;
            }
        }
    }
}
