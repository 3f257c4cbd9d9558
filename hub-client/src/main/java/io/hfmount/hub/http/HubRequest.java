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
 * @param read which bytes of a file are wanted, null for a call of the API
 */
record HubRequest(
        String route,
        HttpMethod method,
        String url,
        @Nullable String contentType,
        byte @Nullable [] body,
        boolean repeatable,
        Duration timeout,
        @Nullable RangeRead read) {
    static HubRequest get(String route, String url, Duration timeout) {
        return new HubRequest(route, HttpMethod.GET, url, null, null, true, timeout, null);
    }

    static HubRequest head(String route, String url, Duration timeout) {
        return new HubRequest(route, HttpMethod.HEAD, url, null, null, true, timeout, null);
    }

    /** A POST of {@code body}. */
    static HubRequest post(
            String route, String url, String contentType, byte[] body, boolean repeatable, Duration timeout) {
        return new HubRequest(route, HttpMethod.POST, url, contentType, body, repeatable, timeout, null);
    }

    /** A GET of some bytes of a file. */
    static HubRequest read(String route, String url, RangeRead read, Duration timeout) {
        return new HubRequest(route, HttpMethod.GET, url, null, null, true, timeout, read);
    }

    /** The same request to where a redirect leads; {@code elsewhere} when the token must not go there. */
    HubRequest redirected(String target, boolean elsewhere) {
        RangeRead part = read;
        return new HubRequest(
                route,
                method,
                target,
                contentType,
                body,
                repeatable,
                timeout,
                part == null ? null : part.at(elsewhere));
    }
}
