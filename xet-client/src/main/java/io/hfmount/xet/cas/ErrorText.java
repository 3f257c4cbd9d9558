package io.hfmount.xet.cas;

import org.jspecify.annotations.Nullable;

/** Makes a server's error text fit for one line of a message. */
final class ErrorText {
    private static final int MAX_CHARS = 300;

    private ErrorText() {}

    static String clean(@Nullable String text) {
        if (text == null) {
            return "";
        }
        String line = text.strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
        return line.length() <= MAX_CHARS ? line : line.substring(0, MAX_CHARS) + "...";
    }
}
