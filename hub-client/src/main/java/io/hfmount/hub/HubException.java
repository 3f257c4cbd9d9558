package io.hfmount.hub;

import java.io.Serial;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A failed Hub call, after the client's own retries. The message never holds a token. */
public class HubException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;
    private final boolean outcomeUnknown;
    private final @Nullable String errorCode;

    /**
     * @param status HTTP status, or 0 when there was no answer
     * @param outcomeUnknown whether the request may have been applied
     * @param message what failed, for an operator
     */
    public HubException(int status, boolean outcomeUnknown, String message) {
        this(status, outcomeUnknown, null, message);
    }

    /**
     * @param status HTTP status, or 0 when there was no answer
     * @param outcomeUnknown whether the request may have been applied
     * @param errorCode what the Hub calls the error, null when it does not say
     * @param message what failed, for an operator
     */
    public HubException(int status, boolean outcomeUnknown, @Nullable String errorCode, String message) {
        super(message);
        this.status = status;
        this.outcomeUnknown = outcomeUnknown;
        this.errorCode = errorCode;
    }

    public HubException(int status, boolean outcomeUnknown, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.outcomeUnknown = outcomeUnknown;
        this.errorCode = null;
    }

    /** HTTP status, or 0 for a network failure or time-out. */
    public int status() {
        return status;
    }

    /**
     * What the Hub calls the error (hub-api §1.1): {@code RepoNotFound}, {@code RevisionNotFound}, {@code EntryNotFound},
     * {@code GatedRepo}.
     */
    public Optional<String> errorCode() {
        return Optional.ofNullable(errorCode);
    }

    /** Whether the request may have been applied although no answer came: ask before deciding (H-64). */
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }

    /** Whether repeating later can help: no answer, 408, 429 or a server fault. */
    public boolean isTransient() {
        return status == 0 || status == 408 || status == 429 || (status >= 500 && status != 501 && status != 507);
    }
}
