package io.hfmount.emulator.hub.wire;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Request;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Storage tokens on the wire, in JSON and in headers (hub-api §3). */
public final class StorageTokens {
    private final StorageAuth storageAuth;
    private final Links links;

    public StorageTokens(StorageAuth storageAuth, Links links) {
        this.storageAuth = storageAuth;
        this.links = links;
    }

    /**
     * A fresh token.
     *
     * @param caller whose it is, null for nobody's
     */
    public Answer answer(Request request, @Nullable String caller, Scope scope) {
        StorageAuth.Issued issued = storageAuth.issue(caller == null ? "" : caller, scope);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("casUrl", links.storage(request));
        json.put("exp", issued.grant().expiresAt().getEpochSecond());
        json.put("accessToken", issued.token());
        Answer answer = Answer.json(200, json).header("Cache-Control", "no-store");
        headers(request, issued).forEach(answer::header);
        return answer;
    }

    /** A fresh token as headers alone. */
    public Map<String, String> headers(Request request, String caller, Scope scope) {
        return headers(request, storageAuth.issue(caller, scope));
    }

    private Map<String, String> headers(Request request, StorageAuth.Issued issued) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Xet-Cas-Url", links.storage(request));
        headers.put("X-Xet-Access-Token", issued.token());
        headers.put(
                "X-Xet-Token-Expiration",
                Long.toString(issued.grant().expiresAt().getEpochSecond()));
        return headers;
    }
}
