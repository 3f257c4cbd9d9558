package io.hfmount.model;

import java.nio.charset.StandardCharsets;

/**
 * Rules for paths inside a source: UTF-8, segments joined by {@code /}, no slash at either end, no empty segment, no
 * {@code .} or {@code ..}. The root is the empty string.
 */
public final class RemotePath {
    /** Longest segment in UTF-8 bytes, as the kernel's NAME_MAX. */
    public static final int MAX_SEGMENT_BYTES = 255;

    private RemotePath() {}

    /** Whether {@code path} is a legal non-root path. */
    public static boolean isValid(String path) {
        if (path.isEmpty()) {
            return false;
        }
        int start = 0;
        while (true) {
            int slash = path.indexOf('/', start);
            String segment = slash < 0 ? path.substring(start) : path.substring(start, slash);
            if (!isValidSegment(segment)) {
                return false;
            }
            if (slash < 0) {
                return true;
            }
            start = slash + 1;
        }
    }

    /** Whether {@code segment} can be one name: not empty, not {@code .} or {@code ..}, no slash, no NUL. */
    public static boolean isValidSegment(String segment) {
        return !segment.isEmpty()
                && !segment.equals(".")
                && !segment.equals("..")
                && segment.indexOf('/') < 0
                && segment.indexOf('\0') < 0;
    }

    /** Length of {@code segment} in UTF-8 bytes. */
    public static int utf8Length(String segment) {
        return segment.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The path of {@code name} below {@code parent}, where the root parent is the empty string. */
    public static String join(String parent, String name) {
        return parent.isEmpty() ? name : parent + "/" + name;
    }

    /** The parent of {@code path}; the root for a single segment. */
    public static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    /** The last segment of {@code path}. */
    public static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Whether {@code path} lies strictly below {@code ancestor}; every path lies below the root (H-45). */
    public static boolean isBelow(String path, String ancestor) {
        return ancestor.isEmpty()
                ? !path.isEmpty()
                : path.length() > ancestor.length() + 1
                        && path.startsWith(ancestor)
                        && path.charAt(ancestor.length()) == '/';
    }
}
