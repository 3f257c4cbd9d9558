package io.hfmount.agent.vfs;

import java.io.Serial;

/**
 * An operation called with {@link Wait#NEVER} would have to wait. Nothing has changed; the caller repeats it with
 * {@link Wait#ALLOWED} on a thread that may wait. One shared instance, without a stack trace.
 */
public final class WouldBlockException extends RuntimeException {
    /** The only instance. */
    @SuppressWarnings("StaticAssignmentOfThrowable") // carries no stack trace and no state
    public static final WouldBlockException INSTANCE = new WouldBlockException();

    @Serial
    private static final long serialVersionUID = 1L;

    private WouldBlockException() {
        super("would block", null, false, false);
    }
}
