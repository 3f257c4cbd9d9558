package io.hfmount.hub.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.HubException;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches: what was applied, what was not, and when nobody knows (hub-api §2.7). */
class BucketBatchTest extends BucketHubs {
    private static final List<BatchOperation> BATCH = List.of(
            new BatchOperation.AddFile("sub/x.bin", ContentHash.parse(HASH), MTIME),
            new BatchOperation.DeleteFile("old.bin"));
    private static final String BATCH_URL = "/api/buckets/ann/data/batch";
    private static final String OK_BATCH = "{\"success\":true,\"processed\":2,\"succeeded\":2,\"failed\":[]}";

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
}
