package io.hfmount.emulator.repo;

import java.io.Serial;

/** A commit was made on another state than the branch has now. */
public final class StaleParentException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    StaleParentException() {
        super("A commit has happened since. Please refresh and try again.");
    }
}
