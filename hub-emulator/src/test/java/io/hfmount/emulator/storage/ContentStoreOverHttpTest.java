package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.HttpStorageClient;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageAccess;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.cas.StorageSettings.Versions;
import io.hfmount.xet.download.FileDownload;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The project's own client against the storage service, over HTTP. */
class ContentStoreOverHttpTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final RetryPolicy ONCE = new RetryPolicy(0, Duration.ofMillis(1), Duration.ofMillis(1));

    @TempDir
    private Path directory;

    private StorageServer server;

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @EnumSource(Versions.class)
    void filesOfAllShapes_readBackEqualAlsoAfterARestart(Versions versions) throws Exception {
        server = StorageServer.start(directory);
        List<byte[]> contents = List.of(
                new byte[0],
                new byte[] {7},
                VectorInput.text(1, 8_191),
                VectorInput.random(2, 700_000),
                new byte[1_000_000],
                VectorInput.float32(3, 3_000_000));
        List<UploadedContent> uploaded;
        try (Client client = new Client(versions)) {
            uploaded = client.upload(contents);
            client.checkAll(uploaded, contents);
            assertThat(client.attempts.get(StorageRoute.XORB_UPLOAD)).isGreaterThan(8);
            assertThat(client.failures).isEmpty();
        }
        server.close();
        server = StorageServer.start(directory);
        try (Client client = new Client(versions)) {
            client.checkAll(uploaded, contents);
        }
    }

    @Test
    void secondUpload_findsKnownChunksByGlobalDedup() throws Exception {
        server = StorageServer.start(directory);
        checkDedup();
    }

    @Test
    void secondUpload_findsKnownChunksInKeyedAnswers() throws Exception {
        server = StorageServer.start(
                directory, StorageSettings.defaults().withDedupKey(new ContentHash(21, 22, 23, 24)));
        checkDedup();
    }

    private void checkDedup() {
        byte[] content = VectorInput.random(5, 900_000);
        byte[] longer = Arrays.copyOf(content, 1_000_000);
        ContentHash first;
        try (Client client = new Client(Versions.AUTO)) {
            UploadedContent uploaded = client.upload(List.of(content)).getFirst();
            assertThat(uploaded.reusedBytes()).isZero();
            first = uploaded.hash();
        }
        try (Client client = new Client(Versions.AUTO)) {
            UploadedContent again = client.upload(List.of(content)).getFirst();
            assertThat(again.hash()).isEqualTo(first);
            assertThat(again.newBytes())
                    .as("everything but what another xorb holds")
                    .isLessThan(600_000);
            assertThat(again.reusedBytes()).isGreaterThan(100_000);
            assertThat(client.attempts).containsKey(StorageRoute.CHUNK_QUERY);
            UploadedContent grown = client.upload(List.of(longer)).getFirst();
            assertThat(client.download(grown)).isEqualTo(longer);
        }
    }

    /** A fresh client that knows nothing of earlier uploads. */
    private final class Client implements AutoCloseable {
        private final Map<StorageRoute, Integer> attempts = new ConcurrentHashMap<>();
        private final Map<StorageRoute, Throwable> failures = new ConcurrentHashMap<>();
        private final Scheduler decoding = Schedulers.newParallel("test-decode", 2, true);
        private final HttpStorageClient http;
        private final XetContentStore store;

        Client(Versions versions) {
            StorageObserver observer = new StorageObserver() {
                @Override
                public void finished(StorageRoute route, int status, double seconds, long up, long down) {
                    attempts.merge(route, 1, Integer::sum);
                }

                @Override
                public void retrying(StorageRoute route, int retry, Duration pause, Throwable cause) {
                    failures.put(route, cause);
                }
            };
            http = new HttpStorageClient(
                    () -> Mono.just(new StorageAccess(server.url(), server.token(Scope.WRITE), Instant.MAX)),
                    io.hfmount.xet.cas.StorageSettings.defaults()
                            .withRetry(ONCE)
                            .withVersions(versions),
                    decoding,
                    observer);
            store = new XetContentStore(
                    http,
                    XetContentStore.Settings.defaults()
                            .withRetry(ONCE)
                            .withUpload(UploadSettings.defaults()
                                    .withXorbLimits(400_000, 50)
                                    .withMemory(16 << 20, 1 << 20)),
                    observer);
        }

        List<UploadedContent> upload(List<byte[]> contents) {
            UploadSession session = store.newUploadSession();
            List<UploadedContent> uploaded = Flux.fromIterable(contents)
                    .flatMapSequential(content -> session.add(ArraySource.of(content)))
                    .collectList()
                    .block(WAIT);
            session.finish().block(WAIT);
            return uploaded;
        }

        void checkAll(List<UploadedContent> uploaded, List<byte[]> contents) {
            assertThat(uploaded).hasSameSizeAs(contents);
            for (int i = 0; i < contents.size(); i++) {
                UploadedContent file = uploaded.get(i);
                byte[] content = contents.get(i);
                assertThat(file.size()).isEqualTo(content.length);
                assertThat(download(file)).isEqualTo(content);
                assertThat(server.service().sizeOf(file.hash())).hasValue(content.length);
                assertThat(servedByTheHub(file)).isEqualTo(content);
            }
        }

        byte[] download(UploadedContent file) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (ByteBuffer piece : new FileDownload(store, 500_000, 3)
                    .read(file.hash(), new ByteRange(0, file.size()))
                    .collectList()
                    .block(WAIT)) {
                byte[] bytes = new byte[piece.remaining()];
                piece.get(bytes);
                out.writeBytes(bytes);
            }
            return out.toByteArray();
        }

        private byte[] servedByTheHub(UploadedContent file) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (ByteBuf piece : server.service().stream(file.hash(), new ByteRange(0, file.size()))
                    .toIterable(2)) {
                byte[] bytes = new byte[piece.readableBytes()];
                piece.readBytes(bytes);
                piece.release();
                out.writeBytes(bytes);
            }
            return out.toByteArray();
        }

        @Override
        public void close() {
            store.close();
            http.close();
            decoding.dispose();
        }
    }
}
