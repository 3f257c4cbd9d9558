package io.hfmount.model;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Names of revisions of a repo: a branch, a tag, a commit id, {@code refs/pr/N} or {@code refs/convert/X}. The rules are
 * git's for reference names.
 */
public final class Revision {
    /** The branch that is meant when none is named. */
    public static final String MAIN = "main";

    /** Longest name in UTF-8 bytes. */
    public static final int MAX_BYTES = 255;

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final String FORBIDDEN = " ~^:?*[\\";

    private Revision() {}

    /** Whether {@code revision} can name one. */
    public static boolean isValid(String revision) {
        if (revision.isEmpty()
                || revision.startsWith("-")
                || revision.endsWith(".")
                || revision.contains("..")
                || revision.contains("@{")
                || revision.equals("@")
                || revision.equals("refs")
                || RemotePath.utf8Length(revision) > MAX_BYTES) {
            return false;
        }
        for (int i = 0; i < revision.length(); i++) {
            char c = revision.charAt(i);
            if (c < ' ' || c == 0x7f || FORBIDDEN.indexOf(c) >= 0) {
                return false;
            }
        }
        for (String segment : revision.split("/", -1)) {
            if (segment.isEmpty() || segment.startsWith(".") || segment.endsWith(".lock")) {
                return false;
            }
        }
        return StandardCharsets.UTF_8.newEncoder().canEncode(revision);
    }

    /** Whether {@code revision} is a whole commit id, so that what it names never changes. */
    public static boolean isCommit(String revision) {
        return COMMIT.matcher(revision).matches();
    }

    /**
     * The name as one segment of a source: {@code /} and {@code %} percent-encoded, except in {@code refs/pr/N} and
     * {@code refs/convert/X}.
     */
    static String toSegment(String revision) {
        return specialEnd(revision) == revision.length()
                ? revision.replace("%", "%25")
                : revision.replace("%", "%25").replace("/", "%2F");
    }

    /** Undoes percent-encoding, once. */
    static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        byte[] text = segment.getBytes(StandardCharsets.UTF_8);
        ByteBuffer decoded = ByteBuffer.allocate(text.length);
        try {
            for (int i = 0; i < text.length; i++) {
                if (text[i] == '%') {
                    decoded.put((byte) HexFormat.fromHexDigits(new String(text, i + 1, 2, StandardCharsets.UTF_8)));
                    i += 2;
                } else {
                    decoded.put(text[i]);
                }
            }
            return StandardCharsets.UTF_8.newDecoder().decode(decoded.flip()).toString();
        } catch (IllegalArgumentException | IndexOutOfBoundsException | CharacterCodingException e) {
            throw new IllegalArgumentException("the revision of a source is not percent-encoded UTF-8", e);
        }
    }

    /** Where a plain {@code refs/pr/N} or {@code refs/convert/X} at the start of {@code text} ends, or -1. */
    static int specialEnd(String text) {
        boolean pull = text.startsWith("refs/pr/");
        int start = pull ? "refs/pr/".length() : "refs/convert/".length();
        if (!pull && !text.startsWith("refs/convert/")) {
            return -1;
        }
        int slash = text.indexOf('/', start);
        int end = slash < 0 ? text.length() : slash;
        boolean number = text.substring(start, end).chars().allMatch(c -> c >= '0' && c <= '9');
        return end > start && (!pull || number) ? end : -1;
    }
}
