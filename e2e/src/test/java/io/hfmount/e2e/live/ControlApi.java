package io.hfmount.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The control API as a program calls it. Thread-safe. */
public final class ControlApi implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Map<String, String> JSON_BODY = Map.of("Content-Type", "application/json");

    private final HttpCalls calls;

    ControlApi(String base) {
        this.calls = new HttpCalls(base);
    }

    /** GET. */
    public HttpReply get(String path) {
        return calls.call("GET", path, null, Map.of());
    }

    /** POST of a JSON text, or of nothing. */
    public HttpReply post(String path, @Nullable String body) {
        return calls.call("POST", path, body, body == null ? Map.of() : JSON_BODY);
    }

    /** Any call. */
    public HttpReply call(String method, String path, @Nullable String body, Map<String, String> headers) {
        return calls.call(method, path, body, headers);
    }

    /** DELETE. */
    public HttpReply delete(String path) {
        return calls.call("DELETE", path, null, Map.of());
    }

    /** Body of a request for a mount. */
    public static Map<String, Object> mountRequest(String source, Path mountPoint, Map<String, ?> options) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("source", source);
        request.put("mountPoint", mountPoint.toString());
        request.put("options", options);
        return request;
    }

    /** Asks for a mount. */
    public HttpReply mount(Map<String, ?> request) {
        return post("/v1/mounts", JSON.writeValueAsString(request));
    }

    /** Mounts and tells the id. */
    public String mounted(Map<String, ?> request) {
        JsonNode view = mount(request).expect(201).json();
        assertThat(view.path("state").asString()).isEqualTo("READY");
        return view.path("id").asString();
    }

    /** What the API shows of a mount. */
    public JsonNode view(String id) {
        return get("/v1/mounts/" + id).expect(200).json();
    }

    /** Publishes everything; nothing may stay dirty. */
    public JsonNode flush(String id) {
        JsonNode report = post("/v1/mounts/" + id + "/flush", null).expect(200).json();
        assertThat(report.path("clean").booleanValue())
                .as("clean in %s", report)
                .isTrue();
        return report;
    }

    /** Waits until nothing is dirty, without asking for a flush. */
    public void awaitClean(String id, Duration limit) {
        Awaitility.await("mount " + id + " gets clean")
                .atMost(limit)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> {
                    JsonNode view = view(id);
                    assertThat(view.path("dirtyFiles").longValue())
                            .as("dirty files of %s", view)
                            .isZero();
                });
    }

    @Override
    public void close() {
        calls.close();
    }
}
