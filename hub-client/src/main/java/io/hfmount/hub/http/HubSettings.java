package io.hfmount.hub.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;

/**
 * How to talk to a Hub. Immutable.
 *
 * @param endpoint base address, absolute http or https, without a slash at the end
 * @param connectTimeout longest wait for a connection
 * @param requestTimeout longest try of a request, answer included
 * @param headTimeout longest try of a HEAD
 * @param retries when to try again
 * @param pageSize entries asked for in one page of a listing, 1 to 10000
 * @param maxAnswerBytes largest body that is read; a larger one is an error
 * @param maxConnections most connections at once
 */
public record HubSettings(
        String endpoint,
        Duration connectTimeout,
        Duration requestTimeout,
        Duration headTimeout,
        RetryPolicy retries,
        int pageSize,
        int maxAnswerBytes,
        int maxConnections) {
    public HubSettings {
        endpoint = checkedEndpoint(endpoint);
        positive("connectTimeout", connectTimeout);
        positive("requestTimeout", requestTimeout);
        positive("headTimeout", headTimeout);
        if (pageSize < 1 || pageSize > 10_000) {
            throw new IllegalArgumentException("pageSize: a number from 1 to 10000 is expected");
        }
        if (maxAnswerBytes < 1024) {
            throw new IllegalArgumentException("maxAnswerBytes: at least 1024 is expected");
        }
        if (maxConnections < 1) {
            throw new IllegalArgumentException("maxConnections: at least 1 is expected");
        }
    }

    /** The defaults of hub-api §1.3 for a Hub at {@code endpoint}. */
    public static HubSettings of(String endpoint) {
        return new HubSettings(
                endpoint,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                RetryPolicy.DEFAULT,
                5000,
                64 << 20,
                64);
    }

    /** The same with other retries. */
    public HubSettings withRetries(RetryPolicy other) {
        return new HubSettings(
                endpoint, connectTimeout, requestTimeout, headTimeout, other, pageSize, maxAnswerBytes, maxConnections);
    }

    /** The same with other time-outs. */
    public HubSettings withTimeouts(Duration connect, Duration request, Duration head) {
        return new HubSettings(endpoint, connect, request, head, retries, pageSize, maxAnswerBytes, maxConnections);
    }

    /** The same with other bounds on answers. */
    public HubSettings withPages(int entries, int answerBytes) {
        return new HubSettings(
                endpoint, connectTimeout, requestTimeout, headTimeout, retries, entries, answerBytes, maxConnections);
    }

    private static String checkedEndpoint(String text) {
        String endpoint = text.strip();
        while (endpoint.endsWith("/")) {
            endpoint = endpoint.substring(0, endpoint.length() - 1);
        }
        try {
            URI uri = new URI(endpoint);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (web
                    && uri.getHost() != null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null) {
                return endpoint;
            }
        } catch (URISyntaxException e) {
            // answered below
        }
        throw new IllegalArgumentException(
                "endpoint: an absolute http or https address without query, fragment and credentials is expected");
    }

    private static void positive(String name, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + ": a positive duration of at most a day is expected");
        }
    }
}
