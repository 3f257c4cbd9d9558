package io.hfmount.emulator.repo;

import io.hfmount.model.Revision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A repo in memory. Guarded by the store's locks. */
final class Repo {
    private final long createdAt;
    private final Map<String, RepoCommit> commits = new HashMap<>();
    private final NavigableMap<String, String> references = new TreeMap<>();
    private boolean isPrivate;
    private Gating gating;

    /** A new repo: its branch {@code main} has a first commit without files. */
    Repo(RepoMutation.Create create) {
        this.isPrivate = create.isPrivate();
        this.gating = create.gating();
        this.createdAt = create.at();
        String first = GitId.of("commit", RepoMutationCodec.encode(create));
        commits.put(first, new RepoCommit(first, null, "initial commit", createdAt, RepoTree.EMPTY));
        references.put(RepoReference.BRANCHES + Revision.MAIN, first);
    }

    void set(boolean isPrivate, Gating gating) {
        this.isPrivate = isPrivate;
        this.gating = gating;
    }

    void apply(RepoMutation.Commit commit) {
        String parent = commit.parent();
        RepoTree before = parent == null ? RepoTree.EMPTY : known(parent).tree();
        commits.put(
                commit.id(),
                new RepoCommit(
                        commit.id(), parent, commit.title(), commit.at(), before.with(commit.changes(), commit.id())));
        references.put(commit.reference(), commit.id());
    }

    void apply(RepoMutation.Point point) {
        String commit = point.commit();
        if (commit == null) {
            references.remove(point.reference());
        } else {
            references.put(point.reference(), known(commit).id());
        }
    }

    private RepoCommit known(String id) {
        RepoCommit commit = commits.get(id);
        if (commit == null) {
            throw new IllegalStateException("the log names a commit that it never made");
        }
        return commit;
    }

    RepoFacts facts(RepoId id) {
        return new RepoFacts(id, isPrivate, gating, createdAt);
    }

    /** The commit with an id, or null. */
    @Nullable
    RepoCommit commit(String id) {
        return commits.get(id);
    }

    /** What a reference's full name names, or null. */
    @Nullable
    String target(String reference) {
        return references.get(reference);
    }

    /** What a revision names: a full reference, a branch, a tag, a commit id; null for nothing. */
    @Nullable
    RepoCommit resolve(String revision) {
        for (String prefix : List.of("", RepoReference.BRANCHES, RepoReference.TAGS)) {
            String id = references.get(prefix + revision);
            if (id != null) {
                return commits.get(id);
            }
        }
        return Revision.isCommit(revision) ? commits.get(revision) : null;
    }

    List<RepoReference> references() {
        return references.entrySet().stream()
                .map(entry -> new RepoReference(entry.getKey(), entry.getValue()))
                .toList();
    }

    void checkInvariants() {
        references.forEach((name, id) -> {
            if (!commits.containsKey(id)) {
                throw new AssertionError(name + " names a commit that is not there");
            }
        });
        commits.values().forEach(commit -> commit.tree().checkInvariants());
    }
}
