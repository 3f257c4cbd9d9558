package io.hfmount.xet.cas;

import io.hfmount.xet.StorageException;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One failed attempt of a storage call, with what the retry policy needs to know (xet-protocol §10.2). */
final class AttemptException extends StorageException {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final int INTERNAL_ERROR = 500;

    private final boolean retryable;
    private final int status;
    private final @Nullable Duration retryAfter;

    private AttemptException(
            Kind kind,
            String message,
            @Nullable Throwable cause,
            boolean retryable,
            int status,
            @Nullable Duration retryAfter) {
        super(kind, message);
        if (cause != null) {
            initCause(cause);
        }
        this.retryable = retryable;
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** A failure that another attempt may heal. */
    static AttemptException transientFailure(Kind kind, String message, @Nullable Throwable cause) {
        return new AttemptException(kind, message, cause, true, 0, null);
    }

    /** What storage itself calls a passing failure of its own, as status 500 does. */
    static AttemptException serverFault(String message) {
        return new AttemptException(Kind.UNAVAILABLE, message, null, true, INTERNAL_ERROR, null);
    }

    /** A failure that no other attempt heals. */
    static AttemptException finalFailure(Kind kind, String message, @Nullable Throwable cause) {
        return new AttemptException(kind, message, cause, false, 0, null);
    }

    /**
     * An HTTP answer that is not a success.
     *
     * @param retryAfter what the server asked for, if anything
     */
    static AttemptException ofStatus(StorageRoute route, int status, String text, @Nullable Duration retryAfter) {
        Kind kind = switch (status) {
            case 401 -> Kind.UNAUTHORIZED;
            case 403 -> Kind.FORBIDDEN;
            case 404 -> Kind.NOT_FOUND;
            case 413, 507 -> Kind.NO_SPACE;
            case 408, 429 -> Kind.UNAVAILABLE;
            default -> status >= 500 && status != 501 ? Kind.UNAVAILABLE : Kind.REJECTED;
        };
        String message = "storage answered " + status + " to " + route.label() + (text.isEmpty() ? "" : ": " + text);
        return new AttemptException(kind, message, null, kind == Kind.UNAVAILABLE, status, retryAfter);
    }

    @Override
    public boolean isServerFault() {
        return status == INTERNAL_ERROR;
    }

    /** Whether another attempt may succeed. */
    boolean retryable() {
        return retryable;
    }

    /** HTTP status, 0 when there was no complete answer. */
    int status() {
        return status;
    }

    /** The pause the server asked for. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }
}
