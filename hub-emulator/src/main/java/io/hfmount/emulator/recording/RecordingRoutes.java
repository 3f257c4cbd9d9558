package io.hfmount.emulator.recording;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.FinishedRequest;
import io.hfmount.emulator.http.Router;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import reactor.core.publisher.Mono;

/** {@code /_admin/requests}: GET tells the last requests, DELETE forgets them. */
public final class RecordingRoutes {
    private static final String PATTERN = "/_admin/requests";

    private final RequestLog log;

    /** Over {@code log}. */
    public RecordingRoutes(RequestLog log) {
        this.log = log;
    }

    /** Registers both routes. */
    public void register(Router router) {
        router.get(PATTERN, request -> Mono.fromSupplier(this::list)).delete(PATTERN, request -> {
            log.clear();
            return Mono.just(Answer.empty(204));
        });
    }

    private Answer list() {
        RequestLog.Recorded recorded = log.recorded();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("dropped", recorded.dropped());
        json.put(
                "requests",
                recorded.requests().stream().map(RecordingRoutes::json).toList());
        return Answer.json(200, json);
    }

    private static Map<String, Object> json(FinishedRequest request) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", request.id());
        json.put("at", request.at().toString());
        json.put("method", request.method());
        json.put("path", request.path());
        json.put("route", request.route());
        json.put("range", request.range());
        json.put("status", request.status());
        json.put("outcome", request.outcome().name().toLowerCase(Locale.ROOT));
        json.put("bytesIn", request.bytesIn());
        json.put("bytesOut", request.bytesOut());
        json.put("micros", request.micros());
        return json;
    }
}
