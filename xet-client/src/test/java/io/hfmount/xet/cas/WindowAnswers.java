package io.hfmount.xet.cas;

import io.hfmount.model.ContentHash;

/** Reads answers about windows for tests of other packages. */
public final class WindowAnswers {
    private WindowAnswers() {}

    /** As the client does. */
    public static FileWindows parse(ContentHash file, byte[] json) {
        return FileWindowsJson.parse(file, json);
    }
}
