package io.hfmount.emulator.repo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A change of the store as the log records it. */
sealed interface RepoMutation {
    /** The moment it gave to the store's clock, milliseconds since 1970. */
    long at();

    /** The repo it changes. */
    RepoId repo();

    /** A new repo without a reference. */
    record Create(RepoId repo, boolean isPrivate, Gating gating, long at) implements RepoMutation {}

    /** A repo is gone. */
    record Delete(RepoId repo, long at) implements RepoMutation {}

    /** A repo is shown or hidden, gated or not. */
    record Set(RepoId repo, boolean isPrivate, Gating gating, long at) implements RepoMutation {}

    /** A new commit, which a reference names from now on. */
    record Commit(
            RepoId repo,
            String reference,
            String id,
            @Nullable String parent,
            String title,
            List<RepoChange> changes,
            long at)
            implements RepoMutation {
        public Commit {
            changes = List.copyOf(changes);
        }
    }

    /** A reference names a commit, or is gone when it is null. */
    record Point(RepoId repo, String reference, @Nullable String commit, long at) implements RepoMutation {}
}
