package io.hfmount.hub.http;

import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One request.
 *
 * @param route its name for metrics and messages
 * @param method HTTP method
 * @param url absolute, already encoded
 * @param contentType of the body, null without one
 * @param body what to send, null for nothing
 * @param repeatable whether sending it again after a lost answer is harmless
 * @param timeout longest try
 */
record HubRequest(
        String route,
        HttpMethod method,
        String url,
        @Nullable String contentType,
        byte @Nullable [] body,
        boolean repeatable,
        Duration timeout) {
    static HubRequest get(String route, String url, Duration timeout) {
        return new HubRequest(route, HttpMethod.GET, url, null, null, true, timeout);
    }

    static HubRequest head(String route, String url, Duration timeout) {
        return new HubRequest(route, HttpMethod.HEAD, url, null, null, true, timeout);
    }
}
