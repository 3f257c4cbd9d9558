package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.JsonBody;
import io.hfmount.emulator.hub.wire.StorageTokens;
import io.hfmount.emulator.repo.RepoCommit;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.storage.StoredFiles;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoKind;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** What precedes a commit: how each file is to be sent, and where to (hub-api §5.5, steps 1 to 3). */
final class UploadRoutes {
    /** Largest file that git keeps; larger ones, and binary ones, go to storage. */
    static final long LARGEST_PLAIN = 10_000_000;

    private static final int MAX_FILES = 1000;
    private static final int MAX_BODY = 16 << 20;

    private final RepoAccess access;
    private final StoredFiles storage;
    private final StorageTokens tokens;
    private final OffLoop offLoop;

    UploadRoutes(RepoAccess access, StoredFiles storage, StorageTokens tokens, OffLoop offLoop) {
        this.access = access;
        this.storage = storage;
        this.tokens = tokens;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.post(
                "/api/validate-yaml",
                request -> request.body(MAX_BODY)
                        .map(body -> Answer.json(200, Map.of("errors", List.of(), "warnings", List.of()))));
        for (RepoKind kind : RepoKind.values()) {
            router.post(
                            "/api/" + kind.collection() + "/{ns}/{name}/preupload/{rev}",
                            request -> withJson(request, json -> preupload(request, kind, json)))
                    .post(
                            "/" + kind.urlPrefix() + "{ns}/{name}/info/lfs/objects/batch",
                            request -> withJson(request, json -> largeFiles(request, kind, json)));
        }
    }

    /** What a route does with its JSON body. */
    @FunctionalInterface
    private interface JsonHandler {
        Answer handle(JsonNode json);
    }

    private Mono<Answer> withJson(Request request, JsonHandler handler) {
        return request.body(MAX_BODY).flatMap(body -> offLoop.call(() -> handler.handle(JsonBody.object(body))));
    }

    private Answer preupload(Request request, RepoKind kind, JsonNode json) {
        RepoFacts repo = access.writable(request, kind);
        RepoCommit commit = access.commit(repo, request.path("rev"));
        List<Map<String, Object>> answers = new ArrayList<>();
        for (JsonNode file : list(json, "files")) {
            String path = JsonBody.required(file, "path");
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("path", path);
            answer.put("uploadMode", isPlain(file) ? "regular" : "lfs");
            answer.put("shouldIgnore", false);
            commit.tree()
                    .file(path)
                    .ifPresent(known -> answer.put("oid", known.content().etag()));
            answers.add(answer);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("files", answers);
        all.put("commitOid", commit.id());
        return Answer.json(200, all);
    }

    private static boolean isPlain(JsonNode file) {
        long size = file.path("size").asLong(-1);
        String sample = JsonBody.text(file, "sample");
        if (size < 0) {
            throw RefusedException.badRequest("size must be a number of bytes");
        }
        return size == 0 || (size <= LARGEST_PLAIN && (sample == null || isText(sample)));
    }

    /** Git keeps text: no NUL among the first bytes, as git itself decides. */
    private static boolean isText(String base64) {
        try {
            for (byte b : Base64.getDecoder().decode(base64)) {
                if (b == 0) {
                    return false;
                }
            }
            return true;
        } catch (IllegalArgumentException e) {
            throw RefusedException.badRequest("sample must be base64");
        }
    }

    /** Sends the uploader of large files to storage; who cannot speak its protocol is refused. */
    private Answer largeFiles(Request request, RepoKind kind, JsonNode json) {
        String name = request.path("name");
        if (!name.endsWith(".git")) {
            throw RepoAccess.gone();
        }
        String id = request.path("ns") + "/" + name.substring(0, name.length() - 4);
        RepoFacts repo = access.writable(request, access.visible(request, kind, id));
        if (!"upload".equals(JsonBody.text(json, "operation"))) {
            throw new RefusedException(501, null, "this Hub answers uploads of large files only");
        }
        boolean speaksXet = false;
        for (JsonNode transfer : json.path("transfers")) {
            speaksXet |= "xet".equals(transfer.asString(""));
        }
        if (!speaksXet) {
            throw new RefusedException(
                    422, null, "this Hub takes large files by the transfer xet only; install hf_xet");
        }
        String revision = json.path("ref").path("name").asString("main");
        List<Map<String, Object>> objects = new ArrayList<>();
        for (JsonNode object : list(json, "objects")) {
            ContentHash sha256 = sha256(JsonBody.required(object, "oid"));
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("oid", sha256.text());
            answer.put("size", object.path("size").asLong(0));
            if (storage.withSha256(sha256).isEmpty()) {
                Map<String, Object> upload = new LinkedHashMap<>();
                upload.put(
                        "href",
                        request.origin() + "/api/" + kind.collection() + "/"
                                + repo.id().name() + "/xet-write-token/"
                                + URLEncoder.encode(revision, StandardCharsets.UTF_8));
                Map<String, String> headers = new LinkedHashMap<>(
                        tokens.headers(request, access.users().requireCaller(request), Scope.WRITE));
                headers.put("X-Xet-Session-Id", request.id());
                upload.put("header", headers);
                answer.put("actions", Map.of("upload", upload));
            }
            objects.add(answer);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("transfer", "xet");
        all.put("objects", objects);
        return Answer.bytes(200, "application/vnd.git-lfs+json", Json.bytes(all));
    }

    /** @throws RefusedException 400 when it is no digest */
    static ContentHash sha256(String hex) {
        try {
            return ContentHash.parse(hex);
        } catch (IllegalArgumentException e) {
            throw RefusedException.badRequest("an oid is a sha256 of 64 hex digits");
        }
    }

    private static JsonNode list(JsonNode json, String name) {
        JsonNode list = json.path(name);
        if (!list.isArray() || list.size() > MAX_FILES) {
            throw RefusedException.badRequest(name + " must be a list of at most " + MAX_FILES);
        }
        return list;
    }
}
