package io.hfmount.emulator.http;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A refusal with its status and texts (hub-api §1.1, §1.2). The message is shown to the caller. */
public final class RefusedException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String errorCode;

    /**
     * @param status 4xx or 5xx
     * @param errorCode value of {@code X-Error-Code}, or null for none
     * @param message what is wrong and what to do
     */
    public RefusedException(int status, @Nullable String errorCode, String message) {
        super(message, null, false, false);
        this.status = status;
        this.errorCode = errorCode;
    }

    /** 400 with {@code message}. */
    public static RefusedException badRequest(String message) {
        return new RefusedException(400, null, message);
    }

    /** 404 with {@code message} and the code clients read as "no such entry". */
    public static RefusedException entryNotFound(String message) {
        return new RefusedException(404, "EntryNotFound", message);
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** Value of {@code X-Error-Code}, or null. */
    public @Nullable String errorCode() {
        return errorCode;
    }
}
