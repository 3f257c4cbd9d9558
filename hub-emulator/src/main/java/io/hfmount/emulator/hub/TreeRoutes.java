package io.hfmount.emulator.hub;

import io.hfmount.emulator.bucket.BucketFile;
import io.hfmount.emulator.bucket.TreePage;
import io.hfmount.emulator.bucket.TreePosition;
import io.hfmount.emulator.bucket.TreeQuery;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.Pages;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Listings and facts on files (hub-api §2.5, §2.6). */
final class TreeRoutes {
    private static final int MAX_PATHS = 1000;
    private static final int MAX_BODY = 16 << 20;

    private final BucketAccess access;
    private final OffLoop offLoop;

    TreeRoutes(BucketAccess access, OffLoop offLoop) {
        this.access = access;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.get("/api/buckets/{ns}/{name}/tree", request -> offLoop.call(() -> tree(request, "")))
                .get(
                        "/api/buckets/{ns}/{name}/tree/{prefix...}",
                        request -> offLoop.call(() -> tree(request, request.path("prefix"))))
                .post(
                        "/api/buckets/{ns}/{name}/paths-info",
                        request ->
                                request.body(MAX_BODY).flatMap(body -> offLoop.call(() -> pathsInfo(request, body))));
    }

    private Answer tree(Request request, String prefix) {
        String id = access.readable(request).id();
        TreeQuery query = new TreeQuery(prefix, isRecursive(request), position(request), Pages.limit(request));
        TreePage page = access.store().tree(id, query);
        Answer answer =
                Answer.json(200, page.entries().stream().map(EntryJson::of).toList());
        TreePosition next = page.next();
        return next == null
                ? answer
                : answer.header("Link", Pages.nextLink(request, next.isDirectory() ? "d" : "f", next.path()));
    }

    private Answer pathsInfo(Request request, byte[] body) {
        String id = access.readable(request).id();
        List<Map<String, Object>> found = new ArrayList<>();
        for (String path : paths(Json.parse(body))) {
            access.store()
                    .file(id, path)
                    .map((BucketFile file) -> EntryJson.of(file))
                    .ifPresent(found::add);
        }
        return Answer.json(200, found);
    }

    private static Set<String> paths(JsonNode json) {
        JsonNode paths = json.get("paths");
        if (paths == null || !paths.isArray()) {
            throw RefusedException.badRequest("the body must be {\"paths\": [\"…\"]}");
        }
        if (paths.size() > MAX_PATHS) {
            throw RefusedException.badRequest("paths holds at most " + MAX_PATHS + " paths a call");
        }
        Set<String> all = new LinkedHashSet<>();
        for (JsonNode path : paths) {
            if (!path.isString()) {
                throw RefusedException.badRequest("paths holds strings only");
            }
            all.add(path.asString());
        }
        return all;
    }

    private static boolean isRecursive(Request request) {
        String recursive = request.query("recursive");
        return switch (recursive == null ? "" : recursive.toLowerCase(Locale.ROOT)) {
            case "", "false", "0" -> false;
            case "true", "1" -> true;
            default -> throw RefusedException.badRequest("recursive must be true or false");
        };
    }

    private static @Nullable TreePosition position(Request request) {
        List<String> cursor = Pages.cursor(request, 2);
        return cursor == null
                ? null
                : new TreePosition(cursor.getLast(), cursor.getFirst().equals("d"));
    }
}
