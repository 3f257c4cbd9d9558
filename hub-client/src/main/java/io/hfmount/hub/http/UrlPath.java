package io.hfmount.hub.http;

import io.hfmount.model.RemotePath;
import io.hfmount.model.Revision;
import java.nio.charset.StandardCharsets;

/** Percent-encodes paths for the raw request target: slashes stay, the rest is encoded by segment (hub-api §1.4). */
final class UrlPath {
    /** Longest path in UTF-8 bytes that is sent, as the kernel's PATH_MAX. */
    static final int MAX_BYTES = 4096;

    private static final String UNRESERVED = "-._~";
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private UrlPath() {}

    /**
     * Encodes a legal path.
     *
     * @throws IllegalArgumentException for a path that is not legal, not valid Unicode, or too long
     */
    static String encode(String path) {
        if (!RemotePath.isValid(path)) {
            throw new IllegalArgumentException("not a path in a bucket: it has an empty, '.' or '..' segment");
        }
        if (!isWellFormed(path)) {
            throw new IllegalArgumentException("not a path in a bucket: it is not valid Unicode");
        }
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("not a path in a bucket: it is longer than " + MAX_BYTES + " bytes");
        }
        return encode(bytes, true);
    }

    /** Encodes a legal revision as one segment, its slashes too. */
    static String encodeRevision(String revision) {
        if (!Revision.isValid(revision)) {
            throw new IllegalArgumentException("not a revision of a repo");
        }
        return encode(revision.getBytes(StandardCharsets.UTF_8), false);
    }

    private static String encode(byte[] bytes, boolean keepSlash) {
        StringBuilder encoded = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            if ((keepSlash && c == '/') || isUnreserved(c)) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
            }
        }
        return encoded.toString();
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || UNRESERVED.indexOf(c) >= 0;
    }

    /** Whether {@code text} has a UTF-8 form: every surrogate is one of a pair. */
    static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            } else if (Character.isLowSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
