package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.EmulatorConfig;
import io.hfmount.emulator.HubEmulator;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketHubContract;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.TokenSource;
import io.hfmount.hub.http.HttpBucketHub;
import io.hfmount.hub.http.HubSettings;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.HttpStorageClient;
import io.hfmount.xet.cas.StorageAccess;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageSettings;
import io.hfmount.xet.store.XetContentStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The Hub client over HTTP against the embedded Hub: the same contract as its fake. */
class EmulatedHubContractTest extends BucketHubContract {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    static Path directory;

    private static HubEmulator emulator;
    private static int buckets;

    private HttpBucketHub hub;
    private HttpStorageClient storage;
    private XetContentStore store;

    @BeforeAll
    static void start() throws Exception {
        emulator = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub")));
    }

    @AfterAll
    static void stop() throws Exception {
        emulator.close();
    }

    @Override
    protected BucketHub emptyBucket() throws Exception {
        String name = "b" + buckets++;
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest create = HttpRequest.newBuilder(URI.create(emulator.url() + "/api/buckets/demo/" + name))
                    .header("Authorization", "Bearer " + EmulatorConfig.DEFAULT_TOKEN)
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build();
            assertThat(client.send(create, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
        }
        hub = new HttpBucketHub(
                HubSettings.of(emulator.url()).withPages(7, 1 << 20),
                new BucketSource("demo", name, ""),
                TokenSource.fixed(EmulatorConfig.DEFAULT_TOKEN),
                HubObserver.NONE);
        storage = new HttpStorageClient(
                () -> hub.storageToken(true).map(t -> new StorageAccess(t.url(), t.token(), t.expiresAt())),
                StorageSettings.defaults(),
                reactor.core.scheduler.Schedulers.boundedElastic(),
                StorageObserver.NONE);
        store = new XetContentStore(storage, XetContentStore.Settings.defaults(), StorageObserver.NONE);
        return hub;
    }

    @AfterEach
    void close() {
        store.close();
        storage.close();
        hub.close();
    }

    @Override
    protected ContentHash registered(int seed, int size) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        UploadSession session = store.newUploadSession();
        UploadedContent uploaded = session.add(new ContentSource() {
                    @Override
                    public long size() {
                        return content.length;
                    }

                    @Override
                    public int read(long position, ByteBuffer target) {
                        int count = (int) Math.min(target.remaining(), content.length - position);
                        target.put(content, (int) position, count);
                        return count;
                    }
                })
                .block(LIMIT);
        session.finish().block(LIMIT);
        return uploaded.hash();
    }
}
