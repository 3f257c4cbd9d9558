package io.hfmount.hub.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.hfmount.hub.HubException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Refusals, repetitions and answers that cannot be believed (hub-api §1.1, §1.3). */
class BucketFailuresTest extends BucketHubs {
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

    @Test
    void answerBeyondTheBound_isRefused() {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("[\"" + "x".repeat(1 << 20) + "\"]")));
        HubException e = failure(hub.list("", false).collectList());
        assertThat(e).hasMessageContaining("larger than 1048576 bytes");
        assertThat(e.isTransient()).isFalse();
        assertThat(SERVER.getAllServeEvents()).hasSize(1);
    }

    @Test
    void blockingOnAnEventLoop_isDetected() {
        assertThatThrownBy(() -> Mono.fromCallable(() -> Files.readAllBytes(Path.of("/proc/self/mountinfo")))
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .rootCause()
                .isInstanceOf(BlockingOperationError.class);
    }
}
