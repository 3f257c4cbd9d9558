package io.hfmount.api.mounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.FlushOutcome;
import io.hfmount.agent.MountAgent;
import io.hfmount.agent.MountException;
import io.hfmount.api.FakeMountAgent;
import io.hfmount.api.FakeMountAgent.FakeMount;
import io.hfmount.api.HfMountApplication;
import io.hfmount.model.api.FlushReport;
import io.hfmount.model.api.FlushedFile;
import io.hfmount.model.api.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.bean.override.convention.TestBean;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

@SpringBootTest(
        classes = HfMountApplication.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "hfmount.port=0")
class MountsApiTest {
    @TempDir
    static Path root;

    @TestBean
    private MountAgent mountAgent;

    static MountAgent mountAgent() {
        return new FakeMountAgent();
    }

    @DynamicPropertySource
    static void roots(DynamicPropertyRegistry registry) {
        registry.add("hfmount.mount-roots", root::toString);
        registry.add("hfmount.data-dir", () -> root.resolve("state/data").toString());
    }

    @Test
    void blockingOnAnEventLoop_isDetected() {
        assertThatThrownBy(() -> Mono.fromCallable(() -> Files.readAllBytes(Path.of("/proc/self/mountinfo")))
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .rootCause()
                .isInstanceOf(BlockingOperationError.class);
    }

    private static int counter;

    private FakeMountAgent agent;

    @LocalServerPort
    private int port;

    private WebTestClient client;
    private Path dir;

    @BeforeEach
    void open() throws IOException {
        agent = (FakeMountAgent) mountAgent;
        client = WebTestClient.bindToServer()
                .baseUrl("http://127.0.0.1:" + port)
                .responseTimeout(Duration.ofSeconds(20))
                .build();
        dir = Files.createDirectory(root.resolve("m" + counter++));
    }

    @AfterEach
    void unmountAll() {
        agent.failures.clear();
        agent.gates.clear();
        agent.mounts.forEach((id, mount) -> {
            mount.unpublished = List.of();
            mount.deletesQueued = 0;
        });
        agent.mounts
                .keySet()
                .forEach(id -> client.delete()
                        .uri("/v1/mounts/{id}?force=true", id)
                        .exchange()
                        .expectBody());
        client.get().uri("/v1/mounts").exchange().expectBody().json("[]");
        agent.mounts.clear();
    }

    private Map<String, Object> request() {
        Map<String, Object> body = new HashMap<>();
        body.put("source", "hf://buckets/ann/data/models");
        body.put("mountPoint", dir.toString());
        return body;
    }

    private WebTestClient.ResponseSpec post(Object body) {
        return client.post()
                .uri("/v1/mounts")
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body)
                .exchange();
    }

    private FakeMount mounted() {
        post(request()).expectStatus().isCreated();
        return agent.mounts.values().stream()
                .filter(m -> m.spec().mountPoint().equals(dir))
                .findFirst()
                .orElseThrow();
    }

    private static void problem(WebTestClient.ResponseSpec answer, ProblemCode code) {
        answer.expectStatus()
                .isEqualTo(code.status())
                .expectHeader()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo(code.name())
                .jsonPath("$.status")
                .isEqualTo(code.status())
                .jsonPath("$.type")
                .isEqualTo(code.type())
                .jsonPath("$.title")
                .isEqualTo(code.title())
                .jsonPath("$.detail")
                .isNotEmpty();
    }

    @Test
    void mount_isCreatedWithDefaults_andShownWithEffectiveOptions() {
        Map<String, Object> body = request();
        body.put("options", Map.of("flushDebounce", "PT0.2S", "noFilterOsFiles", true));
        String id = post(body)
                .expectStatus()
                .isCreated()
                .expectHeader()
                .value("Location", location -> assertThat(location).matches("/v1/mounts/[0-9a-f]{12}"))
                .returnResult(String.class)
                .getResponseHeaders()
                .getLocation()
                .getPath()
                .substring("/v1/mounts/".length());
        for (String uri : List.of("/v1/mounts/" + id, "/mounts/" + id)) {
            client.get()
                    .uri(uri)
                    .exchange()
                    .expectStatus()
                    .isOk()
                    .expectBody()
                    .jsonPath("$.id")
                    .isEqualTo(id)
                    .jsonPath("$.source")
                    .isEqualTo("hf://buckets/ann/data/models")
                    .jsonPath("$.mountPoint")
                    .isEqualTo(dir.toString())
                    .jsonPath("$.mode")
                    .isEqualTo("sparse")
                    .jsonPath("$.transport")
                    .isEqualTo("fuse")
                    .jsonPath("$.engine.name")
                    .isEqualTo("fuse")
                    .jsonPath("$.engine.protocol")
                    .isEqualTo("7.45")
                    .jsonPath("$.engine.flags[1]")
                    .isEqualTo("BIG_WRITES")
                    .jsonPath("$.engine.maxWrite")
                    .isEqualTo(1 << 20)
                    .jsonPath("$.state")
                    .isEqualTo("READY")
                    .jsonPath("$.dirtyFiles")
                    .isEqualTo(0)
                    .jsonPath("$.deletesQueued")
                    .isEqualTo(1)
                    .jsonPath("$.stagingBytes")
                    .isEqualTo(777)
                    .jsonPath("$.lastFlush")
                    .hasJsonPath()
                    .jsonPath("$.error")
                    .doesNotHaveJsonPath()
                    .jsonPath("$.options.flushDebounce")
                    .isEqualTo("PT0.2S")
                    .jsonPath("$.options.noFilterOsFiles")
                    .isEqualTo(true)
                    .jsonPath("$.options.flushMaxBatchWindow")
                    .isEqualTo("PT30S");
        }
        client.get()
                .uri("/v1/mounts")
                .exchange()
                .expectBody()
                .jsonPath("$[0].id")
                .isEqualTo(id);
        assertThat(agent.mount(id).spec().options().flushDebounce()).isEqualTo(Duration.ofMillis(200));
        assertThat(agent.mount(id).spec().options().filterOsFiles()).isFalse();
        assertThat(agent.threads).noneMatch(name -> name.contains("reactor-http"));
    }

    @Test
    void identicalRepeat_isOkAndMountsNothing_otherwiseItIsTaken() throws IOException {
        post(request()).expectStatus().isCreated();
        post(request()).expectStatus().isOk().expectBody().jsonPath("$.state").isEqualTo("READY");
        assertThat(agent.mounts.values().stream()
                        .filter(m -> m.spec().mountPoint().equals(dir)))
                .hasSize(1);
        for (String transport : List.of("auto", "fuse")) {
            Map<String, Object> named = request();
            named.put("transport", transport);
            post(named).expectStatus().isOk();
        }
        Map<String, Object> other = request();
        other.put("mode", "read-only");
        problem(post(other), ProblemCode.ALREADY_MOUNTED);
        Map<String, Object> below = request();
        below.put("mountPoint", Files.createDirectory(dir.resolve("sub")).toString());
        problem(post(below), ProblemCode.ALREADY_MOUNTED);
        Files.delete(dir.resolve("sub"));
    }

    @Test
    void repeatWhileStarting_waitsForTheSameMount_whichIsListedAsStarting() throws Exception {
        Sinks.Empty<Void> gate = Sinks.empty();
        agent.gates.add(gate.asMono());
        CompletableFuture<Integer> first = CompletableFuture.supplyAsync(
                () -> post(request()).returnResult(String.class).getStatus().value());
        org.awaitility.Awaitility.await()
                .until(() -> client.get()
                        .uri("/v1/mounts")
                        .exchange()
                        .returnResult(String.class)
                        .getResponseBody()
                        .blockFirst()
                        .contains("\"state\":\"STARTING\""));
        CompletableFuture<Integer> second = CompletableFuture.supplyAsync(
                () -> post(request()).returnResult(String.class).getStatus().value());
        assertThat(second).isNotDone();
        gate.tryEmitEmpty();
        assertThat(List.of(first.get(10, TimeUnit.SECONDS), second.get(10, TimeUnit.SECONDS)))
                .containsExactly(201, 200);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "NULL",
            value = {
                "source, NULL, BAD_SOURCE",
                "source, hf://models/ann/net, BAD_SOURCE",
                "source, hf://buckets/ann, BAD_SOURCE",
                "source, hf://buckets/ann/data/../x, BAD_SOURCE",
                "source, hf://buckets/a n/data, BAD_SOURCE",
                "mountPoint, NULL, BAD_MOUNT_POINT",
                "mountPoint, relative/dir, BAD_MOUNT_POINT",
                "mountPoint, /, BAD_MOUNT_POINT",
                "mountPoint, /proc/sys, MOUNT_POINT_NOT_ALLOWED",
                "mode, streaming, UNKNOWN_MODE",
                "mode, STAGED, UNKNOWN_MODE",
                "transport, nfs, UNKNOWN_TRANSPORT",
                "surprise, 1, MALFORMED_REQUEST",
            })
    void memberThatCannotBeUsed_isAProblem(String member, String value, ProblemCode code) {
        Map<String, Object> body = request();
        if (value == null) {
            body.remove(member);
        } else {
            body.put(member, value);
        }
        problem(post(body), code);
    }

    @ParameterizedTest
    @CsvSource({
        "hf://ann/net, hf://ann/net",
        "hf://ann/net@main/, hf://ann/net",
        "hf://datasets/ann/corpus@refs/pr/7/raw/part//, hf://datasets/ann/corpus@refs/pr/7/raw/part",
        "hf://spaces/ann/app@v1%2F2, hf://spaces/ann/app@v1%2F2",
    })
    void repo_isMountedReadOnly_andShownInItsCanonicalForm(String source, String canonical) {
        Map<String, Object> body = request();
        body.put("source", source);
        body.remove("mode");
        post(body)
                .expectStatus()
                .isCreated()
                .expectBody()
                .jsonPath("$.source")
                .isEqualTo(canonical)
                .jsonPath("$.mode")
                .isEqualTo("read-only");
    }

    @Test
    void repoWithAModeThatWrites_isAProblem() {
        Map<String, Object> body = request();
        body.put("source", "hf://datasets/ann/corpus");
        body.put("mode", "staged");
        problem(post(body), ProblemCode.READ_ONLY_SOURCE);
        body.put("mode", "turbo");
        problem(post(body), ProblemCode.UNKNOWN_MODE);
        body.put("mode", "read-only");
        post(body).expectStatus().isCreated();
    }

    @ParameterizedTest
    @CsvSource({
        "flushDebounce, 2000, BAD_DURATION",
        "flushDebounce, 2s, BAD_DURATION",
        "flushParallelism, 0, BAD_OPTION",
        "directIo, maybe, BAD_OPTION",
        "flush-debounce, PT1S, UNKNOWN_OPTION",
        "turbo, true, UNKNOWN_OPTION",
    })
    void optionThatCannotBeUsed_isAProblemThatNamesIt(String option, String value, ProblemCode code) {
        Map<String, Object> body = request();
        body.put("options", Map.of(option, value));
        problem(post(body), code);
        post(body)
                .expectBody()
                .jsonPath("$.option")
                .isEqualTo(option)
                .jsonPath("$.files")
                .doesNotExist();
    }

    @Test
    void mountPoints_mustBeEmptyDirectoriesInsideTheRoots() throws IOException {
        Map<String, Object> body = request();
        body.put("mountPoint", dir.resolve("none").toString());
        problem(post(body), ProblemCode.MOUNT_POINT_MISSING);
        body.put("mountPoint", dir.resolve("none/deeper").toString());
        problem(post(body), ProblemCode.MOUNT_POINT_MISSING);
        Path file = Files.createFile(dir.resolve("file"));
        body.put("mountPoint", file.toString());
        problem(post(body), ProblemCode.MOUNT_POINT_NOT_A_DIRECTORY);
        body.put("mountPoint", file.resolve("below").toString());
        problem(post(body), ProblemCode.MOUNT_POINT_MISSING);
        problem(post(request()), ProblemCode.MOUNT_POINT_NOT_EMPTY);
        Path escape = Files.createSymbolicLink(root.resolve("link" + counter), Path.of("/usr"));
        body.put("mountPoint", escape.toString());
        problem(post(body), ProblemCode.MOUNT_POINT_NOT_ALLOWED);
        body.put("mountPoint", escape.resolve("lib").toString());
        problem(post(body), ProblemCode.MOUNT_POINT_NOT_ALLOWED);
        body.put("mountPoint", dir + "/../../../../../../../etc");
        problem(post(body), ProblemCode.MOUNT_POINT_NOT_ALLOWED);
        body.put("mountPoint", root.toString());
        problem(post(body), ProblemCode.MOUNT_POINT_NOT_ALLOWED);
        assertThat(agent.mounts.values()).noneMatch(m -> m.spec().mountPoint().startsWith(dir));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "7", "null", "{\"source\":{}}", "{} {}", "{\"options\":[]}"})
    void bodyThatIsNoRequest_isMalformed(String body) {
        problem(post(body), ProblemCode.MALFORMED_REQUEST);
    }

    @Test
    void otherMediaTypesMethodsAndRoutes_areProblemsToo() {
        problem(
                client.post()
                        .uri("/v1/mounts")
                        .contentType(MediaType.TEXT_PLAIN)
                        .bodyValue("{}")
                        .exchange(),
                ProblemCode.UNSUPPORTED_MEDIA_TYPE);
        problem(client.put().uri("/v1/mounts").exchange(), ProblemCode.METHOD_NOT_ALLOWED);
        problem(client.get().uri("/v2/mounts").exchange(), ProblemCode.NOT_FOUND);
        problem(client.get().uri("/v1/mounts").accept(MediaType.IMAGE_PNG).exchange(), ProblemCode.NOT_ACCEPTABLE);
        problem(post("{\"source\":\"" + "x".repeat(2 << 20) + "\"}"), ProblemCode.PAYLOAD_TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET ", "DELETE ", "POST /flush"})
    void unknownMount_isAProblem(String call) {
        String[] parts = call.split(" ", 2);
        problem(
                client.method(HttpMethod.valueOf(parts[0]))
                        .uri("/v1/mounts/000000000000" + parts[1])
                        .exchange(),
                ProblemCode.UNKNOWN_MOUNT);
    }

    @ParameterizedTest
    @CsvSource({
        "UNKNOWN_BUCKET",
        "UNKNOWN_REPO",
        "UNKNOWN_REVISION",
        "GATED_REPO",
        "TOKEN_REFUSED",
        "HUB_UNAVAILABLE",
        "TRANSPORT_UNUSABLE"
    })
    void agentsRefusal_isItsProblem_andLeavesNothingBehind(ProblemCode code) {
        agent.failures.add(new MountException(code, "told so"));
        problem(post(request()), code);
        post(request()).expectStatus().isCreated();
    }

    @Test
    void unexpectedFault_isInternalWithoutDetails() {
        agent.failures.add(new IllegalStateException("secret detail"));
        post(request())
                .expectStatus()
                .isEqualTo(500)
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo("INTERNAL")
                .jsonPath("$.detail")
                .value(String.class, detail -> assertThat(detail).doesNotContain("secret"));
    }

    private static FlushedFile file(FlushedFile.Result result, String error) {
        return new FlushedFile("a/b", FlushedFile.Route.FULL, result, 4, 100, 20, "ab".repeat(32), 15, error);
    }

    @Test
    void flush_givesTheReport_andPassesPathsAndTimeout() {
        FakeMount mount = mounted();
        mount.flushOutcome =
                new FlushOutcome(new FlushReport(true, List.of(file(FlushedFile.Result.PUBLISHED, null))), false);
        client.post()
                .uri("/v1/mounts/{id}/flush", mount.spec().id())
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(Map.of("paths", List.of("a/b", "ü x"), "timeout", "PT1.5S"))
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .json("""
                        {"clean":true,"files":[{"path":"a/b","route":"FULL","result":"PUBLISHED","generation":4,
                         "bytesUp":100,"bytesReused":20,"hash":"%s","durationMs":15}]}""".formatted("ab".repeat(32)), org.springframework.test.json.JsonCompareMode.STRICT);
        client.post()
                .uri("/mounts/{id}/flush", mount.spec().id())
                .exchange()
                .expectStatus()
                .isOk();
        assertThat(mount.flushes)
                .containsExactly(
                        new FakeMount.Flush(List.of("a/b", "ü x"), Duration.ofMillis(1500)),
                        new FakeMount.Flush(List.of(), Duration.ofMinutes(5)));
    }

    @Test
    void flushThatTimesOut_is504WithTheSameReport() {
        FakeMount mount = mounted();
        mount.flushOutcome = new FlushOutcome(
                new FlushReport(false, List.of(file(FlushedFile.Result.PENDING, "still uploading"))), true);
        WebTestClient.ResponseSpec answer =
                client.post().uri("/v1/mounts/{id}/flush", mount.spec().id()).exchange();
        problem(answer, ProblemCode.FLUSH_TIMEOUT);
        client.post()
                .uri("/v1/mounts/{id}/flush", mount.spec().id())
                .exchange()
                .expectBody()
                .jsonPath("$.clean")
                .isEqualTo(false)
                .jsonPath("$.files[0].result")
                .isEqualTo("PENDING")
                .jsonPath("$.files[0].error")
                .isEqualTo("still uploading")
                .jsonPath("$.option")
                .doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"timeout\":\"45\"} | BAD_DURATION",
                "{\"timeout\":\"-PT1S\"} | BAD_DURATION",
                "{\"timeout\":\"P2D\"} | BAD_DURATION",
                "{\"paths\":[\"../x\"]} | BAD_PATH",
                "{\"paths\":[\"/x\"]} | BAD_PATH",
                "{\"paths\":[null]} | BAD_PATH",
                "{\"paths\":\"x\"} | MALFORMED_REQUEST",
                "{\"wait\":true} | MALFORMED_REQUEST",
            })
    void flushThatCannotBeUsed_isAProblem(String body, ProblemCode code) {
        FakeMount mount = mounted();
        problem(
                client.post()
                        .uri("/v1/mounts/{id}/flush", mount.spec().id())
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(body)
                        .exchange(),
                code);
        assertThat(mount.flushes).isEmpty();
    }

    @Test
    void delete_unmounts_andTheMountIsGone() {
        FakeMount mount = mounted();
        client.delete()
                .uri("/v1/mounts/{id}?drain=PT7S", mount.spec().id())
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .json(
                        "{\"published\":3,\"unpublished\":[],\"deletesQueued\":0}",
                        org.springframework.test.json.JsonCompareMode.STRICT);
        assertThat(mount.unmounts).containsExactly(new FakeMount.Unmount(Duration.ofSeconds(7), false));
        problem(client.get().uri("/v1/mounts/{id}", mount.spec().id()).exchange(), ProblemCode.UNKNOWN_MOUNT);
    }

    @Test
    void deleteWithUnpublishedData_is409AndStillMounted_forceDetaches() {
        FakeMount mount = mounted();
        mount.unpublished = List.of("a/b");
        WebTestClient.ResponseSpec refused =
                client.delete().uri("/v1/mounts/{id}", mount.spec().id()).exchange();
        refused.expectStatus()
                .isEqualTo(409)
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo("UNPUBLISHED_DATA")
                .jsonPath("$.unpublished[0]")
                .isEqualTo("a/b")
                .jsonPath("$.published")
                .isEqualTo(3);
        client.get()
                .uri("/v1/mounts/{id}", mount.spec().id())
                .exchange()
                .expectBody()
                .jsonPath("$.state")
                .isEqualTo("READY");
        client.delete()
                .uri("/v1/mounts/{id}?force=true", mount.spec().id())
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.unpublished[0]")
                .isEqualTo("a/b");
        assertThat(mount.unmounts)
                .containsExactly(
                        new FakeMount.Unmount(Duration.ofSeconds(45), false),
                        new FakeMount.Unmount(Duration.ofSeconds(45), true));
        problem(client.get().uri("/v1/mounts/{id}", mount.spec().id()).exchange(), ProblemCode.UNKNOWN_MOUNT);
    }

    @Test
    void deleteWithRemovalsThatTheHubWasNotTold_is409_forceTellsThem() {
        FakeMount mount = mounted();
        mount.deletesQueued = 2;
        client.delete()
                .uri("/v1/mounts/{id}", mount.spec().id())
                .exchange()
                .expectStatus()
                .isEqualTo(409)
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo("UNPUBLISHED_DATA")
                .jsonPath("$.detail")
                .value(detail -> assertThat((String) detail).startsWith("0 files and 2 removals are not published"))
                .jsonPath("$.unpublished")
                .isEmpty()
                .jsonPath("$.deletesQueued")
                .isEqualTo(2);
        client.delete()
                .uri("/v1/mounts/{id}?force=true", mount.spec().id())
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.deletesQueued")
                .isEqualTo(2);
    }

    @Test
    void mountEndedFromOutside_withRemovalsLeft_isFailed() {
        FakeMount mount = mounted();
        mount.deletesQueued = 1;
        mount.endFromOutside();
        client.get()
                .uri("/v1/mounts/{id}", mount.spec().id())
                .exchange()
                .expectBody()
                .jsonPath("$.state")
                .isEqualTo("FAILED")
                .jsonPath("$.error")
                .value(error -> assertThat((String) error).contains("1 unpublished removals"));
    }

    @Test
    void deleteWithBadParameters_isAProblem() {
        FakeMount mount = mounted();
        problem(
                client.delete()
                        .uri("/v1/mounts/{id}?drain=soon", mount.spec().id())
                        .exchange(),
                ProblemCode.BAD_DURATION);
        problem(
                client.delete()
                        .uri("/v1/mounts/{id}?force=please", mount.spec().id())
                        .exchange(),
                ProblemCode.MALFORMED_REQUEST);
        assertThat(mount.unmounts).isEmpty();
    }

    @Test
    void mountEndedFromOutside_isForgotten_butFailedWhenDataIsLeft() {
        FakeMount mount = mounted();
        mount.endFromOutside();
        problem(client.get().uri("/v1/mounts/{id}", mount.spec().id()).exchange(), ProblemCode.UNKNOWN_MOUNT);
        FakeMount again = mounted();
        again.unpublished = List.of("a/b");
        again.endFromOutside();
        client.get()
                .uri("/v1/mounts/{id}", again.spec().id())
                .exchange()
                .expectBody()
                .jsonPath("$.state")
                .isEqualTo("FAILED")
                .jsonPath("$.error")
                .isNotEmpty();
        client.delete()
                .uri("/v1/mounts/{id}", again.spec().id())
                .exchange()
                .expectStatus()
                .isOk();
    }

    @Test
    void scrape_showsTheMountsMeters_untilItIsGone() {
        FakeMount mount = mounted();
        String label = "mount=\"" + mount.spec().id() + "\"";
        mount.status = FakeMount.status(5, 1234, Instant.now().minusSeconds(100));
        mount.observer.operation("read", "OK", 2_000_000);
        mount.observer.flushed(file(FlushedFile.Result.PUBLISHED, null));
        mount.observer.hubRequest("batch", 200, 5_000_000, 2);
        String scrape = scrape();
        assertThat(scrape)
                .contains("hf_mount_dirty_files{" + label + "} 5.0")
                .contains("hf_mount_dirty_bytes{" + label + "} 1234.0")
                .contains("hf_mount_dirty_generation_lag{" + label + "} 10.0")
                .contains("hf_mount_ops_total{" + label + ",op=\"read\",result=\"OK\"} 1.0")
                .contains("hf_mount_hub_retries_total{endpoint=\"batch\"," + label + "} 2.0")
                .contains("hf_mount_flush_total{" + label + ",result=\"published\",route=\"full\"} 1.0")
                .contains("hf_mount_flush_retry_total{" + label + "} 0.0")
                .containsPattern("hf_mount_flush_seconds_bucket\\{" + label + ",route=\"full\",le=\"0.05\"} 1")
                .containsPattern("hf_mount_oldest_dirty_seconds\\{" + label + "} 1\\d\\d\\.");
        client.delete()
                .uri("/v1/mounts/{id}", mount.spec().id())
                .exchange()
                .expectStatus()
                .isOk();
        assertThat(scrape()).doesNotContain(label);
    }

    private String scrape() {
        return client.get()
                .uri("/actuator/prometheus")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
    }

    @Test
    void probes_areUpWithoutDeclaredMounts() {
        for (String probe : List.of("liveness", "readiness")) {
            client.get()
                    .uri("/actuator/health/" + probe)
                    .exchange()
                    .expectStatus()
                    .isOk()
                    .expectBody()
                    .jsonPath("$.status")
                    .isEqualTo("UP");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evil.example", "evil.example:8787", "127.0.0.1.evil.example", "localhost.evil", "10.0.0.1"})
    void otherHosts_areRefusedOnEveryRoute(String host) {
        for (String uri : List.of("/v1/mounts", "/actuator/prometheus", "/nowhere")) {
            problem(client.get().uri(uri).header("Host", host).exchange(), ProblemCode.HOST_REFUSED);
        }
        problem(
                client.get()
                        .uri("/v1/mounts")
                        .header("Origin", "https://" + host)
                        .exchange(),
                ProblemCode.HOST_REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:8787", "127.0.0.1:1", "127.1.2.3", "[::1]:8787", "LOCALHOST"})
    void loopbackHosts_areServed(String host) {
        client.get()
                .uri("/v1/mounts")
                .header("Host", host)
                .header("Origin", "http://localhost:3000")
                .exchange()
                .expectStatus()
                .isOk();
    }

    @Test
    void mountPointThatIsHoldsOrLiesInTheDataDirectory_isRefused() throws IOException {
        Path data = root.resolve("state").resolve("data");
        Path inside = Files.createDirectories(data.resolve("mounts"));
        for (Path point : List.of(data, inside, data.getParent())) {
            Map<String, Object> body = request();
            body.put("mountPoint", point.toString());
            problem(post(body), ProblemCode.MOUNT_POINT_NOT_ALLOWED);
        }
    }

    @Test
    void mountsAreLookedAtOffTheEventLoops() {
        FakeMount mount = mounted();
        mount.statusThreads.clear();
        client.get().uri("/v1/mounts").exchange().expectStatus().isOk();
        client.get()
                .uri("/v1/mounts/{id}", mount.spec().id())
                .exchange()
                .expectStatus()
                .isOk();
        assertThat(mount.statusThreads).isNotEmpty().allMatch(name -> name.startsWith("boundedElastic"));
    }
}
