package io.hfmount.xet;

import java.io.Serial;

/** A failed storage call, after the client's own retries (xet-protocol §10.2). The message never holds a token. */
public class StorageException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    public StorageException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public StorageException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What sort of failure it is; decides errno and retry. */
    public Kind kind() {
        return kind;
    }

    /**
     * Whether storage took the request and then failed at it itself (status 500, or an error line that may be repeated),
     * rather than being away or busy. It may be something that the request refers to.
     */
    public boolean isServerFault() {
        return false;
    }

    /** Sorts of failure. */
    public enum Kind {
        /** The file or xorb is not known to storage. */
        NOT_FOUND,
        /** Token missing, unknown or expired. */
        UNAUTHORIZED,
        /** Token lacks the scope. */
        FORBIDDEN,
        /** Too large or over quota. */
        NO_SPACE,
        /** Storage says the request is wrong; repeating it does not help. */
        REJECTED,
        /** An answer breaks the protocol, is short or damaged. */
        CORRUPT,
        /** The local source of an upload could not be read. */
        SOURCE,
        /** Network trouble, throttling or a server fault that outlived the retries. */
        UNAVAILABLE,
        /** No answer in time. */
        TIMEOUT
    }
}
