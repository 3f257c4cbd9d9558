package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Router;
import reactor.core.publisher.Mono;

/** Routes that clients try and this server has little to say to. */
final class SideRoutes {
    private static final int MAX_TELEMETRY = 1 << 20;

    private final StorageRequests requests;

    SideRoutes(StorageRequests requests) {
        this.requests = requests;
    }

    void register(Router router) {
        router.post(
                "/v1/telemetry",
                requests.guarded(
                        Scope.READ, request -> request.body(MAX_TELEMETRY).map(dropped -> Answer.empty(200))));
        // clients ask for a permit to upload elsewhere first, and upload here on 404
        router.post(
                "/v1/xorb-grants/{prefix}/{xorb}",
                requests.guarded(
                        Scope.WRITE,
                        request -> request.body(MAX_TELEMETRY)
                                .then(Mono.error(() -> new RefusedException(
                                        404, null, "xorbs are uploaded to /v1/xorbs; there are no grants")))));
        router.get("/health", request -> Mono.fromSupplier(() -> Answer.empty(200)));
    }
}
