package io.hfmount.hub.http;

import io.netty.handler.codec.http.HttpHeaders;

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
    boolean isSuccess() {
        return status >= 200 && status < 300;
    }
}
