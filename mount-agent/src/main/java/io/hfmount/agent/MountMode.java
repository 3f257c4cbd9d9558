package io.hfmount.agent;

import java.util.Optional;

/** How writes are treated. */
public enum MountMode {
    /** Writes go to a local file that holds what was touched; only that is published, in the background. */
    SPARSE("sparse"),
    /** Writes go to a complete local copy and are published in the background. */
    STAGED("staged"),
    /** No writes. */
    READ_ONLY("read-only");

    private final String text;

    MountMode(String text) {
        this.text = text;
    }

    /** Its name in the API and in configuration. */
    public String text() {
        return text;
    }

    /** Finds a mode by its name. */
    public static Optional<MountMode> parse(String text) {
        for (MountMode mode : values()) {
            if (mode.text.equals(text)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
