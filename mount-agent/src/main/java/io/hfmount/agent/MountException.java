package io.hfmount.agent;

import io.hfmount.model.api.ProblemCode;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A refusal or failure that a user can act on. The message is a sentence for that user and never holds a token. */
public class MountException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final ProblemCode code;

    public MountException(ProblemCode code, String message) {
        this(code, message, null);
    }

    public MountException(ProblemCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** Its stable code. */
    public ProblemCode code() {
        return code;
    }
}
