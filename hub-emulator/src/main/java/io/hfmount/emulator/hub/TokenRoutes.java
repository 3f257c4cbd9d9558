package io.hfmount.emulator.hub;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.StorageTokens;

/** Storage tokens of buckets, in JSON and in headers (hub-api §3). */
final class TokenRoutes {
    private final BucketAccess access;
    private final StorageTokens tokens;
    private final OffLoop offLoop;

    TokenRoutes(BucketAccess access, StorageTokens tokens, OffLoop offLoop) {
        this.access = access;
        this.tokens = tokens;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.get(
                        "/api/buckets/{ns}/{name}/xet-read-token",
                        request -> offLoop.call(() -> {
                            access.readable(request);
                            return token(request, Scope.READ);
                        }))
                .get(
                        "/api/buckets/{ns}/{name}/xet-write-token",
                        request -> offLoop.call(() -> {
                            access.writable(request);
                            return token(request, Scope.WRITE);
                        }));
    }

    private Answer token(Request request, Scope scope) {
        return tokens.answer(request, access.users().caller(request), scope);
    }
}
