package io.hfmount.hub.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.headRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.StorageToken;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class HttpBucketHubTest {
    private static final String TOKEN = "hf_secret123";
    private static final String HASH = "48a3213a086cad271381aafe47232eb5df291a963cebbfec071972eff45eb422";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Instant MTIME = Instant.parse("2026-03-01T12:00:00.123Z");
    private static final List<BatchOperation> BATCH = List.of(
            new BatchOperation.AddFile("sub/x.bin", ContentHash.parse(HASH), MTIME),
            new BatchOperation.DeleteFile("old.bin"));
    private static final String BATCH_URL = "/api/buckets/ann/data/batch";
    private static final String OK_BATCH = "{\"success\":true,\"processed\":2,\"succeeded\":2,\"failed\":[]}";

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(wireMockConfig().bindAddress("127.0.0.1").dynamicPort())
            .build();

    @RegisterExtension
    static final WireMockExtension STRANGER = WireMockExtension.newInstance()
            .options(wireMockConfig().bindAddress("127.0.0.1").dynamicPort())
            .build();

    private record Seen(String route, int status, int retries) {}

    private final List<Seen> observed = new CopyOnWriteArrayList<>();
    private HttpBucketHub hub;

    @Test
    void blockingOnAnEventLoop_isDetected() {
        assertThatThrownBy(() -> Mono.fromCallable(() -> Files.readAllBytes(Path.of("/proc/self/mountinfo")))
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .rootCause()
                .isInstanceOf(BlockingOperationError.class);
    }

    @BeforeEach
    void open() {
        hub = hub(settings());
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private static HubSettings settings() {
        return HubSettings.of(base(SERVER))
                .withRetries(new RetryPolicy(List.of(Duration.ofMillis(1), Duration.ofMillis(2)), Duration.ofMillis(5)))
                .withPages(100, 1 << 20);
    }

    private HttpBucketHub hub(HubSettings settings) {
        return new HttpBucketHub(
                settings,
                BucketSource.parse("hf://buckets/ann/data"),
                TokenSource.fixed(TOKEN),
                (route, status, nanos, retries) -> observed.add(new Seen(route, status, retries)));
    }

    private static String base(WireMockExtension server) {
        return "http://127.0.0.1:" + server.getPort();
    }

    private static <T> T now(Mono<T> mono) {
        return mono.block(LIMIT);
    }

    private static HubException failure(Mono<?> mono) {
        return assertThat(mono.materialize().block(LIMIT).getThrowable())
                .asInstanceOf(type(HubException.class))
                .satisfies(e -> assertThat(e.toString()).doesNotContain(TOKEN))
                .actual();
    }

    private static ResponseDefinitionBuilder json(int status, String body) {
        return aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "application/json")
                .withBody(body);
    }

    @Test
    void info_isReadWithTokenAndRequestId() {
        SERVER.stubFor(get("/api/buckets/ann/data").willReturn(okJson("""
                                {"id":"ann/data","private":true,"createdAt":"2026-03-01T12:00:00.000Z",
                                 "updatedAt":"2026-03-01T12:07:03.412Z","size":50000011,"totalFiles":3,"later":[1]}""")));
        assertThat(now(hub.info()))
                .isEqualTo(new BucketInfo(
                        "ann/data",
                        true,
                        "2026-03-01T12:07:03.412Z",
                        Instant.parse("2026-03-01T12:07:03.412Z"),
                        50000011,
                        3));
        SERVER.verify(getRequestedFor(urlEqualTo("/api/buckets/ann/data"))
                .withHeader("Authorization", equalTo("Bearer " + TOKEN))
                .withHeader("X-Request-Id", com.github.tomakehurst.wiremock.client.WireMock.matching(".{36}")));
        assertThat(observed).containsExactly(new Seen("info", 200, 0));
    }

    @Test
    void tokenFile_isReadOffTheEventLoop_alsoForTheNextPage(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("token"), "hf_from_file\n");
        AtomicLong looks = new AtomicLong();
        InstantSource time = () -> Instant.EPOCH.plusSeconds(60 * looks.incrementAndGet());
        hub.close();
        hub = new HttpBucketHub(
                settings(),
                BucketSource.parse("hf://buckets/ann/data"),
                TokenSource.file(file, null, time.withZone(ZoneOffset.UTC), Schedulers.boundedElastic()),
                HubObserver.NONE);
        SERVER.stubFor(get("/api/buckets/ann/data/tree?recursive=true&limit=100")
                .willReturn(okJson("[]").withHeader("Link", "<" + base(SERVER) + "/p2>; rel=\"next\"")));
        SERVER.stubFor(get("/p2").willReturn(okJson("[]")));
        assertThat(now(hub.list("", true).collectList())).isEmpty();
        SERVER.verify(getRequestedFor(urlEqualTo("/p2")).withHeader("Authorization", equalTo("Bearer hf_from_file")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "odd/100%25 x.txt | odd/100%2525%20x.txt",
                "a#b?c | a%23b%3Fc",
                "a+b&c=d;e,f:g@h | a%2Bb%26c%3Dd%3Be%2Cf%3Ag%40h",
                "%2F/x | %252F/x",
                "ü/文 | %C3%BC/%E6%96%87",
                "😀 | %F0%9F%98%80",
                "~a-b_c.d | ~a-b_c.d",
                "back\\slash|back%5Cslash",
            })
    void path_isEncodedOnceBySegment_onTheWire(String path, String encoded) {
        SERVER.stubFor(head(anyUrl()).willReturn(aResponse().withHeader("X-Linked-Size", "4")));
        assertThat(now(hub.head(path)).path()).isEqualTo(path);
        SERVER.verify(headRequestedFor(urlEqualTo("/buckets/ann/data/resolve/" + encoded)));
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("[]")));
        now(hub.list(path, false).collectList());
        SERVER.verify(
                getRequestedFor(urlEqualTo("/api/buckets/ann/data/tree/" + encoded + "?recursive=false&limit=100")));
    }

    @Test
    void head_readsHashSizeAndTime() {
        SERVER.stubFor(head(anyUrl())
                .willReturn(aResponse()
                        .withHeader("X-Xet-Hash", HASH)
                        .withHeader("X-Linked-Size", "50000011")
                        .withHeader("Content-Length", "7")
                        .withHeader("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT")));
        assertThat(now(hub.head("x")))
                .isEqualTo(new HubFile("x", 50000011, ContentHash.parse(HASH), Instant.parse("2026-03-01T12:00:00Z")));
        SERVER.verify(headRequestedFor(anyUrl()).withHeader("Accept-Encoding", equalTo("identity")));
    }

    @Test
    void head_withoutLinkedSize_takesContentLength_andUnknownFactsStayUnknown() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse().withHeader("Content-Length", "7").withHeader("Last-Modified", "yesterday")));
        assertThat(now(hub.head("x"))).isEqualTo(new HubFile("x", 7, null, null));
    }

    @Test
    void head_ofARedirect_isReadFromTheRedirectItself() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse()
                        .withStatus(302)
                        .withHeader("Location", base(STRANGER) + "/elsewhere")
                        .withHeader("Content-Length", "99")
                        .withHeader("X-Xet-Hash", HASH)));
        assertThat(now(hub.head("x"))).isEqualTo(new HubFile("x", -1, ContentHash.parse(HASH), null));
        assertThat(STRANGER.getAllServeEvents()).isEmpty();
    }

    @Test
    void head_ofARedirectWithoutTheFilesHeaders_isFollowedAtTheSameOrigin() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse()
                        .withStatus(307)
                        .withHeader("Location", "/buckets/ann/renamed/resolve/x")
                        .withHeader("Content-Length", "0")));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/renamed/resolve/x"))
                .willReturn(aResponse().withHeader("X-Linked-Size", "4").withHeader("X-Xet-Hash", HASH)));
        assertThat(now(hub.head("x"))).isEqualTo(new HubFile("x", 4, ContentHash.parse(HASH), null));
    }

    @Test
    void head_ofARedirectElsewhereOrNowhere_isAnErrorUnlessItDescribesTheFile() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/away"))
                .willReturn(aResponse().withStatus(302).withHeader("Location", base(STRANGER) + "/elsewhere")));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/bare"))
                .willReturn(aResponse().withStatus(302)));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/round"))
                .willReturn(aResponse().withStatus(302).withHeader("Location", "/buckets/ann/data/resolve/round")));
        for (String path : List.of("away", "bare", "round")) {
            assertThat(failure(hub.head(path)).status()).isEqualTo(302);
        }
        assertThat(STRANGER.getAllServeEvents()).isEmpty();
        SERVER.verify(6, headRequestedFor(urlEqualTo("/buckets/ann/data/resolve/round")));
    }

    @Test
    void listingThatGoesInCircles_isAnError() {
        for (String[] link : new String[][] {{"1", "2"}, {"2", "3"}, {"3", "2"}}) {
            String url = link[0].equals("1")
                    ? "/api/buckets/ann/data/tree?recursive=true&limit=100"
                    : "/p?cursor=" + link[0];
            SERVER.stubFor(get(url).willReturn(okJson("[]")
                    .withHeader("Link", "<" + base(SERVER) + "/p?cursor=" + link[1] + ">; rel=\"next\"")));
        }
        assertThat(failure(hub.list("", true).collectList())).hasMessageContaining("read before");
    }

    @Test
    void listedNameWithoutAUtf8Form_isLeftOut() {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("""
                                        [{"type":"file","path":"a\\ud800","size":5},{"type":"file","path":"b","size":5}]""")));
        assertThat(now(hub.list("", true).collectList()))
                .containsExactly(new HubEntry.File(new HubFile("b", 5, null, null)));
    }

    @Test
    void head404_isAbsence_unlessTheBucketIsGone() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/none"))
                .willReturn(aResponse().withStatus(404).withHeader("X-Error-Code", "EntryNotFound")));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse().withStatus(404).withHeader("X-Error-Code", "RepoNotFound")));
        assertThat(now(hub.head("none"))).isNull();
        assertThat(failure(hub.head("x")).status()).isEqualTo(404);
    }

    @Test
    void headWithAHashThatIsNone_isAnError() {
        SERVER.stubFor(head(anyUrl()).willReturn(aResponse().withHeader("X-Xet-Hash", "zz")));
        assertThat(failure(hub.head("x"))).hasMessageContaining("64 hex digits");
    }

    @Test
    void listing_followsAllPages_andDropsWhatWasNotAskedFor() {
        SERVER.stubFor(get("/api/buckets/ann/data/tree/logs?recursive=false&limit=100")
                .willReturn(okJson("""
                                        [{"type":"directory","path":"logs/sub"},{"type":"file","path":"logs.txt","size":5},
                                         {"type":"directory","path":"logs_old"},{"type":"file","path":"logs","size":1},
                                         {"type":"file","path":"logs/../etc","size":1},{"type":"symlink","path":"logs/s"},
                                         {"type":"file","path":"logs/deep/x","size":1}]""")
                        .withHeader(
                                "Link",
                                "<" + base(SERVER) + "/p2?cursor=a%2Bb%25=>; rel=\"next\", <http://x/>; rel=\"x\"")));
        SERVER.stubFor(get("/p2?cursor=a%2Bb%25=")
                .willReturn(okJson("[{\"type\":\"file\",\"path\":\"logs/y\",\"size\":5,\"xetHash\":\"" + HASH
                        + "\",\"uploadedAt\":\"2026-03-01T12:07:03.412Z\"}]")));
        assertThat(now(hub.list("logs", false).collectList()))
                .containsExactly(
                        new HubEntry.Directory("logs/sub"),
                        new HubEntry.File(new HubFile(
                                "logs/y", 5, ContentHash.parse(HASH), Instant.parse("2026-03-01T12:07:03.412Z"))));
        assertThat(observed).extracting(Seen::route).containsExactly("tree", "tree");
    }

    @Test
    void nextPageElsewhere_isRefused_andTheTokenStaysHome() {
        SERVER.stubFor(get(anyUrl())
                .willReturn(okJson("[{\"type\":\"file\",\"path\":\"a\",\"size\":5}]")
                        .withHeader("Link", "<" + base(STRANGER) + "/steal>; rel=\"next\"")));
        assertThat(failure(hub.list("", false).collectList())).hasMessageContaining("another origin");
        assertThat(STRANGER.getAllServeEvents()).isEmpty();
    }

    @Test
    void nextPageThatIsTheSamePage_isRefused() {
        SERVER.stubFor(get(anyUrl())
                .willReturn(okJson("[]")
                        .withHeader(
                                "Link",
                                "<" + base(SERVER)
                                        + "/api/buckets/ann/data/tree?recursive=false&limit=100>; rel=\"next\"")));
        assertThat(failure(hub.list("", false).collectList())).hasMessageContaining("read before");
    }

    @Test
    void answerBeyondTheBound_isRefused() {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("[\"" + "x".repeat(1 << 20) + "\"]")));
        HubException e = failure(hub.list("", false).collectList());
        assertThat(e).hasMessageContaining("larger than 1048576 bytes");
        assertThat(e.isTransient()).isFalse();
        assertThat(SERVER.getAllServeEvents()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[1]", "{\"updatedAt\":7}", "<html>login</html>", "null"})
    void infoThatCannotBeRead_isAnError(String body) {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson(body)));
        assertThat(failure(hub.info())).hasMessageContaining("cannot be read");
    }

    @Test
    void deeplyNestedAnswer_isRefused() {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("[".repeat(5000) + "]".repeat(5000))));
        assertThat(failure(hub.list("", true).collectList())).hasMessageContaining("cannot be read");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"error\":\"Repository not found\"} | Repository not found",
                "{\"error\":[\"one\",\"two\"]} | one; two",
                "{\"errors\":[{\"message\":\"three\"}]} | three",
                "no json | from the header",
            })
    void refusal_tellsReasonAndRequestId(String body, String reason) {
        SERVER.stubFor(get(anyUrl())
                .willReturn(json(404, body)
                        .withHeader("X-Error-Message", "from the header")
                        .withHeader("X-Error-Code", "RepoNotFound")
                        .withHeader("X-Request-Id", "req-7")));
        HubException e = failure(hub.info());
        assertThat(e.status()).isEqualTo(404);
        assertThat(e.isTransient()).isFalse();
        assertThat(e)
                .hasMessageContaining(reason)
                .hasMessageContaining("RepoNotFound")
                .hasMessageContaining("req-7");
    }

    @Test
    void serverThatEchoesTheToken_doesNotGetItIntoTheMessage() {
        SERVER.stubFor(get(anyUrl())
                .willReturn(json(401, "{\"error\":\"bad header Bearer " + TOKEN + "\\nforged line\"}")
                        .withHeader("X-Request-Id", TOKEN)));
        assertThat(failure(hub.info())).hasMessageContaining("***").hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void transientStatus_isTriedTwiceMore(int status) {
        SERVER.stubFor(get(anyUrl()).willReturn(json(status, "{\"error\":\"busy\"}")));
        HubException e = failure(hub.info());
        assertThat(e.status()).isEqualTo(status);
        assertThat(e.isTransient()).isTrue();
        SERVER.verify(3, getRequestedFor(anyUrl()));
        assertThat(observed).containsExactly(new Seen("info", status, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 409, 413, 501, 507})
    void permanentStatus_isNotTriedAgain(int status) {
        SERVER.stubFor(get(anyUrl()).willReturn(json(status, "{\"error\":\"no\"}")));
        assertThat(failure(hub.info()).status()).isEqualTo(status);
        SERVER.verify(1, getRequestedFor(anyUrl()));
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void brokenAnswerToARead_isTriedAgain(Fault fault) {
        SERVER.stubFor(get(anyUrl())
                .inScenario("broken")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(aResponse().withFault(fault))
                .willSetStateTo("well"));
        SERVER.stubFor(get(anyUrl())
                .inScenario("broken")
                .whenScenarioStateIs("well")
                .willReturn(okJson("{\"updatedAt\":\"r1\"}")));
        assertThat(now(hub.info()).revision()).isEqualTo("r1");
    }

    @Test
    void timeOut_ofARead_isTriedAgain_thenReported() {
        hub.close();
        hub = hub(settings().withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(150), Duration.ofMillis(150)));
        SERVER.stubFor(any(anyUrl()).willReturn(okJson("{}").withFixedDelay(3000)));
        HubException e = failure(hub.info());
        assertThat(e.status()).isZero();
        assertThat(e.isTransient()).isTrue();
        assertThat(e).hasMessageContaining("no answer within 150 ms");
        assertThat(observed).containsExactly(new Seen("info", 0, 2));
    }

    @Test
    void batch_isSentAsLines_andPartialFailuresAreRead() {
        SERVER.stubFor(post(BATCH_URL).willReturn(okJson("""
                                        {"success":false,"processed":2,"succeeded":1,
                                         "failed":[{"path":"sub/x.bin","error":"xet file was not found in storage"}]}""")));
        assertThat(now(hub.batch(BATCH)))
                .isEqualTo(new BatchResult(Map.of("sub/x.bin", "xet file was not found in storage")));
        SERVER.verify(postRequestedFor(urlEqualTo(BATCH_URL))
                .withHeader("Content-Type", equalTo("application/x-ndjson"))
                .withRequestBody(equalTo("{\"type\":\"addFile\",\"path\":\"sub/x.bin\",\"xetHash\":\"" + HASH
                        + "\",\"mtime\":1772366400123}\n{\"type\":\"deleteFile\",\"path\":\"old.bin\"}\n")));
    }

    @Test
    void batch422WithFailures_meansThatEverythingFailed_withoutThem_anError() {
        SERVER.stubFor(post(BATCH_URL)
                .inScenario("422")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(json(422, "{\"success\":false,\"failed\":[{\"path\":\"sub/x.bin\",\"error\":\"no\"}]}"))
                .willSetStateTo("bare"));
        SERVER.stubFor(post(BATCH_URL)
                .inScenario("422")
                .whenScenarioStateIs("bare")
                .willReturn(json(422, "{\"error\":\"not like this\"}"))
                .willSetStateTo("empty"));
        SERVER.stubFor(post(BATCH_URL)
                .inScenario("422")
                .whenScenarioStateIs("empty")
                .willReturn(json(422, "{\"success\":false,\"processed\":2,\"succeeded\":0,\"failed\":[]}")));
        assertThat(now(hub.batch(BATCH)).failures())
                .containsEntry("sub/x.bin", "no")
                .containsKey("old.bin");
        for (int i = 0; i < 2; i++) {
            HubException e = failure(hub.batch(BATCH));
            assertThat(e.status()).isEqualTo(422);
            assertThat(e.outcomeUnknown()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 503})
    void batchThatWasNotApplied_isSentAgain(int status) {
        SERVER.stubFor(post(BATCH_URL)
                .inScenario("busy")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(json(status, "{}"))
                .willSetStateTo("well"));
        SERVER.stubFor(
                post(BATCH_URL).inScenario("busy").whenScenarioStateIs("well").willReturn(okJson(OK_BATCH)));
        assertThat(now(hub.batch(BATCH)).failures()).isEmpty();
        assertThat(observed).containsExactly(new Seen("batch", 200, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 504})
    void batchThatMayHaveBeenApplied_isNotSentAgain(int status) {
        SERVER.stubFor(post(BATCH_URL).willReturn(json(status, "{}")));
        HubException e = failure(hub.batch(BATCH));
        assertThat(e.status()).isEqualTo(status);
        assertThat(e.outcomeUnknown()).isTrue();
        SERVER.verify(1, postRequestedFor(anyUrl()));
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void batchWhoseAnswerIsLost_isNotSentAgain_andItsOutcomeIsUnknown(Fault fault) {
        SERVER.stubFor(post(BATCH_URL).willReturn(aResponse().withFault(fault)));
        HubException e = failure(hub.batch(BATCH));
        assertThat(e.outcomeUnknown()).isTrue();
        SERVER.verify(1, postRequestedFor(anyUrl()));
    }

    @Test
    void batchOnAPooledConnection_thatBreaks_isNotSentAgain() {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("{\"updatedAt\":\"r1\"}")));
        SERVER.stubFor(post(BATCH_URL).willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
        now(hub.info());
        assertThat(failure(hub.batch(BATCH)).outcomeUnknown()).isTrue();
        SERVER.verify(1, postRequestedFor(anyUrl()));
    }

    @Test
    void batchTimeOut_leavesTheOutcomeUnknown() {
        hub.close();
        hub = hub(settings().withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(150), Duration.ofMillis(150)));
        SERVER.stubFor(post(BATCH_URL).willReturn(okJson(OK_BATCH).withFixedDelay(3000)));
        HubException e = failure(hub.batch(BATCH));
        assertThat(e.outcomeUnknown()).isTrue();
        assertThat(e.status()).isZero();
        SERVER.verify(1, postRequestedFor(anyUrl()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "{\"success\":false}",
                "{\"failed\":7}",
                "{\"failed\":[{}]}",
                "<html>",
                "{\"success\":false,\"processed\":2,\"succeeded\":0,\"failed\":[]}",
                "{\"success\":true,\"processed\":1,\"succeeded\":1,\"failed\":[]}",
                "{\"success\":false,\"processed\":2,\"succeeded\":1,\"failed\":[{\"path\":\"/sub/x.bin\",\"error\":\"no\"}]}"
            })
    void batchAnsweredUnreadably_leavesTheOutcomeUnknown(String body) {
        SERVER.stubFor(post(BATCH_URL).willReturn(okJson(body)));
        assertThat(failure(hub.batch(BATCH)).outcomeUnknown()).isTrue();
        SERVER.verify(1, postRequestedFor(anyUrl()));
    }

    @Test
    void batchThatNeverLeft_isKnownNotToBeApplied() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        hub.close();
        hub = new HttpBucketHub(
                HubSettings.of("http://127.0.0.1:" + port)
                        .withRetries(new RetryPolicy(List.of(Duration.ofMillis(1)), Duration.ofSeconds(1))),
                BucketSource.parse("hf://buckets/ann/data"),
                TokenSource.ANONYMOUS,
                (route, status, nanos, retries) -> observed.add(new Seen(route, status, retries)));
        HubException e = failure(hub.batch(BATCH));
        assertThat(e.outcomeUnknown()).isFalse();
        assertThat(e.status()).isZero();
        assertThat(e).hasMessageContaining("no connection");
        assertThat(observed).containsExactly(new Seen("batch", 0, 1));
    }

    @Test
    void pathsInfo_isSplitByAThousand_andKeepsOnlyWhatWasAskedFor() {
        SERVER.stubFor(post("/api/buckets/ann/data/paths-info").willReturn(okJson("""
                        [{"type":"file","path":"p/0","size":5,"mtime":"2026-03-01T12:00:00.000Z"},
                         {"type":"file","path":"unasked","size":5},{"type":"directory","path":"p/1"}]""")));
        List<String> paths = IntStream.range(0, 2001).mapToObj(i -> "p/" + i).collect(Collectors.toList());
        assertThat(now(hub.pathsInfo(paths)))
                .containsExactly(Map.entry("p/0", new HubFile("p/0", 5, null, Instant.parse("2026-03-01T12:00:00Z"))));
        SERVER.verify(3, postRequestedFor(anyUrl()));
        assertThat(now(hub.pathsInfo(List.of()))).isEmpty();
        SERVER.verify(3, postRequestedFor(anyUrl()));
    }

    @Test
    void storageToken_isReadAndItsUrlCut() {
        SERVER.stubFor(get("/api/buckets/ann/data/xet-write-token")
                .willReturn(okJson("{\"casUrl\":\"http://cas:1/\",\"exp\":1772367300,\"accessToken\":\"eyJ\"}")));
        assertThat(now(hub.storageToken(true)))
                .isEqualTo(new StorageToken("http://cas:1", "eyJ", Instant.ofEpochSecond(1772367300)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"casUrl\":\"file:///etc\",\"exp\":1,\"accessToken\":\"secret-cas\"}",
                "{\"casUrl\":\"http://c\",\"accessToken\":\"secret-cas\"}",
                "{\"casUrl\":\"http://c\",\"exp\":9223372036854775807,\"accessToken\":\"secret-cas\"}",
                "{\"casUrl\":\"http://c\",\"exp\":1}",
                "{\"accessToken\":\"secret-cas\", broken",
            })
    void storageTokenThatCannotBeUsed_isAnErrorWithoutTheSecret(String body) {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson(body)));
        HubException e = failure(hub.storageToken(false));
        assertThat(e).hasMessageContaining("cannot be read").hasMessageNotContaining("secret-cas");
    }
}
