package io.hfmount.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class BodyPiecesTest {
    /** What Netty's decoder cuts bodies into unless told otherwise. */
    private static final int SMALL = 8 << 10;

    private static final int LARGEST = 128 << 10;

    @Test
    void largeBody_arrivesWholeInFewPiecesOfBoundedSize() throws Exception {
        byte[] content = new byte[(16 << 20) + 4711];
        new SplittableRandom(7).nextBytes(content);
        List<byte[]> pieces = new CopyOnWriteArrayList<>();
        Router router = new Router()
                .post(
                        "/body",
                        request -> request.content()
                                .doOnNext(piece -> {
                                    byte[] bytes = new byte[piece.readableBytes()];
                                    piece.getBytes(piece.readerIndex(), bytes);
                                    pieces.add(bytes);
                                })
                                .then(Mono.fromSupplier(() -> Answer.empty(204))));
        try (HttpFrontend server = new HttpFrontend(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        router,
                        Interceptor.NONE,
                        finished -> {});
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/body"))
                    .version(HttpClient.Version.HTTP_1_1)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(content))
                    .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(204);
        }
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        pieces.forEach(received::writeBytes);
        assertThat(received.toByteArray()).isEqualTo(content);
        assertThat(pieces).allSatisfy(piece -> assertThat(piece.length).isLessThanOrEqualTo(LARGEST));
        assertThat(pieces).hasSizeLessThan(content.length / SMALL / 2);
    }
}
