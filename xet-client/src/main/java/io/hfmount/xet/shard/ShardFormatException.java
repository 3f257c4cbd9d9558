package io.hfmount.xet.shard;

import java.io.Serial;

/** Bytes that are not a valid shard. */
public final class ShardFormatException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public ShardFormatException(String message) {
        super(message);
    }
}
