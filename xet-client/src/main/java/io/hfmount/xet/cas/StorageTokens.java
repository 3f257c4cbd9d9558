package io.hfmount.xet.cas;

import reactor.core.publisher.Mono;

/** Port through which the client asks for storage access; the caller decides repository and scope. Thread-safe. */
@FunctionalInterface
public interface StorageTokens {
    /**
     * Asks for fresh access. Each subscription is a new request; caching and single flight are the client's business.
     * An error fails the storage call that needed the token at once, so an implementation retries by itself.
     */
    Mono<StorageAccess> issue();
}
