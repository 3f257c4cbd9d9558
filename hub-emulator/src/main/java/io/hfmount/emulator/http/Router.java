package io.hfmount.emulator.http;

import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The table of routes. Filled before the server listens, read-only afterwards; the first registered match wins.
 *
 * <p>Patterns: {@code /api/buckets/{ns}/{name}/tree/{path...}}. A literal segment matches its raw text, {@code {name}}
 * one non-empty segment, a final {@code {name...}} the whole rest, which may be empty. Captures are decoded once, so
 * {@code %2F} inside a segment never splits it.
 */
public final class Router {
    /** A matched route with its raw captures. */
    record Match(Route route, Map<String, String> captures) {}

    private final List<Route> routes;
    private final String basePath;

    /** An empty table. */
    public Router() {
        this(new ArrayList<>(), "");
    }

    private Router(List<Route> routes, String basePath) {
        this.routes = routes;
        this.basePath = basePath;
    }

    /** A view that puts {@code basePath} in front of every pattern registered through it. */
    public Router below(String basePath) {
        return new Router(routes, this.basePath + basePath);
    }

    /** What this view puts in front of patterns: empty, or a slash and text without a slash at its end. */
    public String basePath() {
        return basePath;
    }

    /** Registers a GET route. HEAD needs its own registration. */
    public Router get(String pattern, Handler handler) {
        return route(HttpMethod.GET, pattern, handler);
    }

    /** Registers a HEAD route. */
    public Router head(String pattern, Handler handler) {
        return route(HttpMethod.HEAD, pattern, handler);
    }

    /** Registers a POST route. */
    public Router post(String pattern, Handler handler) {
        return route(HttpMethod.POST, pattern, handler);
    }

    /** Registers a PUT route. */
    public Router put(String pattern, Handler handler) {
        return route(HttpMethod.PUT, pattern, handler);
    }

    /** Registers a DELETE route. */
    public Router delete(String pattern, Handler handler) {
        return route(HttpMethod.DELETE, pattern, handler);
    }

    /** Registers a route. */
    public Router route(HttpMethod method, String pattern, Handler handler) {
        routes.add(Route.of(method, basePath + pattern, handler));
        return this;
    }

    /** Every registered pattern, base paths included. */
    public Set<String> patterns() {
        return routes.stream().map(Route::pattern).collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Finds the route of a request.
     *
     * @throws RefusedException 404 when no pattern matches, 405 when only another method does
     */
    Match match(HttpMethod method, String rawPath) {
        TreeSet<String> others = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> captures = route.match(rawPath);
            if (captures != null) {
                if (route.method().equals(method)) {
                    return new Match(route, captures);
                }
                others.add(route.method().name());
            }
        }
        if (others.isEmpty()) {
            throw new RefusedException(404, null, "no such route");
        }
        throw new RefusedException(405, null, "this address answers " + String.join(", ", others));
    }
}
