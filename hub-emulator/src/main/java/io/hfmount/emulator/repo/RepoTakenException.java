package io.hfmount.emulator.repo;

import java.io.Serial;

/** A repo, or a reference, of that name exists. */
public final class RepoTakenException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    RepoTakenException(String what) {
        super(what + " already exists");
    }
}
