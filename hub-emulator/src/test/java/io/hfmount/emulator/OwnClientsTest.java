package io.hfmount.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.faults.FaultAction;
import io.hfmount.emulator.faults.FaultRule;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketHubContract;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.TokenSource;
import io.hfmount.hub.http.HttpBucketHub;
import io.hfmount.hub.http.HubSettings;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.cas.HttpStorageClient;
import io.hfmount.xet.cas.StorageAccess;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageSettings;
import io.hfmount.xet.download.FileDownload;
import io.hfmount.xet.store.XetContentStore;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;

/** This project's own Hub and storage clients against the whole embedded Hub. */
class OwnClientsTest extends BucketHubContract {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private HubEmulator emulator;
    private HttpBucketHub hub;
    private HttpStorageClient storage;
    private XetContentStore store;

    @Override
    protected BucketHub emptyBucket() throws Exception {
        start();
        assertThat(call(HttpRequest.newBuilder(URI.create(emulator.url() + "/api/buckets/demo/own"))
                                .POST(BodyPublishers.ofString("{}")))
                        .statusCode())
                .isEqualTo(200);
        return hub;
    }

    private void start() throws Exception {
        emulator = HubEmulator.start(EmulatorConfig.in(directory));
        hub = new HttpBucketHub(
                HubSettings.of(emulator.url()),
                BucketSource.parse("hf://buckets/demo/own"),
                TokenSource.fixed(EmulatorConfig.DEFAULT_TOKEN),
                HubObserver.NONE);
        storage = new HttpStorageClient(
                () -> hub.storageToken(true)
                        .map(token -> new StorageAccess(token.url(), token.token(), token.expiresAt())),
                StorageSettings.defaults(),
                Schedulers.parallel(),
                StorageObserver.NONE);
        store = new XetContentStore(storage, XetContentStore.Settings.defaults(), StorageObserver.NONE);
    }

    @AfterEach
    void stop() throws Exception {
        store.close();
        storage.close();
        hub.close();
        emulator.close();
    }

    @Override
    protected ContentHash registered(int seed, int size) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        return upload(content);
    }

    private ContentHash upload(byte[] content) {
        UploadSession session = store.newUploadSession();
        ContentHash hash = session.add(new InMemory(content)).block(LIMIT).hash();
        session.finish().block(LIMIT);
        return hash;
    }

    private record InMemory(byte[] content) implements ContentSource {
        @Override
        public long size() {
            return content.length;
        }

        @Override
        public int read(long position, ByteBuffer target) {
            int length = (int) Math.min(target.remaining(), content.length - position);
            target.put(content, (int) position, length);
            return length;
        }
    }

    private static HttpResponse<byte[]> call(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    request.header("Authorization", "Bearer " + EmulatorConfig.DEFAULT_TOKEN)
                            .build(),
                    BodyHandlers.ofByteArray());
        }
    }

    private HttpResponse<byte[]> resolve(String path, String range) throws Exception {
        return call(HttpRequest.newBuilder(URI.create(emulator.url() + "/buckets/demo/own/resolve/" + path))
                .header("Range", range));
    }

    @Test
    void content_comesBackThroughStorageAndThroughTheHubAlsoAfterARestart() throws Exception {
        byte[] content = new byte[5_000_000];
        new Random(5).nextBytes(content);
        Arrays.fill(content, 1_000_000, 2_000_000, (byte) 'x');
        ContentHash hash = upload(content);
        BatchOperation add = new BatchOperation.AddFile("big.bin", hash, Instant.EPOCH);
        assertThat(hub.batch(List.of(add)).block(LIMIT).failures()).isEmpty();
        checkContent(hash, content);

        stop();
        start();
        checkContent(hash, content);
    }

    private void checkContent(ContentHash hash, byte[] content) throws Exception {
        ByteArrayOutputStream downloaded = new ByteArrayOutputStream();
        new FileDownload(store)
                .read(hash, new ByteRange(0, content.length))
                .doOnNext(piece -> {
                    byte[] bytes = new byte[piece.remaining()];
                    piece.get(bytes);
                    downloaded.writeBytes(bytes);
                })
                .blockLast(LIMIT);
        assertThat(downloaded.toByteArray()).isEqualTo(content);
        assertThat(resolve("big.bin", "bytes=0-").body()).isEqualTo(content);
        for (int[] range : new int[][] {{0, 0}, {65_535, 65_536}, {999_999, 2_000_001}, {4_999_999, 4_999_999}}) {
            HttpResponse<byte[]> part = resolve("big.bin", "bytes=" + range[0] + "-" + range[1]);
            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body()).isEqualTo(Arrays.copyOfRange(content, range[0], range[1] + 1));
        }
    }

    @Test
    void lostBatchAnswer_isReportedAsUnknownOrRepairedAndTheFileIsThere() throws Exception {
        ContentHash hash = registered(1, 100);
        emulator.faults().add(FaultRule.next("POST", "/api/buckets/{ns}/{name}/batch", new FaultAction.LoseAnswer()));
        BatchOperation add = new BatchOperation.AddFile("f", hash, Instant.EPOCH);
        assertThatThrownBy(() -> hub.batch(List.of(add)).block(LIMIT))
                .isInstanceOfSatisfying(
                        HubException.class,
                        error -> assertThat(error.outcomeUnknown()).isTrue());
        assertThat(hub.head("f").block(LIMIT).hash()).isEqualTo(hash);
    }
}
