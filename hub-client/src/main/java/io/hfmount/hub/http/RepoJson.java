package io.hfmount.hub.http;

import io.hfmount.hub.RepoEntry;
import io.hfmount.hub.RepoFile;
import io.hfmount.hub.RepoInfo;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoSource;
import io.hfmount.model.Revision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The JSON of repos (hub-api §5); checks as {@link HubJson} does. Stateless. */
final class RepoJson {
    private RepoJson() {}

    static RepoInfo info(byte[] body) {
        JsonNode root = HubJson.object(body);
        String id = HubJson.text(root, "id");
        String commit = HubJson.text(root, "sha");
        if (!RepoSource.isValidId(id) || !Revision.isCommit(commit)) {
            throw new IllegalArgumentException("id or sha cannot be used");
        }
        return new RepoInfo(id, root.path("private").asBoolean(false), commit, HubJson.instant(root, "lastModified"));
    }

    /** Entries of a page or of a paths-info answer; entries of unknown types are left out. */
    static List<RepoEntry> entries(byte[] body) {
        JsonNode root = HubJson.parse(body);
        if (!root.isArray()) {
            throw new IllegalArgumentException("a list of entries is expected");
        }
        List<RepoEntry> entries = new ArrayList<>(root.size());
        for (JsonNode entry : root) {
            switch (entry.path("type").asString("")) {
                case "file" -> entries.add(new RepoEntry.File(file(entry)));
                case "directory" -> entries.add(new RepoEntry.Directory(HubJson.text(entry, "path")));
                default -> {
                    // a submodule, or a type of a later Hub
                }
            }
        }
        return entries;
    }

    private static RepoFile file(JsonNode entry) {
        JsonNode lfs = entry.path("lfs");
        JsonNode hash = entry.path("xetHash");
        String etag = lfs.isObject() ? optionalText(lfs, "oid") : optionalText(entry, "oid");
        return new RepoFile(
                HubJson.text(entry, "path"),
                Math.max(-1, HubJson.number(lfs, "size", HubJson.number(entry, "size", -1))),
                hash.isString() ? ContentHash.parse(hash.stringValue()) : null,
                etag,
                HubJson.instant(entry.path("lastCommit"), "date"));
    }

    private static @Nullable String optionalText(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isString() && !value.stringValue().isEmpty() ? value.stringValue() : null;
    }
}
