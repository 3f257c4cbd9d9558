package io.hfmount.xet.cas;

import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Remembers for one kind of call that the server has only its first version (xet-protocol §9.8): 404 or 501 to the
 * second version leads to the first, which is remembered once it has succeeded. Thread-safe.
 */
final class VersionMemory {
    private final StorageSettings.Versions versions;
    private volatile boolean firstOnly;

    VersionMemory(StorageSettings.Versions versions) {
        this.versions = versions;
    }

    <T> Mono<T> call(Supplier<Mono<T>> second, Supplier<Mono<T>> first) {
        return Mono.defer(() -> {
            if (versions == StorageSettings.Versions.V2) {
                return second.get();
            }
            if (versions == StorageSettings.Versions.V1 || firstOnly) {
                return first.get();
            }
            return second.get()
                    .onErrorResume(
                            VersionMemory::mayBeUnknownRoute, e -> first.get().doOnSuccess(answer -> firstOnly = true));
        });
    }

    private static boolean mayBeUnknownRoute(Throwable failure) {
        return failure instanceof AttemptException attempt && (attempt.status() == 404 || attempt.status() == 501);
    }
}
