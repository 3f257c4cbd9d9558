package io.hfmount.emulator.storage;

import io.hfmount.emulator.http.Router;

/** The storage service's routes, as {@code /v1/…}, {@code /v2/…} and a data route of its own choice. */
public interface StorageRoutes {
    /**
     * Registers every route. Called once, before the server listens.
     *
     * @param router prefixes every pattern with the storage base path; {@link Router#basePath()} tells it, so that an
     *     absolute data address is {@code request.origin() + router.basePath() + "/…"}
     */
    void register(Router router);
}
