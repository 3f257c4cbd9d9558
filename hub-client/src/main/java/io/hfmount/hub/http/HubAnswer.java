package io.hfmount.hub.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer, whole.
 *
 * @param status HTTP status
 * @param headers its headers
 * @param body its body, empty for a HEAD
 * @param requestId the answer's request id, or else the one that was sent
 * @param error what the server says is wrong, without the token; empty for a success
 */
record HubAnswer(int status, HttpHeaders headers, byte[] body, String requestId, String error) {
    private static final Set<String> CODES = Set.of("RepoNotFound", "RevisionNotFound", "EntryNotFound", "GatedRepo");

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Whether it leads elsewhere; 304 does not. */
    boolean isRedirect() {
        return status >= 300 && status < 400 && status != 304;
    }

    /** What the Hub calls the error, of the names that hub-api §1.1 lists; null when it does not say. */
    @Nullable
    String errorCode() {
        String code = headers.get("X-Error-Code");
        return code != null && CODES.contains(code) ? code : null;
    }
}
