package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.StorageTokens;
import io.hfmount.model.RepoKind;

/** Storage tokens of repos (hub-api §3). */
final class RepoTokenRoutes {
    private final RepoAccess access;
    private final StorageTokens tokens;
    private final OffLoop offLoop;

    RepoTokenRoutes(RepoAccess access, StorageTokens tokens, OffLoop offLoop) {
        this.access = access;
        this.tokens = tokens;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        for (RepoKind kind : RepoKind.values()) {
            String repo = "/api/" + kind.collection() + "/{ns}/{name}";
            router.get(repo + "/xet-read-token/{rev}", request -> offLoop.call(() -> read(request, kind)))
                    .get(repo + "/xet-write-token/{rev}", request -> offLoop.call(() -> write(request, kind)));
        }
    }

    private Answer read(Request request, RepoKind kind) {
        access.commit(access.readable(request, kind), request.path("rev"));
        return tokens.answer(request, access.users().caller(request), Scope.READ);
    }

    /** The revision is not looked at: clients also name one that they are about to make (hub-api §3). */
    private Answer write(Request request, RepoKind kind) {
        access.writable(request, kind);
        return tokens.answer(request, access.users().caller(request), Scope.WRITE);
    }
}
