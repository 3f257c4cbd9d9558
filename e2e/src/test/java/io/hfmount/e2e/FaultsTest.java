package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What users see while the Hub and its storage fail: delays, never wrong or lost bytes. */
@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultsTest {
    private static final int SIZE = 3 * (1 << 20) + 17;
    private static final String BATCH = "/api/buckets/{ns}/{name}/batch";
    private static final String XORB = "/_storage/v1/xorbs/{prefix}/{xorb}";
    private static final String SHARD = "/_storage/v[12]/shards";
    private static final String TOKEN = "xet-(read|write)-token";
    private static final String TREE = "/tree";
    private static final String RESOLVE = "/resolve/";
    private static final String PLAN = "/_storage/v[12]/reconstructions/";
    private static final String DATA = "/_storage/data/";
    private static final Map<String, String> OPTIONS = Map.of(
            "flushDebounce",
            "PT0.2S",
            "flushMaxBatchWindow",
            "PT1S",
            "metadataTtl",
            "PT0.2S",
            "readFetchTimeout",
            "PT60S");

    @RegisterExtension
    static final LiveProcesses PROCESSES = LiveProcesses.ofClass();

    private static HubProcess hub;
    private static SidecarProcess sidecar;
    private static int count;
    private String bucket;
    private Path mountPoint;
    private String id;

    @BeforeAll
    static void start() throws IOException {
        hub = PROCESSES.hub();
        sidecar = PROCESSES.sidecar(hub);
    }

    @BeforeEach
    void mount() throws IOException {
        bucket = hub.createBucket("faults-" + ++count);
        mountPoint = PROCESSES.newDirectory("mount-" + count);
        id = sidecar.api().mounted(ControlApi.mountRequest("hf://buckets/" + bucket, mountPoint, OPTIONS));
    }

    @AfterEach
    void unmount() {
        hub.clearFaults();
        sidecar.api().delete("/v1/mounts/" + id + "?drain=PT0S&force=true");
    }

    static Stream<String> faultsOfWriting() {
        return Stream.of(
                onRoute("POST", BATCH, 3, "\"status\",\"status\":500"),
                onRoute("POST", BATCH, 1, "\"status\",\"status\":429"),
                onRoute("POST", BATCH, 2, "\"reset\""),
                onRoute("POST", BATCH, 2, "\"lose-answer\""),
                onRoute("POST", BATCH, 1, "\"cut\",\"bytes\":5"),
                onRoute("POST", XORB, 3, "\"status\",\"status\":503"),
                onRoute("POST", XORB, 2, "\"reset\""),
                onRoute("POST", XORB, 2, "\"lose-answer\""),
                onRoute("POST", XORB, 1, "\"stall\",\"millis\":3000"),
                onPath(SHARD, 3, "\"status\",\"status\":500"),
                onPath(SHARD, 2, "\"lose-answer\""),
                onPath(SHARD, 1, "\"cut\",\"bytes\":1"),
                onPath(TOKEN, 2, "\"status\",\"status\":500"),
                onPath(TOKEN, 2, "\"reset\""),
                onPath(TREE, 2, "\"status\",\"status\":502"));
    }

    @ParameterizedTest
    @MethodSource("faultsOfWriting")
    void faultWhileWriting_delaysButLosesNothing(String fault) throws IOException {
        byte[] content = bytes(SIZE, count);
        Files.write(mountPoint.resolve("kept.bin"), bytes(1000, -count));
        sidecar.api().flush(id);
        hub.fault(fault);
        Files.write(mountPoint.resolve("written.bin"), content);
        Files.write(mountPoint.resolve("kept.bin"), bytes(2000, count));
        sidecar.api().awaitClean(id, Duration.ofSeconds(60));
        hub.clearFaults();
        assertThat(hub.files(bucket)).isEqualTo(Map.of("kept.bin", 2000L, "written.bin", (long) SIZE));
        assertThat(hub.content(bucket, "written.bin")).isEqualTo(content);
        assertThat(hub.content(bucket, "kept.bin")).isEqualTo(bytes(2000, count));
        assertThat(Files.readAllBytes(mountPoint.resolve("written.bin"))).isEqualTo(content);
    }

    @Test
    void repeatedStorageRequest_isCounted() throws IOException {
        hub.fault(onRoute("POST", XORB, 2, "\"status\",\"status\":503"));
        Files.write(mountPoint.resolve("written.bin"), bytes(SIZE, count));
        sidecar.api().flush(id);
        assertThat(sidecar.api().get("/actuator/prometheus").expect(200).body())
                .containsPattern(
                        "hf_mount_cas_retries_total\\{endpoint=\"xorb[a-z_]*\",mount=\"" + id + "\"[^}]*} 2\\.0");
    }

    static Stream<String> faultsOfReading() {
        return Stream.of(
                onPath(PLAN, 2, "\"status\",\"status\":503"),
                onPath(PLAN, 1, "\"cut\",\"bytes\":20"),
                onPath(DATA, 2, "\"status\",\"status\":500"),
                onPath(DATA, 2, "\"reset\""),
                onPath(DATA, 2, "\"cut\",\"bytes\":70000"),
                onPath(DATA, 1, "\"stall\",\"millis\":3000"),
                onPath(DATA, 1, "\"status\",\"status\":403"),
                onPath(TOKEN, 1, "\"reset\""),
                onPath(RESOLVE, 1, "\"status\",\"status\":500"));
    }

    @ParameterizedTest
    @MethodSource("faultsOfReading")
    void faultWhileReading_delaysTheReaderOnly(String fault) throws IOException {
        byte[] content = bytes(SIZE, count);
        Files.write(mountPoint.resolve("cold.bin"), content);
        sidecar.api().flush(id);
        Path cold = coldMount();
        hub.fault(fault);
        assertThat(Files.readAllBytes(cold.resolve("cold.bin"))).isEqualTo(content);
    }

    @Test
    void fileInTheCache_isReadByALaterMount_whileStorageFails() throws IOException {
        byte[] content = bytes(SIZE, count);
        Files.write(mountPoint.resolve("read.bin"), content);
        sidecar.api().flush(id);
        remount();
        assertThat(Files.readAllBytes(mountPoint.resolve("read.bin"))).isEqualTo(content);
        remount();
        hub.fault(onPath(PLAN, 1000, "\"status\",\"status\":503"));
        hub.fault(onPath(DATA, 1000, "\"status\",\"status\":503"));

        assertThat(Files.readAllBytes(mountPoint.resolve("read.bin"))).isEqualTo(content);
    }

    private void remount() throws IOException {
        sidecar.api().delete("/v1/mounts/" + id + "?drain=PT30S");
        id = sidecar.api().mounted(ControlApi.mountRequest("hf://buckets/" + bucket, mountPoint, OPTIONS));
    }

    @Test
    void stalledFetch_blocksNobodyElse() throws Exception {
        Files.write(mountPoint.resolve("stalled.bin"), bytes(SIZE, 1));
        sidecar.api().flush(id);
        Path cold = coldMount();
        hub.fault(onPath(DATA, 0, "\"stall\""));
        CompletableFuture<byte[]> stalled = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return Files.readAllBytes(cold.resolve("stalled.bin"));
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
        CompletableFuture.runAsync(
                        () -> {
                            try {
                                for (int i = 0; i < 20; i++) {
                                    Files.writeString(cold.resolve("other-" + i), "written meanwhile");
                                    assertThat(cold.resolve("other-" + i)).hasContent("written meanwhile");
                                    Files.delete(cold.resolve("other-" + i));
                                }
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        },
                        task -> Thread.ofPlatform().daemon().start(task))
                .get(20, TimeUnit.SECONDS);
        assertThat(stalled).isNotDone();
        hub.clearFaults();
        // The stalled exchange is given up by its own deadline, and asked again.
        assertThat(stalled.get(100, TimeUnit.SECONDS)).isEqualTo(bytes(SIZE, 1));
    }

    @Test
    void fsync_failsWhileTheHubIsDownAndHoldsAfterwards() throws IOException {
        Path file = mountPoint.resolve("synced.txt");
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
            // Only now: whether a new name is free is asked of the Hub.
            hub.fault("{\"path\":\"/(api|_storage)/\",\"count\":0,\"action\":\"reset\"}");
            writer.write("synced".getBytes());
            assertThatThrownBy(() -> writer.getFD().sync()).isInstanceOf(IOException.class);
        } catch (IOException reportedAgainAtClose) {
            // close may tell what fsync told
        }
        assertThat(file).hasContent("synced");
        hub.clearFaults();
        sidecar.api().flush(id);
        assertThat(hub.text(bucket, "synced.txt")).isEqualTo("synced");
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
            writer.write("SYNC".getBytes());
            writer.getFD().sync();
        }
    }

    @Test
    void removalsWhileTheHubFails_arriveInTheEnd() throws IOException {
        for (int i = 0; i < 20; i++) {
            Files.writeString(mountPoint.resolve("f" + i), "f" + i);
        }
        sidecar.api().flush(id);
        Files.move(mountPoint.resolve("f10"), mountPoint.resolve("g10"));
        hub.fault(onRoute("POST", BATCH, 2, "\"status\",\"status\":500"));
        for (int i = 0; i < 10; i++) {
            Files.delete(mountPoint.resolve("f" + i));
        }
        Files.writeString(mountPoint.resolve("f0"), "made again");
        Awaitility.await("removals, which the count of dirty files leaves out")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(hub.files(bucket))
                        .hasSize(11)
                        .containsKeys("f0", "g10", "f19")
                        .doesNotContainKeys("f1", "f10"));
        sidecar.api().awaitClean(id, Duration.ofSeconds(60));
        assertThat(hub.text(bucket, "f0")).isEqualTo("made again");
        assertThat(hub.text(bucket, "g10")).isEqualTo("f10");
    }

    /** The same bucket in a place without caches. */
    private Path coldMount() throws IOException {
        sidecar.api().delete("/v1/mounts/" + id).expect(200);
        mountPoint = PROCESSES.newDirectory("cold-" + count);
        Map<String, Object> options = new java.util.HashMap<>(OPTIONS);
        options.put("cacheSize", 0);
        id = sidecar.api().mounted(ControlApi.mountRequest("hf://buckets/" + bucket, mountPoint, options));
        return mountPoint;
    }

    private static byte[] bytes(int size, int seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String onRoute(String method, String route, int times, String action) {
        return "{\"method\":\"%s\",\"route\":\"%s\",\"count\":%d,\"action\":%s}"
                .formatted(method, route, times, action);
    }

    private static String onPath(String path, int times, String action) {
        return "{\"path\":\"%s\",\"count\":%d,\"action\":%s}".formatted(path, times, action);
    }
}
