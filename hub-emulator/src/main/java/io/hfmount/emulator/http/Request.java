package io.hfmount.emulator.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One request, matched to a route.
 *
 * @param id the request id, echoed or made up
 * @param route the pattern that matched, base path included
 * @param method HTTP method
 * @param target the raw request target
 * @param headers the request's headers
 * @param captures raw captures of the route's pattern
 * @param content the body, readable once; each buffer is released after the subscriber's {@code onNext} unless retained
 */
public record Request(
        String id,
        String route,
        HttpMethod method,
        RawTarget target,
        HttpHeaders headers,
        Map<String, String> captures,
        Flux<ByteBuf> content) {

    /** The raw path of the request target, undecoded. */
    public String rawPath() {
        return target.path();
    }

    /**
     * A capture of the pattern, decoded once.
     *
     * @throws RefusedException 400 for a malformed escape
     * @throws IllegalArgumentException when the pattern has no such capture
     */
    public String path(String name) {
        return RawTarget.decode(raw(name));
    }

    /** A capture of the pattern as it came, for those who split before they decode. */
    public String raw(String name) {
        String raw = captures.get(name);
        if (raw == null) {
            throw new IllegalArgumentException("no capture " + name);
        }
        return raw;
    }

    /** The first value of a query parameter, decoded, or null. */
    public @Nullable String query(String name) {
        List<String> values = target.query().get(name);
        return values == null ? null : values.getFirst();
    }

    /** Every value of a query parameter, decoded, in order; empty when it is absent. */
    public List<String> queryAll(String name) {
        return target.query().getOrDefault(name, List.of());
    }

    /** A header's value, or null. */
    public @Nullable String header(CharSequence name) {
        return headers.get(name);
    }

    /**
     * The address the client used, from its {@code Host} header, without a slash at the end: {@code http://host:port}.
     *
     * @throws RefusedException 400 when there is no usable {@code Host}
     */
    public String origin() {
        String host = headers.get(HttpHeaderNames.HOST);
        if (host == null || !isHost(host)) {
            throw RefusedException.badRequest("the Host header is missing or malformed");
        }
        return "http://" + host;
    }

    /**
     * The whole body in memory.
     *
     * @param limit most bytes accepted
     * @return the bytes; a {@link RefusedException} 413 beyond the limit, whatever {@code Content-Length} says
     */
    public Mono<byte[]> body(int limit) {
        return Bodies.collect(content, limit);
    }

    private static boolean isHost(String host) {
        return !host.isEmpty() && host.chars().allMatch(Request::isHostCharacter);
    }

    private static boolean isHostCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || ".-_:[]".indexOf(c) >= 0;
    }
}
