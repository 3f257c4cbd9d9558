package io.hfmount.emulator.hub.wire;

import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Paging of listings: {@code limit} and the opaque {@code cursor}, and the link to the next page (hub-api §1.7). */
public final class Pages {
    public static final int DEFAULT_LIMIT = 1000;
    public static final int MAX_LIMIT = 5000;

    private Pages() {}

    /** The {@code limit} of a request: asked, at most {@link #MAX_LIMIT}, or the default. */
    public static int limit(Request request) {
        String text = request.query("limit");
        if (text == null || text.isEmpty()) {
            return DEFAULT_LIMIT;
        }
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1) {
                return Math.min(limit, MAX_LIMIT);
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw RefusedException.badRequest("limit must be a whole number from 1 on");
    }

    /** The parts of the request's cursor, or null when it has none. */
    public static @Nullable List<String> cursor(Request request, int parts) {
        String cursor = request.query("cursor");
        if (cursor == null || cursor.isEmpty()) {
            return null;
        }
        try {
            String[] values = Json.mapper().readValue(Base64.getUrlDecoder().decode(cursor), String[].class);
            if (values.length == parts) {
                return List.of(values);
            }
        } catch (IllegalArgumentException | JacksonException | NullPointerException e) {
            // refused below
        }
        throw RefusedException.badRequest("the cursor is not one of this Hub");
    }

    /** The {@code Link} header to the next page: the request's own address with another cursor. */
    public static String nextLink(Request request, String... cursor) {
        StringBuilder url = new StringBuilder(request.origin()).append(request.rawPath());
        char separator = '?';
        for (Map.Entry<String, List<String>> parameter :
                request.target().query().entrySet()) {
            if (!parameter.getKey().equals("cursor")) {
                for (String value : parameter.getValue()) {
                    url.append(separator)
                            .append(encode(parameter.getKey()))
                            .append('=')
                            .append(encode(value));
                    separator = '&';
                }
            }
        }
        String opaque = Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(cursor));
        return "<" + url.append(separator).append("cursor=").append(opaque) + ">; rel=\"next\"";
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
