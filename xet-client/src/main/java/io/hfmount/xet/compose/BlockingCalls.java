package io.hfmount.xet.compose;

import io.hfmount.xet.StorageException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Waits for storage on a composing thread. */
final class BlockingCalls {
    private BlockingCalls() {}

    /** The value of {@code call}, or its failure. */
    static <T> T await(Mono<T> call) {
        @Nullable T value = call.block();
        if (value == null) {
            throw new StorageException(StorageException.Kind.CORRUPT, "storage gave no answer at all");
        }
        return value;
    }
}
