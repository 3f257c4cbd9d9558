package io.hfmount.api.web;

import io.hfmount.api.problem.ProblemException;
import io.hfmount.model.api.ProblemCode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Refuses requests whose Host, or Origin if there is one, is not a loopback name or address (design D13): a page in the
 * user's browser can reach this port, but it cannot choose these headers.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class LoopbackFilter implements WebFilter {
    private static final Pattern IPV4 = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]{2,45}]|[A-Za-z0-9.-]{1,253})(:\\d{1,5})?");

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        List<String> hosts = headers.getOrEmpty(HttpHeaders.HOST);
        if (hosts.size() != 1 || !isLoopback(hosts.getFirst())) {
            return Mono.error(new ProblemException(
                    ProblemCode.HOST_REFUSED, "the Host header must be localhost or a loopback address"));
        }
        String origin = headers.getFirst(HttpHeaders.ORIGIN);
        if (origin != null && !isLoopback(authority(origin))) {
            return Mono.error(new ProblemException(
                    ProblemCode.HOST_REFUSED, "pages of other sites may not use this API (Origin header)"));
        }
        return chain.filter(exchange);
    }

    private static @Nullable String authority(String origin) {
        try {
            return new URI(origin).getRawAuthority();
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** Whether {@code host[:port]} names this machine's loopback. */
    static boolean isLoopback(@Nullable String hostAndPort) {
        if (hostAndPort == null || !HOST.matcher(hostAndPort).matches()) {
            return false;
        }
        String host = hostAndPort.replaceFirst(":\\d{1,5}$", "").toLowerCase(Locale.ROOT);
        return host.equals("localhost")
                || host.equals("[::1]")
                || host.equals("[0:0:0:0:0:0:0:1]")
                || IPV4.matcher(host).matches();
    }
}
