package io.hfmount.emulator.hub;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import java.util.LinkedHashMap;
import java.util.Map;

/** Storage tokens of buckets, in JSON and in headers (hub-api §3). */
final class TokenRoutes {
    private final BucketAccess access;
    private final StorageAuth storageAuth;
    private final Links links;
    private final OffLoop offLoop;

    TokenRoutes(BucketAccess access, StorageAuth storageAuth, Links links, OffLoop offLoop) {
        this.access = access;
        this.storageAuth = storageAuth;
        this.links = links;
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
        String caller = access.users().caller(request);
        StorageAuth.Issued issued = storageAuth.issue(caller == null ? "" : caller, scope);
        String casUrl = links.storage(request);
        long expiry = issued.grant().expiresAt().getEpochSecond();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("casUrl", casUrl);
        json.put("exp", expiry);
        json.put("accessToken", issued.token());
        return Answer.json(200, json)
                .header("X-Xet-Cas-Url", casUrl)
                .header("X-Xet-Access-Token", issued.token())
                .header("X-Xet-Token-Expiration", Long.toString(expiry))
                .header("Cache-Control", "no-store");
    }
}
