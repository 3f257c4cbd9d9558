package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.auth.Users;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.repo.Gating;
import io.hfmount.emulator.repo.RepoCommit;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.repo.RepoId;
import io.hfmount.emulator.repo.RepoStore;
import io.hfmount.model.RepoKind;
import org.jspecify.annotations.Nullable;

/** Who may see, read and change which repo: everybody public ones, the owner its own; gated content is the owner's. */
final class RepoAccess {
    private final Users users;
    private final RepoStore store;

    RepoAccess(Users users, RepoStore store) {
        this.users = users;
        this.store = store;
    }

    Users users() {
        return users;
    }

    RepoStore store() {
        return store;
    }

    /** The repo of the captures {@code ns} and {@code name}, refused as absent when the caller may not see it. */
    RepoFacts visible(Request request, RepoKind kind) {
        return visible(request, kind, request.path("ns") + "/" + request.path("name"));
    }

    /** The repo of a name, refused as absent when the caller may not see it. */
    RepoFacts visible(Request request, RepoKind kind, String name) {
        String caller = users.caller(request);
        RepoId id;
        try {
            id = new RepoId(kind, name);
        } catch (IllegalArgumentException e) {
            throw absent(caller);
        }
        return store.facts(id)
                .filter(repo -> !repo.isPrivate() || id.owner().equals(caller))
                .orElseThrow(() -> absent(caller));
    }

    /** As {@link #visible}, and the caller may have its content. */
    RepoFacts readable(Request request, RepoKind kind) {
        RepoFacts repo = visible(request, kind);
        if (repo.gating() != Gating.NONE && !repo.id().owner().equals(users.caller(request))) {
            throw new RefusedException(
                    403,
                    "GatedRepo",
                    "Access to " + kind.wireName() + " " + repo.id().name()
                            + " is restricted: ask its owner for access");
        }
        return repo;
    }

    /** As {@link #visible}, and the caller may change it. */
    RepoFacts writable(Request request, RepoKind kind) {
        return writable(request, visible(request, kind));
    }

    /** As {@link #visible}, and the caller may change it. */
    RepoFacts writable(Request request, RepoFacts repo) {
        requireOwner(users.requireCaller(request), repo.id().owner());
        return repo;
    }

    /** What a revision of a repo names. */
    RepoCommit commit(RepoFacts repo, String revision) {
        return store.resolve(repo.id(), revision)
                .orElseThrow(() -> new RefusedException(404, "RevisionNotFound", "Invalid rev id: " + revision));
    }

    static void requireOwner(String caller, String owner) {
        if (!caller.equals(owner)) {
            throw new RefusedException(403, null, caller + " has no right to change repos of " + owner);
        }
    }

    private static RefusedException absent(@Nullable String caller) {
        return caller == null ? Users.anonymous() : gone();
    }

    /** The repo is not there, or not for the caller. */
    static RefusedException gone() {
        return new RefusedException(404, "RepoNotFound", "Repository not found");
    }
}
