package io.hfmount.emulator.faults;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** {@code /_admin/faults}: POST adds a fault, GET lists what is left, DELETE clears. */
public final class FaultRoutes {
    private static final int MAX_BODY = 64 * 1024;

    private final FaultScript script;

    /** Over {@code script}. */
    public FaultRoutes(FaultScript script) {
        this.script = script;
    }

    /** Registers the three routes. */
    public void register(Router router) {
        router.get(FaultScript.ADMIN_PATH + "faults", request -> Mono.just(list()))
                .post(FaultScript.ADMIN_PATH + "faults", request -> add(request, router))
                .delete(FaultScript.ADMIN_PATH + "faults", request -> {
                    script.clear();
                    return Mono.just(Answer.empty(204));
                });
    }

    private Answer list() {
        List<Map<String, Object>> all =
                script.pending().stream().map(FaultJson::write).toList();
        return Answer.json(200, all);
    }

    private Mono<Answer> add(Request request, Router router) {
        return request.body(MAX_BODY)
                .map(body -> script.add(FaultJson.read(Json.parse(body), router.patterns())))
                .map(id -> Answer.json(201, Map.of("id", id)));
    }
}
