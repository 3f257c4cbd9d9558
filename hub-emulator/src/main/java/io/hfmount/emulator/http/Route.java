package io.hfmount.emulator.http;

import io.netty.handler.codec.http.HttpMethod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A method and a path pattern.
 *
 * <p>A pattern is a row of segments: a literal, {@code {name}} for one segment, or, last, {@code {name...}} for the raw
 * rest of the path, slashes included, which may be empty. Matching works on the raw path, captures are decoded once.
 *
 * @param method HTTP method
 * @param pattern as registered, with the base path; names the route in faults and records
 * @param segments the pattern split at slashes
 * @param handler what answers
 */
record Route(HttpMethod method, String pattern, List<String> segments, Handler handler) {

    static Route of(HttpMethod method, String pattern, Handler handler) {
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException("a pattern starts with a slash: " + pattern);
        }
        return new Route(method, pattern, List.of(pattern.substring(1).split("/", -1)), handler);
    }

    /** The raw captures of {@code rawPath}, or null when it does not match. */
    @Nullable
    Map<String, String> match(String rawPath) {
        Map<String, String> captures = new HashMap<>();
        int at = 1;
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            if (segment.endsWith("...}")) {
                if (at > rawPath.length()) {
                    return null;
                }
                captures.put(segment.substring(1, segment.length() - 4), rawPath.substring(at));
                return captures;
            }
            if (at > rawPath.length()) {
                return null;
            }
            int slash = rawPath.indexOf('/', at);
            String actual = slash < 0 ? rawPath.substring(at) : rawPath.substring(at, slash);
            if (segment.startsWith("{")) {
                if (actual.isEmpty()) {
                    return null;
                }
                captures.put(segment.substring(1, segment.length() - 1), actual);
            } else if (!segment.equals(actual)) {
                return null;
            }
            at = slash < 0 ? rawPath.length() + 1 : slash + 1;
        }
        return at > rawPath.length() ? captures : null;
    }
}
