package io.hfmount.emulator.hub;

import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.auth.Users;
import io.hfmount.emulator.bucket.BucketStore;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.repo.RepoRouteTable;
import io.hfmount.emulator.hub.wire.Links;
import io.hfmount.emulator.hub.wire.StorageTokens;
import io.hfmount.emulator.repo.RepoStore;
import io.hfmount.emulator.storage.StoredFiles;

/** Every route of the Hub half. */
public final class HubRoutes {
    private HubRoutes() {}

    /**
     * Registers them.
     *
     * @param storage what the Hub asks of the storage half
     * @param storagePath where the storage routes are on the same server, such as {@code /_storage}
     */
    public static void register(
            Router router,
            Users users,
            BucketStore store,
            RepoStore repos,
            StorageAuth storageAuth,
            StoredFiles storage,
            String storagePath,
            OffLoop offLoop) {
        BucketAccess access = new BucketAccess(users, store);
        Links links = new Links(storagePath);
        StorageTokens tokens = new StorageTokens(storageAuth, links);
        new WhoamiRoute(users).register(router);
        new TokenRoutes(access, tokens, offLoop).register(router);
        new TreeRoutes(access, offLoop).register(router);
        new BatchRoute(access, storage, offLoop).register(router);
        new ResolveRoutes(access, storage, links, offLoop).register(router);
        new BucketRoutes(access, offLoop).register(router);
        RepoRouteTable.register(router, users, repos, storage, tokens, links, offLoop);
        new UnofferedRoutes(access, offLoop).register(router);
    }
}
