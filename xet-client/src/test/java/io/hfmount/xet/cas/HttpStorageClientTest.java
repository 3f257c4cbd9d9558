package io.hfmount.xet.cas;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.binaryEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.xorb.SegmentPool;
import io.hfmount.xet.xorb.XorbBody;
import io.hfmount.xet.xorb.XorbWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class HttpStorageClientTest {
    private static final ContentHash FILE = ContentHash.parse("0f".repeat(32));
    private static final ContentHash XORB = ContentHash.parse("1e".repeat(32));
    private static final ByteRange RANGE = new ByteRange(10, 2000);
    private static final RetryPolicy FAST = new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(2));
    private static final Duration WAIT = Duration.ofSeconds(20);

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(wireMockConfig().dynamicPort().containerThreads(20))
            .build();

    private final AtomicInteger issued = new AtomicInteger();
    /** Filled when a call has ended, which its result may overtake. */
    private final BlockingQueue<String> finished = new LinkedBlockingQueue<>();

    private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());
    private final StorageObserver observer = new StorageObserver() {
        @Override
        public void finished(StorageRoute route, int status, double seconds, long up, long down) {
            finished.add(route.label() + " " + status + " " + up + " " + down);
        }

        @Override
        public void retrying(StorageRoute route, int retry, Duration pause, Throwable cause) {
            pauses.add(pause);
        }
    };
    private HttpStorageClient client;

    @BeforeEach
    void connect() {
        client = client(
                StorageSettings.defaults().withRetry(FAST).withTimeouts(Duration.ofSeconds(2), Duration.ofMillis(700)));
    }

    private HttpStorageClient client(StorageSettings settings) {
        StorageTokens tokens = () -> Mono.fromSupplier(() -> new StorageAccess(
                SERVER.baseUrl() + "/",
                "token-" + issued.incrementAndGet(),
                Instant.now().plusSeconds(3600)));
        return new HttpStorageClient(tokens, settings, Schedulers.parallel(), observer);
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    private static String plan(String version) {
        String where = version.equals("v2")
                ? "\"xorbs\":{\"%s\":[{\"url\":\"http://d/x\",\"ranges\":[{\"chunks\":{\"start\":0,\"end\":2},\"bytes\":{\"start\":0,\"end\":99}}]}]}"
                : "\"fetch_info\":{\"%s\":[{\"range\":{\"start\":0,\"end\":2},\"url\":\"http://d/x\",\"url_range\":{\"start\":0,\"end\":99}}]}";
        return ("{\"offset_into_first_range\":3,\"terms\":[{\"hash\":\"%s\",\"unpacked_length\":1999,\"range\":{\"start\":0,\"end\":2}}],"
                        + where + "}")
                .formatted(XORB, XORB);
    }

    private static String reconstruction(String version) {
        return "/" + version + "/reconstructions/" + FILE;
    }

    private StorageException failure(Mono<?> call) {
        try {
            call.block(WAIT);
        } catch (StorageException e) {
            return e;
        }
        throw new AssertionError("expected a failure");
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void reconstruction_sendsTokenAndInclusiveRange() throws InterruptedException {
        SERVER.stubFor(get(reconstruction("v2")).willReturn(ok(plan("v2"))));

        Reconstruction plan = client.reconstruct(FILE, RANGE).block(WAIT);

        assertThat(plan.offsetIntoFirstTerm()).isEqualTo(3);
        assertThat(plan.range()).isEqualTo(RANGE);
        SERVER.verify(getRequestedFor(urlEqualTo(reconstruction("v2")))
                .withHeader("Authorization", equalTo("Bearer token-1"))
                .withHeader("Range", equalTo("bytes=10-1999")));
        assertThat(finished.poll(WAIT.toSeconds(), TimeUnit.SECONDS))
                .isEqualTo("reconstruction 200 0 " + plan("v2").length());
        assertThat(finished).isEmpty();
    }

    @Test
    void observer_isToldBeforeTheOutcomeGoesOn() {
        SERVER.stubFor(get("/good")
                .willReturn(
                        aResponse().withStatus(206).withBody(bytes(10)).withHeader("Content-Range", "bytes 0-9/10")));
        SERVER.stubFor(get("/bad").willReturn(status(403)));
        ByteRange ten = new ByteRange(0, 10);
        List<String> seen = Collections.synchronizedList(new ArrayList<>());

        client.data(SERVER.baseUrl() + "/good", ten)
                .doOnNext(answer -> seen.addAll(finished))
                .block(WAIT);
        failure(client.data(SERVER.baseUrl() + "/bad", ten).doOnError(error -> seen.addAll(finished)));

        assertThat(seen).containsExactly("data 206 0 10", "data 206 0 10", "data 403 0 0");
    }

    @Test
    void observer_isToldOnceOfACallThatIsGivenUp() {
        SERVER.stubFor(get("/slow").willReturn(ok().withFixedDelay(600)));

        client.data(SERVER.baseUrl() + "/slow", new ByteRange(0, 10))
                .subscribe()
                .dispose();

        assertThat(finished).containsExactly("data 0 0 0");
    }

    @Test
    void openRanges_areSentOpen() {
        SERVER.stubFor(get(reconstruction("v2")).willReturn(ok(plan("v2"))));

        client.reconstruct(FILE, new ByteRange(0, Long.MAX_VALUE)).block(WAIT);
        client.reconstruct(FILE, new ByteRange(7, Long.MAX_VALUE)).block(WAIT);

        SERVER.verify(1, getRequestedFor(urlEqualTo(reconstruction("v2"))).withHeader("Range", absent()));
        SERVER.verify(1, getRequestedFor(urlEqualTo(reconstruction("v2"))).withHeader("Range", equalTo("bytes=7-")));
    }

    @Test
    void missingSecondVersion_isRememberedAfterTheFirstSucceeded() {
        SERVER.stubFor(get(reconstruction("v2")).willReturn(status(501)));
        SERVER.stubFor(get(reconstruction("v1")).willReturn(ok(plan("v1"))));

        client.reconstruct(FILE, RANGE).block(WAIT);
        client.reconstruct(FILE, RANGE).block(WAIT);

        SERVER.verify(1, getRequestedFor(urlEqualTo(reconstruction("v2"))));
        SERVER.verify(2, getRequestedFor(urlEqualTo(reconstruction("v1"))));
    }

    @Test
    void unknownFile_leavesTheVersionOpen() {
        SERVER.stubFor(any(anyUrl()).willReturn(status(404)));

        assertThat(failure(client.reconstruct(FILE, RANGE)).kind()).isEqualTo(StorageException.Kind.NOT_FOUND);
        assertThat(failure(client.reconstruct(FILE, RANGE)).kind()).isEqualTo(StorageException.Kind.NOT_FOUND);

        SERVER.verify(2, getRequestedFor(urlEqualTo(reconstruction("v2"))));
        SERVER.verify(2, getRequestedFor(urlEqualTo(reconstruction("v1"))));
    }

    @Test
    void forcedVersion_doesNotFallBack() {
        SERVER.stubFor(any(anyUrl()).willReturn(status(404)));
        try (HttpStorageClient second = client(StorageSettings.defaults().withVersions(StorageSettings.Versions.V2))) {
            assertThat(failure(second.reconstruct(FILE, RANGE)).kind()).isEqualTo(StorageException.Kind.NOT_FOUND);
        }
        SERVER.verify(0, getRequestedFor(urlEqualTo(reconstruction("v1"))));
    }

    @Test
    void rangeBehindTheEnd_isEmpty() {
        SERVER.stubFor(any(anyUrl()).willReturn(status(416)));
        assertThat(client.reconstruct(FILE, RANGE).block(WAIT)).isNull();
    }

    @Test
    void faults_areRetriedAndThenReported() {
        List<ResponseDefinitionBuilder> faults = List.of(
                status(503),
                status(429).withHeader("Retry-After", "0"),
                status(408),
                aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
                aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE),
                aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK),
                ok(plan("v2").substring(0, 100)));
        for (ResponseDefinitionBuilder fault : faults) {
            SERVER.resetAll();
            SERVER.stubFor(get(reconstruction("v2"))
                    .inScenario("one fault")
                    .whenScenarioStateIs(Scenario.STARTED)
                    .willReturn(fault)
                    .willSetStateTo("healed"));
            SERVER.stubFor(get(reconstruction("v2"))
                    .inScenario("one fault")
                    .whenScenarioStateIs("healed")
                    .willReturn(ok(plan("v2"))));
            assertThat(client.reconstruct(FILE, RANGE).block(WAIT)).isNotNull();
        }
        SERVER.resetAll();
        SERVER.stubFor(get(reconstruction("v2")).willReturn(status(503).withBody("down\nfor repair")));
        StorageException failure = failure(client.reconstruct(FILE, RANGE));
        assertThat(failure.kind()).isEqualTo(StorageException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageContaining("503").hasMessageContaining("down for repair");
        assertThat(failure.isServerFault()).as("of a service that is away").isFalse();
        SERVER.verify(3, getRequestedFor(urlEqualTo(reconstruction("v2"))));
    }

    @Test
    void permanentStatuses_failAtOnce() {
        for (int status : new int[] {400, 403, 302, 413}) {
            SERVER.resetAll();
            SERVER.stubFor(post(anyUrl()).willReturn(status(status).withHeader("Location", "/elsewhere")));
            failure(client.putXorb(XORB, XorbBody.of(bytes(10))));
            SERVER.verify(1, postRequestedFor(anyUrl()));
        }
    }

    @Test
    void silence_timesOut() {
        SERVER.stubFor(get(reconstruction("v2")).willReturn(ok(plan("v2")).withFixedDelay(3000)));
        try (HttpStorageClient impatient = client(StorageSettings.defaults()
                .withRetry(RetryPolicy.never())
                .withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(150)))) {
            assertThat(failure(impatient.reconstruct(FILE, RANGE)).kind()).isEqualTo(StorageException.Kind.TIMEOUT);
        }
    }

    @Test
    void refusedToken_isReplacedOnce() {
        SERVER.stubFor(get(reconstruction("v2")).willReturn(status(401)));
        SERVER.stubFor(get(reconstruction("v2"))
                .withHeader("Authorization", equalTo("Bearer token-2"))
                .willReturn(ok(plan("v2"))));

        assertThat(client.reconstruct(FILE, RANGE).block(WAIT)).isNotNull();
        assertThat(issued).hasValue(2);

        SERVER.resetAll();
        SERVER.stubFor(get(reconstruction("v2")).willReturn(status(401)));
        StorageException failure = failure(client.reconstruct(FILE, RANGE));
        assertThat(failure.kind()).isEqualTo(StorageException.Kind.UNAUTHORIZED);
        assertThat(failure).hasMessageNotContaining("token-");
        SERVER.verify(2, getRequestedFor(urlEqualTo(reconstruction("v2"))));
    }

    @Test
    void data_isFetchedWithoutToken() {
        byte[] body = bytes(1990);
        SERVER.stubFor(get("/signed?x=1")
                .willReturn(status(206)
                        .withHeader("Content-Range", "bytes 10-1999/5000")
                        .withBody(body)));

        assertThat(client.data(SERVER.baseUrl() + "/signed?x=1", RANGE).block(WAIT))
                .isEqualTo(body);

        SERVER.verify(getRequestedFor(urlEqualTo("/signed?x=1"))
                .withHeader("Authorization", absent())
                .withHeader("Range", equalTo("bytes=10-1999")));
        assertThat(issued).hasValue(0);
    }

    @Test
    void dataOfAnotherLength_isCorrupt() {
        List<ResponseDefinitionBuilder> answers = List.of(
                status(206).withBody(bytes(1989)),
                status(200).withBody(bytes(5000)),
                status(206).withHeader("Transfer-Encoding", "chunked").withBody(bytes(1991)),
                status(206).withHeader("Transfer-Encoding", "chunked").withBody(bytes(3)),
                status(206).withHeader("Content-Range", "bytes 11-2000/5000").withBody(bytes(1990)),
                status(206)
                        .withHeader("Content-Type", "multipart/byteranges; boundary=x")
                        .withBody(bytes(1990)));
        for (ResponseDefinitionBuilder answer : answers) {
            SERVER.resetAll();
            SERVER.stubFor(get("/d").willReturn(answer));
            StorageException failure = failure(client.data(SERVER.baseUrl() + "/d", RANGE));
            assertThat(failure.kind()).isEqualTo(StorageException.Kind.CORRUPT);
            assertThat(failure).matches(RetryPolicy::isTransient);
        }
    }

    @Test
    void dataCutInMidStream_isTransient() {
        SERVER.stubFor(get("/d")
                .willReturn(status(206)
                        .withHeader("Content-Length", "1990")
                        .withBody(bytes(1990))
                        .withFault(Fault.RANDOM_DATA_THEN_CLOSE)));
        assertThat(failure(client.data(SERVER.baseUrl() + "/d", RANGE))).matches(RetryPolicy::isTransient);
    }

    @Test
    void refusedData_isForbiddenAndHidesTheAddress() {
        SERVER.stubFor(get("/d?sig=SECRET").willReturn(status(403).withBody("expired")));
        StorageException failure = failure(client.data(SERVER.baseUrl() + "/d?sig=SECRET", RANGE));
        assertThat(failure.kind()).isEqualTo(StorageException.Kind.FORBIDDEN);
        assertThat(failure).hasMessageNotContaining("SECRET");
    }

    @Test
    void xorb_isSentInOnePieceAndReplayedOnRetry() {
        byte[] a = bytes(300_000);
        byte[] b = bytes(17);
        byte[] whole = new byte[a.length + b.length];
        System.arraycopy(a, 0, whole, 0, a.length);
        System.arraycopy(b, 0, whole, a.length, b.length);
        SERVER.stubFor(post("/v1/xorbs/default/" + XORB)
                .inScenario("x")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(status(500))
                .willSetStateTo("up"));
        SERVER.stubFor(post("/v1/xorbs/default/" + XORB)
                .inScenario("x")
                .whenScenarioStateIs("up")
                .withRequestBody(binaryEqualTo(whole))
                .willReturn(ok("{\"was_inserted\": false}")));

        assertThat(client.putXorb(XORB, XorbBody.of(a, b)).block(WAIT)).isFalse();

        SERVER.verify(
                2,
                postRequestedFor(anyUrl())
                        .withHeader("Content-Length", equalTo(Integer.toString(whole.length)))
                        .withHeader("Authorization", equalTo("Bearer token-1")));
        assertThat(pauses).hasSize(1);
    }

    @Test
    void xorbThatWasStored_leavesItsMemoryToTheNext() {
        client.close();
        client = client(StorageSettings.defaults().withRetry(FAST)); // patient with a busy machine
        SERVER.stubFor(post("/v1/xorbs/default/" + XORB).willReturn(ok("{\"was_inserted\": true}")));
        SegmentPool segments = new SegmentPool(64 << 20);
        XorbWriter writer = XorbWriter.automatic(segments);
        for (int i = 0; i < 12; i++) {
            byte[] content = VectorInput.random(i, 100_000);
            writer.add(new Chunk(XetHashes.chunkHash(content), content.length), content, 0);
        }
        XorbBody body = writer.finish().body();
        byte[] sent = body.bytes();
        long free = segments.freeBytes();

        assertThat(client.putXorb(XORB, body).block(WAIT)).isTrue();

        SERVER.verify(1, postRequestedFor(anyUrl()).withRequestBody(binaryEqualTo(sent)));
        assertThat(segments.freeBytes()).isEqualTo(free);
        body.release();
        long end = System.nanoTime() + WAIT.toNanos();
        while (segments.freeBytes() == free && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(segments.freeBytes()).isGreaterThan(free + 1_000_000);
    }

    @Test
    void shard_succeedsOnTheResultLine() {
        SERVER.stubFor(post("/v2/shards")
                .willReturn(ok("{\"type\":\"validating\",\"verified\":1,\"total\":1}\n{\"type\":\"result\"}\n")));
        client.putShard(bytes(96)).block(WAIT);
        SERVER.verify(1, postRequestedFor(urlEqualTo("/v2/shards")).withRequestBody(binaryEqualTo(bytes(96))));
    }

    @Test
    void shardErrorLines_decideAboutRetry() {
        SERVER.stubFor(post("/v2/shards").willReturn(ok("{\"type\":\"error\",\"message\":\"no xorb\"}\n")));
        assertThat(failure(client.putShard(bytes(96))).kind()).isEqualTo(StorageException.Kind.REJECTED);
        SERVER.verify(1, postRequestedFor(anyUrl()));

        SERVER.resetAll();
        SERVER.stubFor(
                post("/v2/shards").willReturn(ok("{\"type\":\"error\",\"message\":\"busy\",\"retryable\":true}\n")));
        assertThat(failure(client.putShard(bytes(96))).kind()).isEqualTo(StorageException.Kind.UNAVAILABLE);
        SERVER.verify(3, postRequestedFor(anyUrl()));

        SERVER.resetAll();
        SERVER.stubFor(post("/v2/shards").willReturn(ok("{\"type\":\"validating\"}\n")));
        assertThat(failure(client.putShard(bytes(96))).kind()).isEqualTo(StorageException.Kind.CORRUPT);
        SERVER.verify(1, postRequestedFor(anyUrl()));
    }

    @Test
    void firstShardVersion_outlivesTheReadTimeout() {
        SERVER.stubFor(post("/v2/shards").willReturn(status(404)));
        SERVER.stubFor(post("/v1/shards").willReturn(ok("{\"result\":1}").withFixedDelay(1200)));

        client.putShard(bytes(96)).block(WAIT);
        client.putShard(bytes(96)).block(WAIT);

        SERVER.verify(1, postRequestedFor(urlEqualTo("/v2/shards")));
        SERVER.verify(2, postRequestedFor(urlEqualTo("/v1/shards")));
    }

    @Test
    void chunkQuery_isOneAttemptAndMayKnowNothing() {
        SERVER.stubFor(get("/v1/chunks/default/" + XORB).willReturn(status(404)));
        assertThat(client.dedupShard(XORB).block(WAIT)).isNull();

        SERVER.resetAll();
        SERVER.stubFor(get("/v1/chunks/default/" + XORB).willReturn(status(429)));
        failure(client.dedupShard(XORB));
        SERVER.verify(1, getRequestedFor(anyUrl()));

        SERVER.resetAll();
        SERVER.stubFor(get("/v1/chunks/default/" + XORB).willReturn(ok().withBody(bytes(5000))));
        assertThat(client.dedupShard(XORB).block(WAIT)).isEqualTo(bytes(5000));
    }

    @Test
    void fileSize_isTheAnnouncedLength() {
        SERVER.stubFor(
                head(urlEqualTo("/v1/files/" + FILE)).willReturn(ok().withHeader("Content-Length", "123456789012")));
        assertThat(client.fileSize(FILE).block(WAIT)).isEqualTo(123456789012L);
        SERVER.resetAll();
        SERVER.stubFor(head(urlEqualTo("/v1/files/" + FILE)).willReturn(status(404)));
        assertThat(failure(client.fileSize(FILE)).kind()).isEqualTo(StorageException.Kind.NOT_FOUND);
    }

    @Test
    void impossibleRequests_areRefusedBeforeSending() {
        assertThatThrownBy(() -> client.reconstruct(FILE, new ByteRange(5, 5)).block(WAIT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        client.data("http://d/", new ByteRange(0, 1L << 30)).block(WAIT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(SERVER.getAllServeEvents()).isEmpty();
    }
}
