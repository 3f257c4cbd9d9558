package io.hfmount.emulator.hub;

import io.hfmount.emulator.http.Handler;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Router;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * What this Hub does not have: repos of one segment, which do not exist here, other calls on repos (501), and the event
 * stream of buckets (501, upon which clients fall back quietly, hub-api §2.8). Registered last.
 */
final class UnofferedRoutes {
    private final BucketAccess access;
    private final OffLoop offLoop;

    UnofferedRoutes(BucketAccess access, OffLoop offLoop) {
        this.access = access;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.get(
                "/api/buckets/{ns}/{name}/events",
                request -> offLoop.call(() -> {
                    access.readable(request);
                    throw new RefusedException(501, null, "this Hub offers no event stream; poll the bucket's info");
                }));
        Handler noRepository =
                request -> Mono.error(() -> BucketAccess.absent(access.users().caller(request)));
        Handler notOffered = request -> Mono.error(() -> {
            access.users().requireCaller(request);
            return new RefusedException(501, null, "this Hub does not offer this call");
        });
        for (String kind : List.of("models", "datasets", "spaces")) {
            router.get("/api/" + kind + "/{rest...}", noRepository)
                    .head("/api/" + kind + "/{rest...}", noRepository)
                    .post("/api/" + kind + "/{rest...}", notOffered);
        }
    }
}
