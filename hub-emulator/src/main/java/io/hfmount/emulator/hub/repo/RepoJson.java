package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.hub.wire.Times;
import io.hfmount.emulator.repo.Gating;
import io.hfmount.emulator.repo.RepoCommit;
import io.hfmount.emulator.repo.RepoContent;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.repo.RepoFile;
import io.hfmount.emulator.repo.RepoTree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Repos and entries of their trees as JSON (hub-api §5.1, §5.2). */
final class RepoJson {
    private RepoJson() {}

    static Map<String, Object> info(RepoFacts repo, RepoCommit commit, boolean blobs) {
        Map<String, Object> json = new LinkedHashMap<>();
        String name = repo.id().name();
        json.put("_id", commit.id().substring(0, 24));
        json.put("id", name);
        switch (repo.id().kind()) {
            case MODEL -> json.put("modelId", name);
            case DATASET, SPACE -> {}
        }
        json.put("author", repo.id().owner());
        json.put("sha", commit.id());
        json.put("lastModified", Times.json(commit.at()));
        json.put("createdAt", Times.json(repo.createdAt()));
        json.put("private", repo.isPrivate());
        json.put("gated", gated(repo.gating()));
        json.put("disabled", false);
        json.put("downloads", 0);
        json.put("likes", 0);
        json.put("tags", List.of());
        json.put(
                "siblings",
                commit.tree().files().stream().map(file -> sibling(file, blobs)).toList());
        return json;
    }

    private static Object gated(Gating gating) {
        return gating == Gating.NONE ? false : gating.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> sibling(RepoFile file, boolean blobs) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("rfilename", file.path());
        if (blobs) {
            json.put("size", file.content().size());
            json.put("blobId", file.content().oid());
            if (file.content() instanceof RepoContent.Stored stored) {
                json.put("lfs", lfs(stored, "sha256"));
            }
        }
        return json;
    }

    /**
     * An entry of a listing.
     *
     * @param commits the commits by id, for {@code lastCommit}; null when nobody asked for it
     */
    static Map<String, Object> entry(
            RepoTree.Entry entry, RepoTree tree, @Nullable Function<String, RepoCommit> commits) {
        Map<String, Object> json = new LinkedHashMap<>();
        switch (entry) {
            case RepoTree.Entry.Directory(String path) -> {
                json.put("type", "directory");
                json.put("oid", tree.oid(path));
                json.put("size", 0);
                json.put("path", path);
            }
            case RepoTree.Entry.File(RepoFile file) -> {
                json.put("type", "file");
                json.put("oid", file.content().oid());
                json.put("size", file.content().size());
                json.put("path", file.path());
                if (file.content() instanceof RepoContent.Stored stored) {
                    json.put("lfs", lfs(stored, "oid"));
                    json.put("xetHash", stored.hash().text());
                }
            }
        }
        if (commits != null) {
            json.put("lastCommit", lastCommit(entry, tree, commits));
        }
        return json;
    }

    private static Map<String, Object> lfs(RepoContent.Stored stored, String digestName) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(digestName, stored.sha256().text());
        json.put("size", stored.size());
        json.put("pointerSize", stored.pointer().length);
        return json;
    }

    private static Map<String, Object> lastCommit(
            RepoTree.Entry entry, RepoTree tree, Function<String, RepoCommit> commits) {
        RepoCommit last = switch (entry) {
            case RepoTree.Entry.File(RepoFile file) -> commits.apply(file.changedIn());
            case RepoTree.Entry.Directory(String path) ->
                tree.below(path).stream()
                        .map(file -> commits.apply(file.changedIn()))
                        .reduce((a, b) -> a.at() >= b.at() ? a : b)
                        .orElseThrow();
        };
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", last.id());
        json.put("title", last.title());
        json.put("date", Times.json(last.at()));
        return json;
    }
}
