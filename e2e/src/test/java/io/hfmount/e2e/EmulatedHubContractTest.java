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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The Hub client over HTTP against the embedded Hub: the same contract as its fake. */
class EmulatedHubContractTest extends BucketHubContract {
    @TempDir
    static Path directory;

    private static HubEmulator emulator;
    private static int buckets;

    private HttpBucketHub hub;
    private EmulatedStorage storage;

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
        storage = new EmulatedStorage(() -> hub.storageToken(true));
        return hub;
    }

    @AfterEach
    void close() {
        storage.close();
        hub.close();
    }

    @Override
    protected ContentHash registered(int seed, int size) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        return storage.upload(content);
    }
}
