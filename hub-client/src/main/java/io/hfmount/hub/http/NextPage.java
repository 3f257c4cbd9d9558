package io.hfmount.hub.http;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds {@code rel="next"} in Link headers (hub-api §1.7, RFC 8288) and holds it to the origin that was asked. A header
 * that may name a next page but cannot be read is an error: what an incomplete listing lacks would look deleted.
 */
final class NextPage {
    private static final int LONGEST_HEADER = 32 << 10;

    private final String header;
    private int at;

    private NextPage(String header) {
        this.header = header;
    }

    /**
     * The address of the next page.
     *
     * @param current address of this page, absolute
     * @param headers all Link headers
     * @throws IllegalArgumentException if a header or the address does not parse, or the address leaves the origin; it is
     *     not shown, for it may hold a secret
     */
    static Optional<String> of(String current, List<String> headers) {
        for (String header : headers) {
            if (header.length() > LONGEST_HEADER) {
                throw new IllegalArgumentException("its Link header is too long");
            }
            // Headers of other relations need not be well-formed.
            if (header.toLowerCase(Locale.ROOT).contains("next")) {
                String next = new NextPage(header).find();
                if (next != null) {
                    return Optional.of(SameOrigin.resolve(current, next));
                }
            }
        }
        return Optional.empty();
    }

    private @Nullable String find() {
        while (true) {
            skip(" \t,");
            if (at == header.length()) {
                return null;
            }
            expect('<');
            int end = header.indexOf('>', at);
            if (end < 0) {
                throw malformed();
            }
            String target = header.substring(at, end).strip();
            at = end + 1;
            if (isNext()) {
                return target;
            }
        }
    }

    /** Reads the parameters of a link; only its first {@code rel} counts. */
    private boolean isNext() {
        String relations = null;
        while (true) {
            skip(" \t");
            if (at == header.length() || header.charAt(at) == ',') {
                return relations != null
                        && Arrays.asList(relations.split("\\s+")).contains("next");
            }
            expect(';');
            skip(" \t");
            String name = token("=;, \t");
            skip(" \t");
            String value = "";
            if (at < header.length() && header.charAt(at) == '=') {
                at++;
                skip(" \t");
                value = at < header.length() && header.charAt(at) == '"' ? quoted() : token(";, \t");
            }
            if (relations == null && name.equalsIgnoreCase("rel")) {
                relations = value.toLowerCase(Locale.ROOT).strip();
            }
        }
    }

    private String quoted() {
        StringBuilder text = new StringBuilder();
        for (at++; at < header.length(); at++) {
            char c = header.charAt(at);
            if (c == '"') {
                at++;
                return text.toString();
            }
            if (c == '\\' && at + 1 < header.length()) {
                c = header.charAt(++at);
            }
            text.append(c);
        }
        throw malformed();
    }

    private String token(String ends) {
        int start = at;
        while (at < header.length() && ends.indexOf(header.charAt(at)) < 0) {
            at++;
        }
        return header.substring(start, at);
    }

    private void skip(String blanks) {
        while (at < header.length() && blanks.indexOf(header.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char c) {
        if (at == header.length() || header.charAt(at) != c) {
            throw malformed();
        }
        at++;
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("its Link header cannot be read");
    }
}
