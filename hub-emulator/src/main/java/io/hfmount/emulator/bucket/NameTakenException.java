package io.hfmount.emulator.bucket;

import java.io.Serial;

/** A bucket of that id exists. */
public final class NameTakenException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String id;

    NameTakenException(String id) {
        super("a bucket " + id + " already exists");
        this.id = id;
    }

    /** The id that is taken. */
    public String id() {
        return id;
    }
}
