package io.hfmount.agent.vfs;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A refused or failed file-system operation: an errno for the caller, a sentence for the operator. */
public final class FsException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /** An expected refusal; carries no stack trace, for it is an answer and not a fault. */
    public FsException(Errno errno, String message) {
        super(message, null, false, false);
        this.errno = errno;
    }

    /** A failure with its cause. */
    public FsException(Errno errno, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.errno = errno;
    }

    /** What the application sees. */
    public Errno errno() {
        return errno;
    }
}
