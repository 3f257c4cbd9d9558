package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.xet.shard.ShardWriter;
import io.hfmount.xet.vectors.VectorInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

/** No route touches the disk on an event loop, and a client that goes away leaves nothing behind. */
class EventLoopTest {
    @TempDir
    private Path directory;

    private StorageServer server;

    @BeforeEach
    void start() throws Exception {
        server = StorageServer.start(directory);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void blocking_isDetected() {
        assertThatThrownBy(() -> Mono.fromCallable(() -> Files.readAllBytes(directory.resolve("lock")))
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .rootCause()
                .isInstanceOf(BlockingOperationError.class);
    }

    /** A pool's queue lock is held for nanoseconds; taken for a block, its error loses the wake-up of the queued task. */
    @Test
    void handingWorkToABusyPool_isNoBlocking() {
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            LongAdder done = new LongAdder();
            Mono.fromRunnable(() -> {
                        for (int i = 0; i < 300_000; i++) {
                            pool.execute(done::increment);
                        }
                    })
                    .subscribeOn(Schedulers.parallel())
                    .block();
            pool.close();
            assertThat(done.sum()).isEqualTo(300_000);
        }
    }

    @Test
    void everyRoute_leavesTheEventLoopForTheDisk() {
        SampleFile file = SampleFile.of(VectorInput.random(4, 400_000), 150_000);
        server.store(file); // throws unless every answer is 200
        String hash = file.entry().hash().text();
        JsonNode plan = server.json(server.get("/v2/reconstructions/" + hash));
        assertThat(plan.get("terms").size()).isGreaterThan(1);
        server.json(server.get("/v1/reconstructions/" + hash, "Range", "bytes=100-200"));
        server.json(server.get("/v1/reconstructions?file_id=" + hash));
        server.json(server.get("/v2/file-chunk-hashes/" + hash, "X-Range-Dirty", "bytes=5-9"));
        String url = plan.get("xorbs").iterator().next().get(0).get("url").asString();
        assertThat(server.fetch(url, "Range", "bytes=0-9").statusCode()).isEqualTo(206);
        assertThat(server.fetch(url, "Range", "bytes=0-9,20-29").statusCode()).isEqualTo(206);
        String chunk =
                file.xorbs().getFirst().index().chunks().getFirst().hash().text();
        assertThat(server.get("/v1/chunks/default/" + chunk).statusCode()).isEqualTo(200);
        assertThat(server.head("/v1/files/" + hash).statusCode()).isEqualTo(200);
        assertThat(server.head("/v1/xorbs/default/"
                                + file.xorbs().getFirst().index().hash())
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<byte[]> second =
                server.send("POST", "/v2/shards", ShardWriter.upload(List.of(file.entry()), file.xorbEntries()));
        assertThat(StorageServer.text(second)).endsWith("{\"type\":\"result\"}\n");
    }

    @Test
    void clientGoneInMidUpload_leavesNoTemporaryFile() throws Exception {
        URI uri = URI.create(server.url());
        String hash = "0".repeat(63) + "1";
        String head = "POST " + uri.getPath() + "/v1/xorbs/default/" + hash + " HTTP/1.1\r\nHost: x\r\n"
                + "Authorization: Bearer " + server.token(Scope.WRITE)
                + "\r\nContent-Length: 1000000\r\n\r\n";
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(new byte[200_000]);
            socket.getOutputStream().flush();
            await(() -> temporaryFiles() == 1);
        }
        await(() -> temporaryFiles() == 0);
    }

    private long temporaryFiles() {
        try (Stream<Path> files = Files.list(directory.resolve("tmp"))) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        Instant end = Instant.now().plus(Duration.ofSeconds(20));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("the condition holds in time").isBefore(end);
            Thread.yield();
        }
    }
}
