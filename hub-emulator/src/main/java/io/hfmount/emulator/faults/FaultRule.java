package io.hfmount.emulator.faults;

import io.hfmount.emulator.http.Request;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which requests a fault hits.
 *
 * @param method HTTP method, or null for any
 * @param route registered pattern such as {@code /api/buckets/{ns}/{name}/batch}, or null for any
 * @param path searched in the raw path, or null for any
 * @param skip matching requests that pass before the first hit
 * @param count hits; {@link #ALWAYS} never runs out
 * @param action what happens
 */
public record FaultRule(
        @Nullable String method,
        @Nullable String route,
        @Nullable Pattern path,
        int skip,
        int count,
        FaultAction action) {
    /** A fault that stays until it is cleared. */
    public static final int ALWAYS = Integer.MAX_VALUE;

    public FaultRule {
        if (skip < 0 || count < 1) {
            throw new IllegalArgumentException("skip is at least 0, count at least 1");
        }
    }

    /** Hits the next request to {@code route}. */
    public static FaultRule next(String method, String route, FaultAction action) {
        return new FaultRule(method, route, null, 0, 1, action);
    }

    boolean matches(Request request) {
        return (method == null || method.equals(request.method().name()))
                && (route == null || route.equals(request.route()))
                && (path == null || path.matcher(request.rawPath()).find());
    }
}
