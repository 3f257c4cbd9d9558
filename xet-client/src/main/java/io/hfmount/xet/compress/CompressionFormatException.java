package io.hfmount.xet.compress;

import java.io.Serial;

/** The stored form of a chunk cannot be decoded: damaged, or not what its header says. */
public final class CompressionFormatException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public CompressionFormatException(String message) {
        super(message);
    }

    public CompressionFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
