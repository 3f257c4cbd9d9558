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
        String target = resolveAnywhere(current, reference);
        if (!isSame(current, target)) {
            throw new IllegalArgumentException("it leads to another origin, where the token must not go");
        }
        return target;
    }

    /**
     * The same for an address that is asked without the token. From https it never leads to plain http.
     *
     * @throws IllegalArgumentException if it does not parse or is no web address; it is not shown
     */
    static String resolveAnywhere(String current, String reference) {
        URI from;
        URI to;
        try {
            from = new URI(current);
            to = from.resolve(new URI(reference));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the address it leads to cannot be read", e);
        }
        String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
        boolean secure = "https".equalsIgnoreCase(from.getScheme());
        if (to.getHost() == null
                || to.getRawUserInfo() != null
                || !(scheme.equals("https") || (scheme.equals("http") && !secure))) {
            throw new IllegalArgumentException("it leads to another origin, which is no secure web address");
        }
        return to.toString();
    }

    /** Whether two absolute addresses have the same scheme, host and port. */
    static boolean isSame(String one, String other) {
        return origin(URI.create(one)).equals(origin(URI.create(other)));
    }

    private static String origin(URI uri) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return scheme + "://" + String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
    }
}
