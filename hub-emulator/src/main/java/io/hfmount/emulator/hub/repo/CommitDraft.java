package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.hub.wire.JsonBody;
import io.hfmount.emulator.hub.wire.LineSplitter;
import io.hfmount.emulator.repo.BlobStore;
import io.hfmount.emulator.repo.RepoChange;
import io.hfmount.emulator.repo.RepoContent;
import io.hfmount.emulator.repo.RepoFile;
import io.hfmount.emulator.repo.RepoTree;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A commit while its lines arrive (hub-api §5.5, step 4). The bytes of plain files go to disk line by line, so that memory
 * holds one of them at most. Confined to one request, whose lines come one after the other.
 */
final class CommitDraft {
    private static final int MAX_PATH = 4096;

    private final RepoTree before;
    private final BlobStore blobs;
    private final LargeFiles largeFiles;
    private final Map<String, RepoChange> changes = new LinkedHashMap<>();
    private @Nullable String title;
    private @Nullable String parent;

    /** Finds the content that an uploader names by its digest. */
    @FunctionalInterface
    interface LargeFiles {
        /** @throws RefusedException when it was not uploaded, or is not what it claims to be */
        RepoContent.Stored find(String path, ContentHash sha256, long size);
    }

    /** @param before what is committed on */
    CommitDraft(RepoTree before, BlobStore blobs, LargeFiles largeFiles) {
        this.before = before;
        this.blobs = blobs;
        this.largeFiles = largeFiles;
    }

    /** Takes a line; blocks for the disk. */
    void accept(LineSplitter.Line line) throws IOException {
        JsonNode json;
        try {
            json = Json.mapper().readTree(line.bytes());
        } catch (JacksonException e) {
            throw malformed(line, "is not JSON");
        }
        JsonNode value = json.path("value");
        String key = json.path("key").asString("");
        if (!value.isObject()) {
            throw malformed(line, "has no value");
        }
        if ((title == null) != key.equals("header")) {
            throw malformed(line, "comes in the wrong place: the header is first, and there is one");
        }
        switch (key) {
            case "header" -> {
                title = JsonBody.required(value, "summary");
                parent = JsonBody.text(value, "parentCommit");
            }
            case "file" -> {
                String path = path(line, value);
                changes.put(path, new RepoChange.Put(path, blobs.put(content(line, value))));
            }
            case "lfsFile" -> {
                String path = path(line, value);
                ContentHash sha256 = UploadRoutes.sha256(JsonBody.required(value, "oid"));
                changes.put(
                        path,
                        new RepoChange.Put(
                                path,
                                largeFiles.find(path, sha256, value.path("size").asLong(-1))));
            }
            case "deletedFile" -> {
                String path = path(line, value);
                if (before.file(path).isEmpty()) {
                    throw RefusedException.entryNotFound("A file with the name \"" + path + "\" does not exist");
                }
                changes.put(path, new RepoChange.Remove(path));
            }
            case "deletedFolder" -> {
                String folder = JsonBody.required(value, "path");
                List<RepoFile> files =
                        before.below(folder.endsWith("/") ? folder.substring(0, folder.length() - 1) : folder);
                if (files.isEmpty()) {
                    throw RefusedException.entryNotFound("A folder with the name \"" + folder + "\" does not exist");
                }
                files.forEach(file -> changes.put(file.path(), new RepoChange.Remove(file.path())));
            }
            default -> throw malformed(line, "has an unknown key");
        }
    }

    /** The first line of the message. */
    String title() {
        if (title == null) {
            throw RefusedException.badRequest("the commit has no header");
        }
        return title;
    }

    /** The commit that the caller saw last, or null. */
    @Nullable
    String parent() {
        return parent;
    }

    /**
     * What the commit does.
     *
     * @throws RefusedException 400 when a path would be file and directory at once
     */
    List<RepoChange> changes() {
        Set<String> files = new LinkedHashSet<>();
        before.files().forEach(file -> files.add(file.path()));
        for (RepoChange change : changes.values()) {
            switch (change) {
                case RepoChange.Put put -> files.add(put.path());
                case RepoChange.Remove remove -> files.remove(remove.path());
            }
        }
        for (String path : changes.keySet()) {
            if (changes.get(path) instanceof RepoChange.Put) {
                for (String folder = RemotePath.parent(path); !folder.isEmpty(); folder = RemotePath.parent(folder)) {
                    if (files.contains(folder)) {
                        throw RefusedException.badRequest(
                                "\"" + folder + "\" would be a file and a folder at the same time");
                    }
                }
            }
        }
        for (String path : files) {
            for (String folder = RemotePath.parent(path); !folder.isEmpty(); folder = RemotePath.parent(folder)) {
                if (changes.get(folder) instanceof RepoChange.Put) {
                    throw RefusedException.badRequest(
                            "\"" + folder + "\" would be a file and a folder at the same time");
                }
            }
        }
        return new ArrayList<>(changes.values());
    }

    private static String path(LineSplitter.Line line, JsonNode value) {
        String path = JsonBody.required(value, "path");
        if (!RemotePath.isValid(path)
                || !StandardCharsets.UTF_8.newEncoder().canEncode(path)
                || RemotePath.utf8Length(path) > MAX_PATH) {
            throw malformed(line, "has a path with an empty, '.' or '..' segment, or longer than 4096 bytes");
        }
        return path;
    }

    private static byte[] content(LineSplitter.Line line, JsonNode value) {
        String content = JsonBody.text(value, "content");
        if (content == null) {
            throw malformed(line, "has no content");
        }
        String encoding = JsonBody.text(value, "encoding");
        return switch (encoding == null ? "utf-8" : encoding) {
            case "utf-8" -> content.getBytes(StandardCharsets.UTF_8);
            case "base64" -> {
                try {
                    yield Base64.getDecoder().decode(content);
                } catch (IllegalArgumentException e) {
                    throw malformed(line, "has content that is not base64");
                }
            }
            default -> throw malformed(line, "has an encoding other than utf-8 and base64");
        };
    }

    private static RefusedException malformed(LineSplitter.Line line, String what) {
        return RefusedException.badRequest("line " + line.number() + " of the commit " + what);
    }
}
