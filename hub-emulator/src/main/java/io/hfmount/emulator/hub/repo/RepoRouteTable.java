package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.auth.Users;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.Links;
import io.hfmount.emulator.hub.wire.StorageTokens;
import io.hfmount.emulator.repo.RepoStore;
import io.hfmount.emulator.storage.StoredFiles;

/** Every route of repos. */
public final class RepoRouteTable {
    private RepoRouteTable() {}

    /** Registers them. */
    public static void register(
            Router router,
            Users users,
            RepoStore store,
            StoredFiles storage,
            StorageTokens tokens,
            Links links,
            OffLoop offLoop) {
        RepoAccess access = new RepoAccess(users, store);
        new RepoRoutes(access, offLoop).register(router);
        new ReferenceRoutes(access, offLoop).register(router);
        new RepoTreeRoutes(access, offLoop).register(router);
        new RepoTokenRoutes(access, tokens, offLoop).register(router);
        new UploadRoutes(access, storage, tokens, offLoop).register(router);
        new CommitRoute(access, storage, offLoop).register(router);
        new RepoResolveRoutes(access, storage, links, offLoop).register(router);
    }
}
