package io.hfmount.hub.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** Follows addresses that an answer names only where the token may go: to the origin that was asked. */
final class SameOrigin {
    private SameOrigin() {}

    /**
     * The address {@code reference} means in an answer from {@code current}.
     *
     * @throws IllegalArgumentException if it does not parse or leaves the origin; it is not shown, for it may hold a
     *     secret
     */
    static String resolve(String current, String reference) {
        URI from;
        URI to;
        try {
            from = new URI(current);
            to = from.resolve(new URI(reference));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the address it leads to cannot be read", e);
        }
        if (to.getRawUserInfo() != null || !origin(from).equals(origin(to))) {
            throw new IllegalArgumentException("it leads to another origin, where the token must not go");
        }
        return to.toString();
    }

    private static String origin(URI uri) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return scheme + "://" + String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
    }
}
