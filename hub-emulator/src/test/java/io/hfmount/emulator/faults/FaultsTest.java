package io.hfmount.emulator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.TestHub.Reply;
import io.hfmount.emulator.http.FinishedRequest;
import io.hfmount.emulator.http.Json;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class FaultsTest {
    private static final String INFO = "/api/buckets/{ns}/{name}";
    private static final String BATCH = "/api/buckets/{ns}/{name}/batch";
    private static final String ADD = "{\"type\":\"addFile\",\"path\":\"%s\",\"xetHash\":\"" + "0".repeat(64) + "\"}";

    @TempDir
    static Path directory;

    static TestHub hub;

    @BeforeAll
    static void start() throws Exception {
        hub = new TestHub(directory);
        hub.bucket("f");
    }

    @AfterAll
    static void stop() throws Exception {
        hub.close();
    }

    @AfterEach
    void clear() {
        hub.hub.faults().clear();
        hub.hub.requests().clear();
    }

    @Test
    void status_skipsThenHitsThenIsUsedUp() {
        hub.hub.faults().add(new FaultRule("GET", INFO, null, 1, 2, FaultAction.Status.of(503)));
        assertThat(info()).isEqualTo(200);
        assertThat(info()).isEqualTo(503);
        assertThat(hub.get("/api/whoami-v2").as(TestHub.ANN).send().status()).isEqualTo(200);
        assertThat(info()).isEqualTo(503);
        assertThat(info()).isEqualTo(200);
        assertThat(hub.hub.faults().pending()).isEmpty();
    }

    @Test
    void always_staysUntilCleared() {
        hub.hub
                .faults()
                .add(new FaultRule(
                        null, null, Pattern.compile("/ann/"), 0, FaultRule.ALWAYS, FaultAction.Status.of(500)));
        for (int i = 0; i < 5; i++) {
            assertThat(info()).isEqualTo(500);
        }
        hub.hub.faults().clear();
        assertThat(info()).isEqualTo(200);
    }

    @Test
    void status429_carriesTheRateLimit() {
        hub.hub.faults().add(FaultRule.next("GET", INFO, FaultAction.Status.of(429)));
        Reply reply = hub.get("/api/buckets/ann/f").send();
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("RateLimit")).isEqualTo("\"api\";r=0;t=1");
        assertThat(reply.header("RateLimit-Policy")).isEqualTo("\"fixed window\";\"api\";q=500;w=300");
    }

    @Test
    void reset_answersNothingAndDoesNotApply() throws Exception {
        hub.hub.faults().add(FaultRule.next("POST", BATCH, new FaultAction.Reset()));
        String body = ADD.formatted("reset");
        String request = "POST /api/buckets/ann/f/batch HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + TestHub.ANN
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        assertThatThrownBy(() -> hub.raw(request))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("reset");
        assertThat(hub.get("/api/buckets/ann/f/tree/reset").send().text()).isEqualTo("[]");
    }

    @Test
    void loseAnswer_appliesAndResets() {
        hub.hub.faults().add(FaultRule.next("POST", BATCH, new FaultAction.LoseAnswer()));
        String body = ADD.formatted("lost");
        String request = "POST /api/buckets/ann/f/batch HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + TestHub.ANN
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        assertThatThrownBy(() -> hub.raw(request))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("reset");
        assertThat(hub.get("/api/buckets/ann/f/tree/lost").send().all("path")).containsExactly("lost");
    }

    @Test
    void cut_sendsTrueHeadersAndTheFirstBytesOnly() throws Exception {
        ContentHash hash = hub.storage.put(9, new byte[5000]);
        hub.batch("ann/f", "{\"type\":\"addFile\",\"path\":\"cut\",\"xetHash\":\"" + hash.text() + "\"}");
        for (int bytes : new int[] {0, 1, 999, 1000, 2500}) {
            hub.hub
                    .faults()
                    .add(FaultRule.next("GET", "/buckets/{ns}/{name}/resolve/{path...}", new FaultAction.Cut(bytes)));
            String answer = hub.raw("GET /buckets/ann/f/resolve/cut HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(answer).startsWith("HTTP/1.1 200").contains("content-length: 5000");
            assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4)).hasSize(bytes);
        }
    }

    @Test
    void flip_changesOneBitOfOneByte_andNothingThatIsStored() {
        byte[] content = new byte[300_000];
        new Random(7).nextBytes(content);
        ContentHash hash = hub.storage.put(11, content);
        hub.batch("ann/f", "{\"type\":\"addFile\",\"path\":\"flip\",\"xetHash\":\"" + hash.text() + "\"}");
        for (int at : new int[] {0, 1, 70_000, 299_999, 300_000}) {
            hub.hub
                    .faults()
                    .add(FaultRule.next("GET", "/buckets/{ns}/{name}/resolve/{path...}", new FaultAction.Flip(at)));
            byte[] expected = content.clone();
            if (at < expected.length) {
                expected[at] ^= 1;
            }
            assertThat(hub.get("/buckets/ann/f/resolve/flip").send().bytes()).isEqualTo(expected);
            assertThat(hub.get("/buckets/ann/f/resolve/flip").send().bytes()).isEqualTo(content);
        }
    }

    @Test
    void rewrite_makesTheAnswerSaySomethingElse_andNeverNothing() {
        hub.hub
                .faults()
                .add(FaultRule.next(
                        "GET",
                        INFO,
                        new FaultAction.Rewrite(Pattern.compile("\"private\":(\\w+)"), "\"open\":\"$1\"")));
        Reply reply = hub.get("/api/buckets/ann/f").send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Type")).contains("json");
        assertThat(reply.text()).contains("\"open\":\"false\"").doesNotContain("\"private\"");
        hub.hub.faults().add(FaultRule.next("GET", INFO, new FaultAction.Rewrite(Pattern.compile("absent"), "x")));
        assertThat(info()).as("a fault that finds nothing is no success").isEqualTo(500);
    }

    @Test
    void stall_forAWhileAnswersLater() {
        hub.hub.faults().add(FaultRule.next("GET", INFO, new FaultAction.Stall(Duration.ofMillis(200))));
        long start = System.nanoTime();
        assertThat(info()).isEqualTo(200);
        assertThat(System.nanoTime() - start).isGreaterThan(200_000_000L);
    }

    @Test
    void stall_withoutEndHoldsUntilTheClientLeaves() throws Exception {
        hub.hub.faults().add(FaultRule.next("GET", INFO, new FaultAction.Stall(null)));
        try (Socket socket = new Socket("127.0.0.1", URI.create(hub.hub.url()).getPort())) {
            socket.setSoTimeout(200);
            socket.getOutputStream()
                    .write("GET /api/buckets/ann/f HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        }
        FinishedRequest record = awaitRecord();
        assertThat(record.outcome()).isEqualTo(FinishedRequest.Outcome.ABORTED);
        assertThat(record.status()).isZero();
    }

    private static FinishedRequest awaitRecord() {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (System.nanoTime() < deadline) {
            var requests = hub.hub.requests().recorded().requests();
            if (!requests.isEmpty()) {
                return requests.getFirst();
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("the request was never recorded");
    }

    @Test
    void storageRoutes_areHitToo() {
        hub.hub.faults().add(FaultRule.next("GET", "/_storage/v1/echo", FaultAction.Status.of(502)));
        assertThat(hub.get("/_storage/v1/echo").send().status()).isEqualTo(502);
    }

    @Test
    void adminRoutes_areNeverHit() {
        hub.hub.faults().add(new FaultRule(null, null, null, 0, FaultRule.ALWAYS, new FaultAction.Reset()));
        assertThat(hub.get("/_admin/health").send().status()).isEqualTo(200);
        assertThat(hub.delete("/_admin/faults").send().status()).isEqualTo(204);
        assertThat(info()).isEqualTo(200);
    }

    @Test
    void json_roundTripsEveryAction() {
        String[] faults = {
            "{\"method\":\"GET\",\"route\":\"" + INFO
                    + "\",\"skip\":1,\"count\":3,\"action\":\"status\",\"status\":404,"
                    + "\"errorCode\":\"EntryNotFound\",\"message\":\"m\",\"headers\":{\"X-A\":\"b\"}}",
            "{\"skip\":0,\"count\":0,\"action\":\"reset\",\"path\":\"^/x\"}",
            "{\"skip\":0,\"count\":1,\"action\":\"stall\",\"millis\":50}",
            "{\"skip\":0,\"count\":1,\"action\":\"stall\"}",
            "{\"skip\":0,\"count\":1,\"action\":\"cut\",\"bytes\":10}",
            "{\"skip\":0,\"count\":1,\"action\":\"lose-answer\"}",
            "{\"skip\":0,\"count\":1,\"action\":\"flip\",\"at\":7}",
            "{\"skip\":0,\"count\":1,\"action\":\"rewrite\",\"pattern\":\"a(b)\",\"with\":\"$1\"}"
        };
        for (String fault : faults) {
            Reply added = hub.post("/_admin/faults", fault).send();
            assertThat(added.status()).isEqualTo(201);
            long id = added.json().path("id").asLong();
            Reply listed = hub.get("/_admin/faults").send();
            var expected = (ObjectNode) Json.parse(fault.getBytes(StandardCharsets.UTF_8));
            expected.put("id", id);
            assertThat(listed.json().get(0))
                    .isEqualTo(Json.parse(expected.toString().getBytes(StandardCharsets.UTF_8)));
            hub.delete("/_admin/faults").send();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"action\":\"explode\"}",
                "{\"action\":\"status\",\"status\":200}",
                "{\"action\":\"reset\",\"route\":\"/no/such\"}",
                "{\"action\":\"reset\",\"path\":\"(\"}",
                "{\"action\":\"reset\",\"count\":-1}",
                "{\"action\":\"reset\",\"skip\":\"1\"}",
                "{\"action\":\"cut\",\"bytes\":-1}",
                "{\"action\":\"flip\",\"at\":-1}",
                "{\"action\":\"rewrite\",\"with\":\"x\"}",
                "{\"action\":\"rewrite\",\"pattern\":\"x\"}",
                "{\"action\":\"rewrite\",\"pattern\":\"(\",\"with\":\"x\"}",
                "{\"action\":\"reset\",\"times\":2}"
            })
    void malformedFault_is400AndNamesTheTrouble(String fault) {
        Reply reply = hub.post("/_admin/faults", fault).send();
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().path("error").asString()).isNotBlank();
        assertThat(hub.hub.faults().pending()).isEmpty();
    }

    private static int info() {
        return hub.get("/api/buckets/ann/f").send().status();
    }
}
