package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HttpReply;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.KernelMounts;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The REST API in front of real mounts: what it accepts, what it refuses and how, and what unmounting promises. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ControlApiTest {
    private static final Map<String, String> BRISK = Map.of("flushDebounce", "PT0.2S");
    /** Nothing is published on its own, so that tests decide when. */
    private static final Map<String, String> HELD = Map.of("flushDebounce", "PT10M", "flushMaxBatchWindow", "PT10M");

    private static final String HUB_FAILS =
            "{\"path\":\"/(api|_storage)/\",\"count\":0,\"action\":\"status\",\"status\":500}";

    @RegisterExtension
    static final LiveProcesses PROCESSES = LiveProcesses.ofClass();

    private static HubProcess hub;
    private static SidecarProcess sidecar;
    private static String bucket;
    private static int count;
    private ControlApi api;
    private Path mountPoint;

    @BeforeAll
    static void start() throws IOException {
        hub = PROCESSES.hub();
        bucket = hub.createBucket("api");
        sidecar = PROCESSES.sidecar(hub);
    }

    @BeforeEach
    void freshMountPoint() throws IOException {
        api = sidecar.api();
        mountPoint = PROCESSES.newDirectory("mount-" + ++count);
    }

    @AfterEach
    void unmountAll() {
        hub.clearFaults();
        for (JsonNode mount : api.get("/v1/mounts").expect(200).json()) {
            api.delete("/v1/mounts/" + mount.path("id").asString() + "?drain=PT0S&force=true");
        }
    }

    @Test
    void mount_isAnsweredWithItsPlaceAndRepeatedWithoutHarm() {
        Map<String, Object> request = ControlApi.mountRequest(source(), mountPoint, BRISK);
        HttpReply created = api.mount(request).expect(201);
        String id = created.json().path("id").asString();
        assertThat(created.headers().firstValue("Location")).hasValue("/v1/mounts/" + id);
        assertThat(created.json().path("source").asString()).isEqualTo(source());
        assertThat(created.json().path("mountPoint").asString()).isEqualTo(mountPoint.toString());
        assertThat(created.json().path("options").path("flushDebounce").asString())
                .isEqualTo("PT0.2S");

        HttpReply repeated = api.mount(request).expect(200);
        assertThat(repeated.json().path("id").asString()).isEqualTo(id);
        assertThat(api.get("/v1/mounts").expect(200).json()).hasSize(1);
        assertThat(api.get("/mounts/" + id).expect(200).json().path("id").asString())
                .isEqualTo(id);
    }

    @Test
    void shortAlias_mountsFlushesAndUnmounts() throws Exception {
        String body = """
                {"source": "%s", "mountPoint": "%s"}""".formatted(source(), mountPoint);
        String id = api.post("/mounts", body).expect(201).json().path("id").asString();
        Files.writeString(mountPoint.resolve("alias.txt"), "by the alias");
        JsonNode report = api.post("/mounts/" + id + "/flush", "{\"paths\":[\"alias.txt\"],\"timeout\":\"PT30S\"}")
                .expect(200)
                .json();
        assertThat(report.path("clean").booleanValue()).isTrue();
        assertThat(hub.text(bucket, "alias.txt")).isEqualTo("by the alias");
        api.delete("/mounts/" + id).expect(200);
        assertThat(KernelMounts.isMounted(mountPoint)).isFalse();
    }

    static Stream<List<String>> badRequests() {
        return Stream.of(
                List.of("400", "BAD_SOURCE", "{'mountPoint':'$M'}"),
                List.of("400", "BAD_SOURCE", "{'source':'hf://models/ann/api','mountPoint':'$M'}"),
                List.of("400", "BAD_SOURCE", "{'source':'hf://buckets/ann','mountPoint':'$M'}"),
                List.of("400", "BAD_SOURCE", "{'source':'hf://buckets/ann/api/../x','mountPoint':'$M'}"),
                List.of("404", "UNKNOWN_BUCKET", "{'source':'hf://buckets/ann/absent','mountPoint':'$M'}"),
                List.of("400", "BAD_MOUNT_POINT", "{'source':'$S'}"),
                List.of("400", "BAD_MOUNT_POINT", "{'source':'$S','mountPoint':'relative/path'}"),
                List.of("400", "BAD_MOUNT_POINT", "{'source':'$S','mountPoint':'/'}"),
                List.of("400", "MOUNT_POINT_MISSING", "{'source':'$S','mountPoint':'$M/absent'}"),
                List.of("400", "MOUNT_POINT_MISSING", "{'source':'$S','mountPoint':'$M/absent/deeper'}"),
                List.of("403", "MOUNT_POINT_NOT_ALLOWED", "{'source':'$S','mountPoint':'/usr/lib'}"),
                List.of("403", "MOUNT_POINT_NOT_ALLOWED", "{'source':'$S','mountPoint':'$M/../../../etc'}"),
                List.of("400", "UNKNOWN_MODE", "{'source':'$S','mountPoint':'$M','mode':'fast'}"),
                List.of("400", "UNKNOWN_TRANSPORT", "{'source':'$S','mountPoint':'$M','transport':'smb'}"),
                List.of(
                        "400",
                        "UNKNOWN_OPTION",
                        "{'source':'$S','mountPoint':'$M','options':{'flushdebounce':'PT1S'}}"),
                List.of("400", "BAD_DURATION", "{'source':'$S','mountPoint':'$M','options':{'flushDebounce':'2s'}}"),
                List.of("400", "BAD_DURATION", "{'source':'$S','mountPoint':'$M','options':{'metadataTtl':'-PT1S'}}"),
                List.of("400", "BAD_DURATION", "{'source':'$S','mountPoint':'$M','options':{'pollInterval':'PT0.5S'}}"),
                List.of("400", "BAD_DURATION", "{'source':'$S','mountPoint':'$M','options':{'pollInterval':5}}"),
                List.of("400", "BAD_OPTION", "{'source':'$S','mountPoint':'$M','options':{'flushParallelism':0}}"),
                List.of("400", "BAD_OPTION", "{'source':'$S','mountPoint':'$M','options':{'flushParallelism':1.5}}"),
                List.of("400", "BAD_OPTION", "{'source':'$S','mountPoint':'$M','options':{'directIo':'maybe'}}"),
                List.of("400", "BAD_OPTION", "{'source':'$S','mountPoint':'$M','options':{'cacheSize':null}}"),
                List.of("400", "MALFORMED_REQUEST", "{'source':"),
                List.of("400", "MALFORMED_REQUEST", "[]"),
                List.of("400", "MALFORMED_REQUEST", "{'source':'$S','mountPoint':'$M','colour':'red'}"),
                List.of("400", "MALFORMED_REQUEST", "{'source':{},'mountPoint':'$M'}"));
    }

    @ParameterizedTest
    @MethodSource("badRequests")
    void badRequest_isRefusedWithItsCode(List<String> row) throws IOException {
        String body = row.get(2).replace('\'', '"').replace("$S", source()).replace("$M", mountPoint.toString());
        HttpReply reply = api.post("/v1/mounts", body).expectProblem(Integer.parseInt(row.get(0)), row.get(1));
        assertThat(reply.body()).doesNotContain("Exception", "io.hfmount", "org.springframework");
        assertThat(api.get("/v1/mounts").json()).as("mounts after a refusal").isEmpty();
        assertThat(KernelMounts.isMounted(mountPoint)).isFalse();
    }

    @Test
    void badOption_isNamedInTheProblem() {
        JsonNode problem = api.mount(ControlApi.mountRequest(source(), mountPoint, Map.of("flushParallelism", 65)))
                .expectProblem(400, "BAD_OPTION")
                .json();
        assertThat(problem.path("option").asString()).isEqualTo("flushParallelism");
    }

    @Test
    void mountPointWithFiles_isRefusedAndKept() throws IOException {
        Files.writeString(mountPoint.resolve("mine.txt"), "mine");
        mountAt(mountPoint).expectProblem(409, "MOUNT_POINT_NOT_EMPTY");
        assertThat(mountPoint.resolve("mine.txt")).hasContent("mine");
    }

    @Test
    void mountPointThatIsAFile_isRefused() throws IOException {
        mountAt(Files.writeString(mountPoint.resolve("file"), "")).expectProblem(400, "MOUNT_POINT_NOT_A_DIRECTORY");
    }

    @Test
    void linkOutOfTheAllowedRoots_isRefused() throws IOException {
        Path link = Files.createSymbolicLink(mountPoint.resolve("link"), Path.of("/usr"));
        mountAt(link).expectProblem(403, "MOUNT_POINT_NOT_ALLOWED");
        mountAt(link.resolve("lib")).expectProblem(403, "MOUNT_POINT_NOT_ALLOWED");
    }

    @Test
    void mountPointInUse_isRefusedForOthers() throws IOException {
        mountAt(mountPoint).expect(201);
        Map<String, Object> other = ControlApi.mountRequest(source(), mountPoint, Map.of("directIo", true));
        api.mount(other).expectProblem(409, "ALREADY_MOUNTED");
        hub.createBucket("api-other");
        api.mount(ControlApi.mountRequest("hf://buckets/ann/api-other", mountPoint, Map.of()))
                .expectProblem(409, "ALREADY_MOUNTED");
        Files.createDirectory(mountPoint.resolve("inner"));
        mountAt(mountPoint.resolve("inner")).expectProblem(409, "ALREADY_MOUNTED");
    }

    @Test
    void badToken_isRefused() throws IOException {
        Path token = Files.writeString(PROCESSES.directory().resolve("token-" + count), "hf_nobody\n");
        api.mount(ControlApi.mountRequest(source(), mountPoint, Map.of("tokenFile", token.toString())))
                .expectProblem(403, "TOKEN_REFUSED");
        assertThat(KernelMounts.isMounted(mountPoint)).isFalse();
    }

    @Test
    void wrongMethodTypeRouteAndHost_areProblemsToo() {
        api.call("PUT", "/v1/mounts", "{}", Map.of("Content-Type", "application/json"))
                .expectProblem(405, "METHOD_NOT_ALLOWED");
        api.call("POST", "/v1/mounts", "source=x", Map.of("Content-Type", "application/x-www-form-urlencoded"))
                .expectProblem(415, "UNSUPPORTED_MEDIA_TYPE");
        api.call("GET", "/v1/mounts", null, Map.of("Accept", "text/html")).expectProblem(406, "NOT_ACCEPTABLE");
        api.get("/v1/nothing").expectProblem(404, "NOT_FOUND");
        api.get("/v1/mounts/absent").expectProblem(404, "UNKNOWN_MOUNT");
        api.delete("/v1/mounts/absent").expectProblem(404, "UNKNOWN_MOUNT");
        api.post("/v1/mounts/absent/flush", null).expectProblem(404, "UNKNOWN_MOUNT");
        api.call("GET", "/v1/mounts", null, Map.of("Origin", "https://evil.example"))
                .expectProblem(403, "HOST_REFUSED");
        api.post("/v1/mounts", "{\"source\":\"" + "x".repeat(2_000_000) + "\"}")
                .expectProblem(413, "PAYLOAD_TOO_LARGE");
    }

    @Test
    void badFlushAndUnmountParameters_areRefused() {
        String id = mounted(BRISK);
        api.post("/v1/mounts/" + id + "/flush", "{\"timeout\":\"soon\"}").expectProblem(400, "BAD_DURATION");
        api.post("/v1/mounts/" + id + "/flush", "{\"paths\":[\"../x\"]}").expectProblem(400, "BAD_PATH");
        api.post("/v1/mounts/" + id + "/flush", "{\"path\":\"x\"}").expectProblem(400, "MALFORMED_REQUEST");
        api.delete("/v1/mounts/" + id + "?drain=forever").expectProblem(400, "BAD_DURATION");
        api.delete("/v1/mounts/" + id + "?force=perhaps").expectProblem(400, "MALFORMED_REQUEST");
        assertThat(api.view(id).path("state").asString()).isEqualTo("READY");
    }

    @Test
    void flush_reportsEveryFile() throws IOException {
        String id = mounted(HELD);
        Files.writeString(mountPoint.resolve("report-1.txt"), "one");
        Files.writeString(mountPoint.resolve("report-2.txt"), "two");
        JsonNode view = api.view(id);
        assertThat(view.path("dirtyFiles").longValue()).isEqualTo(2);
        assertThat(view.path("dirtyBytes").longValue()).isEqualTo(6);
        assertThat(view.path("dirtyGenerationLag").longValue()).isPositive();

        JsonNode one = api.post("/v1/mounts/" + id + "/flush", "{\"paths\":[\"report-1.txt\"]}")
                .expect(200)
                .json();
        assertThat(one.path("files")).hasSize(1);
        assertThat(one.path("files").get(0).path("result").asString()).isEqualTo("PUBLISHED");
        assertThat(one.path("files").get(0).path("hash").asString()).matches("[0-9a-f]{64}");
        assertThat(hub.files(bucket)).containsKey("report-1.txt").doesNotContainKey("report-2.txt");

        api.flush(id);
        assertThat(hub.text(bucket, "report-2.txt")).isEqualTo("two");
        assertThat(api.view(id).path("dirtyFiles").longValue()).isZero();
    }

    @Test
    void flushBeyondItsTime_tellsWhatIsLeftAndGoesOn() throws IOException {
        String id = mounted(HELD);
        Files.writeString(mountPoint.resolve("late.txt"), "late");
        hub.fault(HUB_FAILS);
        JsonNode problem = api.post("/v1/mounts/" + id + "/flush", "{\"timeout\":\"PT1S\"}")
                .expectProblem(504, "FLUSH_TIMEOUT")
                .json();
        assertThat(problem.path("clean").booleanValue()).isFalse();
        assertThat(problem.path("files")).isNotEmpty();
        assertThat(problem.path("files").get(0).path("path").asString()).isEqualTo("late.txt");
        hub.clearFaults();
        assertThat(hub.files(bucket)).doesNotContainKey("late.txt");
        api.flush(id);
        assertThat(hub.text(bucket, "late.txt")).isEqualTo("late");
    }

    @Test
    void unmount_publishesFirst() throws IOException {
        String id = mounted(HELD);
        Files.writeString(mountPoint.resolve("drained.txt"), "drained");
        JsonNode report =
                api.delete("/v1/mounts/" + id + "?drain=PT30S").expect(200).json();
        assertThat(report.path("unpublished")).isEmpty();
        assertThat(report.path("published").intValue()).isEqualTo(1);
        assertThat(KernelMounts.isMounted(mountPoint)).isFalse();
        assertThat(hub.text(bucket, "drained.txt")).isEqualTo("drained");
        api.get("/v1/mounts/" + id).expectProblem(404, "UNKNOWN_MOUNT");
    }

    @Test
    void unmountWithUnpublishedData_isRefusedAndTheMountGoesOn() throws IOException {
        String id = mounted(HELD);
        Files.writeString(mountPoint.resolve("kept.txt"), "kept");
        hub.fault(HUB_FAILS);
        JsonNode problem = api.delete("/v1/mounts/" + id + "?drain=PT1S")
                .expectProblem(409, "UNPUBLISHED_DATA")
                .json();
        assertThat(problem.path("unpublished").get(0).asString()).isEqualTo("kept.txt");
        assertThat(KernelMounts.isMounted(mountPoint)).isTrue();
        assertThat(mountPoint.resolve("kept.txt")).hasContent("kept");
        Files.writeString(mountPoint.resolve("kept.txt"), "kept and changed");
        assertThat(api.view(id).path("state").asString()).isEqualTo("READY");

        hub.clearFaults();
        api.delete("/v1/mounts/" + id + "?drain=PT60S").expect(200);
        assertThat(hub.text(bucket, "kept.txt")).isEqualTo("kept and changed");
    }

    @Test
    void removals_areShownUntilTheHubHasThem() throws IOException {
        String id = mounted(HELD);
        Files.writeString(mountPoint.resolve("gone.txt"), "gone");
        api.flush(id);
        assertThat(api.view(id).path("deletesQueued").longValue()).isZero();
        Files.delete(mountPoint.resolve("gone.txt"));
        JsonNode view = api.view(id);
        assertThat(view.path("dirtyFiles").longValue()).isZero();
        assertThat(view.path("deletesQueued").longValue()).isEqualTo(1);
        assertThat(hub.files(bucket)).containsKey("gone.txt");

        hub.fault(HUB_FAILS);
        JsonNode problem = api.delete("/v1/mounts/" + id + "?drain=PT1S")
                .expectProblem(409, "UNPUBLISHED_DATA")
                .json();
        assertThat(problem.path("deletesQueued").intValue()).isEqualTo(1);
        assertThat(problem.path("unpublished")).isEmpty();
        JsonNode late = api.post("/v1/mounts/" + id + "/flush", "{\"timeout\":\"PT1S\"}")
                .expectProblem(504, "FLUSH_TIMEOUT")
                .json();
        assertThat(late.path("clean").booleanValue()).isFalse();
        assertThat(late.path("files").get(0).path("path").asString()).isEqualTo("gone.txt");
        assertThat(late.path("files").get(0).path("route").asString()).isEqualTo("DELETE");

        hub.clearFaults();
        api.flush(id);
        assertThat(api.view(id).path("deletesQueued").longValue()).isZero();
        assertThat(hub.files(bucket)).doesNotContainKey("gone.txt");
    }

    @Test
    void forcedUnmount_detachesAndKeepsTheBytesOnDisk() throws IOException {
        String id = mounted(HELD);
        String secret = "bytes that nobody else has " + Instant.now();
        Files.writeString(mountPoint.resolve("forced.txt"), secret);
        hub.fault(HUB_FAILS);
        JsonNode report = api.delete("/v1/mounts/" + id + "?drain=PT0S&force=true")
                .expect(200)
                .json();
        assertThat(report.path("unpublished").get(0).asString()).isEqualTo("forced.txt");
        assertThat(KernelMounts.isMounted(mountPoint)).isFalse();
        assertThat(api.get("/v1/mounts").json()).isEmpty();
        assertThat(Retained.filesWith(PROCESSES.directory().resolve("data"), secret))
                .isNotEmpty();
    }

    @Test
    void unmountWithOpenFiles_isRefusedUnlessForced() throws IOException {
        String id = mounted(BRISK);
        try (var open = Files.newOutputStream(mountPoint.resolve("open.txt"))) {
            open.write(1);
            open.flush();
            api.delete("/v1/mounts/" + id + "?drain=PT5S").expectProblem(409, "MOUNT_BUSY");
            assertThat(KernelMounts.isMounted(mountPoint)).isTrue();
            open.write(2);
        }
        api.delete("/v1/mounts/" + id + "?drain=PT30S").expect(200);
        assertThat(hub.content(bucket, "open.txt")).containsExactly(1, 2);
    }

    @Test
    void identicalRequestsAtOnce_makeOneMount() {
        Map<String, Object> request = ControlApi.mountRequest(source(), mountPoint, BRISK);
        List<Integer> statuses = Stream.generate(() -> request)
                .limit(8)
                .parallel()
                .map(api::mount)
                .map(HttpReply::status)
                .sorted()
                .toList();
        assertThat(statuses).containsOnly(200, 201);
        assertThat(statuses).filteredOn(status -> status == 201).hasSize(1);
        assertThat(api.get("/v1/mounts").json()).hasSize(1);
    }

    @Test
    void keptConnection_isAnsweredEveryTime() {
        // Answers from other threads and from the event loop by turns, so that requests meet the end of the one before.
        for (int i = 0; i < 1000; i++) {
            assertThat(api.get("/actuator/health/liveness").status()).isEqualTo(200);
            assertThat(api.get("/v1/mounts").status()).isEqualTo(200);
            assertThat(mountAt(mountPoint.resolve("absent/deeper")).status()).isEqualTo(400);
            assertThat(api.get("/v1/mounts").status()).isEqualTo(200);
        }
    }

    @Test
    void stalledHub_doesNotKeepTheApiFromAnswering() {
        String id = mounted(BRISK);
        hub.fault("{\"path\":\"/api/\",\"count\":0,\"action\":\"stall\"}");
        Instant before = Instant.now();
        api.view(id);
        api.get("/actuator/health/liveness").expect(200);
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(5));
    }

    private String source() {
        return "hf://buckets/" + bucket;
    }

    private HttpReply mountAt(Path point) {
        return api.mount(new HashMap<>(ControlApi.mountRequest(source(), point, Map.of())));
    }

    private String mounted(Map<String, ?> options) {
        return api.mounted(ControlApi.mountRequest(source(), mountPoint, options));
    }
}
