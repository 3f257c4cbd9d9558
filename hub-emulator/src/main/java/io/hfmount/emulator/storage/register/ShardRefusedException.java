package io.hfmount.emulator.storage.register;

import java.io.Serial;

/** A shard says something that stored data does not bear out. The message names it and is shown to the caller. */
public final class ShardRefusedException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    ShardRefusedException(String message) {
        super(message, null, false, false);
    }
}
