package io.hfmount.xet.xorb;

import java.io.Serial;

/** Bytes that are not the xorb, or the chunk records, they claim to be. */
public final class XorbFormatException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public XorbFormatException(String message) {
        super(message);
    }

    public XorbFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
