package io.hfmount.emulator.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.EmulatorConfig;
import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.http.FinishedRequest;
import io.hfmount.model.ContentHash;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RequestLogTest {
    @TempDir
    Path directory;

    @Test
    void requests_areRecordedWithSizesAndCleared() throws Exception {
        try (TestHub hub = new TestHub(directory)) {
            hub.bucket("r");
            ContentHash hash = hub.storage.put(5, new byte[3000]);
            String line = "{\"type\":\"addFile\",\"path\":\"f%\",\"xetHash\":\"" + hash.text() + "\"}";
            hub.batch("ann/r", line);
            assertThat(hub.delete("/_admin/requests").send().status()).isEqualTo(204);
            hub.batch("ann/r", line);
            hub.get("/buckets/ann/r/resolve/f%25?x=secret")
                    .header("Range", "bytes=0-99")
                    .send();
            hub.get("/nowhere").send();

            JsonNode recorded = awaitRequests(hub, 3);
            assertThat(recorded.path("dropped").asLong()).isZero();
            JsonNode batch = recorded.path("requests").get(0);
            assertThat(batch.path("method").asString()).isEqualTo("POST");
            assertThat(batch.path("route").asString()).isEqualTo("/api/buckets/{ns}/{name}/batch");
            assertThat(batch.path("bytesIn").asLong()).isEqualTo(line.length());
            assertThat(batch.path("status").asInt()).isEqualTo(200);
            assertThat(batch.path("outcome").asString()).isEqualTo("sent");
            JsonNode resolve = recorded.path("requests").get(1);
            assertThat(resolve.path("path").asString()).isEqualTo("/buckets/ann/r/resolve/f%25");
            assertThat(resolve.path("range").asString()).isEqualTo("bytes=0-99");
            assertThat(resolve.path("bytesOut").asLong()).isEqualTo(100);
            assertThat(resolve.path("status").asInt()).isEqualTo(206);
            assertThat(recorded.path("requests").get(2).path("route").isNull()).isTrue();
            assertThat(recorded.toString()).doesNotContain(TestHub.ANN).doesNotContain("secret");
        }
    }

    @Test
    void requestThatBeganBeforeAClear_isNotRecordedLater() {
        RequestLog log = new RequestLog(10);
        FinishedRequest early = request(Instant.now().minusMillis(1));
        log.clear();
        FinishedRequest late = request(Instant.now());
        log.accept(early);
        log.accept(late);
        assertThat(log.recorded().requests()).containsExactly(late);
    }

    private static FinishedRequest request(Instant at) {
        return new FinishedRequest("id", at, "GET", "/", null, null, 200, FinishedRequest.Outcome.SENT, 0, 0, 1);
    }

    @Test
    void fullLog_dropsTheOldest() throws Exception {
        EmulatorConfig config = EmulatorConfig.in(directory).withRequestLogCapacity(3);
        try (TestHub hub = new TestHub(config)) {
            for (int i = 0; i < 5; i++) {
                hub.get("/n/" + i).send();
            }
            JsonNode recorded = awaitRequests(hub, 3);
            while (recorded.path("dropped").asLong() < 2) {
                recorded = awaitRequests(hub, 3);
            }
            assertThat(recorded.path("requests").get(0).path("path").asString()).isEqualTo("/n/2");
            assertThat(recorded.path("requests").size()).isEqualTo(3);
        }
    }

    /** An answer may reach the client a moment before its end is noted. */
    private static JsonNode awaitRequests(TestHub hub, int count) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        JsonNode recorded;
        do {
            recorded = hub.get("/_admin/requests").send().json();
        } while (recorded.path("requests").size() < count && System.nanoTime() < deadline);
        return recorded;
    }
}
