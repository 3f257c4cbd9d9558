package io.hfmount.emulator.hub;

import io.hfmount.emulator.bucket.BucketFacts;
import io.hfmount.emulator.bucket.NameTakenException;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.JsonBody;
import io.hfmount.emulator.hub.wire.Pages;
import io.hfmount.emulator.hub.wire.Times;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Create, tell, list, delete, set and move buckets (hub-api §2.1 to §2.4). */
final class BucketRoutes {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");
    private static final String DEFAULT_REGION = "us";

    private final BucketAccess access;
    private final OffLoop offLoop;

    BucketRoutes(BucketAccess access, OffLoop offLoop) {
        this.access = access;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.get("/api/buckets/{ns}", request -> offLoop.call(() -> list(request)))
                .post("/api/buckets/{ns}/{name}", request -> withJson(request, json -> create(request, json)))
                .get("/api/buckets/{ns}/{name}", request -> offLoop.call(() -> info(request)))
                .delete("/api/buckets/{ns}/{name}", request -> offLoop.call(() -> delete(request)))
                .put("/api/buckets/{ns}/{name}/settings", request -> withJson(request, json -> set(request, json)))
                .post("/api/repos/move", request -> withJson(request, json -> move(request, json)));
    }

    /** What a route does with its JSON body. */
    @FunctionalInterface
    private interface JsonHandler {
        Answer handle(JsonNode json) throws IOException;
    }

    private Mono<Answer> withJson(Request request, JsonHandler handler) {
        return request.body(JsonBody.MAX_BYTES)
                .flatMap(body -> offLoop.call(() -> {
                    access.users().requireCaller(request);
                    return handler.handle(JsonBody.object(body));
                }));
    }

    private Answer create(Request request, JsonNode json) throws IOException {
        String caller = access.users().requireCaller(request);
        String owner = access.namespace(request, caller);
        String id = owner + "/" + checkedName(request.path("name"));
        BucketAccess.requireOwner(caller, owner);
        Boolean isPrivate = JsonBody.isPrivate(json);
        String region = JsonBody.text(json, "region");
        try {
            access.store().create(id, isPrivate != null && isPrivate, region == null ? DEFAULT_REGION : region);
            return Answer.json(200, named(request, id));
        } catch (NameTakenException e) {
            return taken(request, e);
        }
    }

    private Answer info(Request request) {
        return Answer.json(200, json(access.readable(request)));
    }

    private Answer list(Request request) {
        String caller = access.users().caller(request);
        String owner = access.namespace(request, caller);
        String search = request.query("search");
        List<String> cursor = Pages.cursor(request, 1);
        int limit = Pages.limit(request);
        List<BucketFacts> found = access.store().all().stream()
                .filter(bucket -> bucket.owner().equals(owner) && BucketAccess.isVisible(bucket, caller))
                .filter(bucket -> search == null
                        || bucket.id().substring(owner.length() + 1).contains(search))
                .filter(bucket -> cursor == null || bucket.id().compareTo(cursor.getFirst()) > 0)
                .limit(limit + 1L)
                .toList();
        List<BucketFacts> page = found.subList(0, Math.min(limit, found.size()));
        Answer answer = Answer.json(200, page.stream().map(BucketRoutes::json).toList());
        return found.size() > limit
                ? answer.header("Link", Pages.nextLink(request, page.getLast().id()))
                : answer;
    }

    private Answer delete(Request request) throws IOException {
        String id = access.writable(request).id();
        if (!access.store().delete(id)) {
            throw gone();
        }
        return Answer.empty(204);
    }

    private Answer set(Request request, JsonNode json) throws IOException {
        String id = access.writable(request).id();
        Boolean isPrivate = JsonBody.isPrivate(json);
        if (isPrivate != null && !access.store().setPrivate(id, isPrivate)) {
            throw gone();
        }
        return info(request);
    }

    private Answer move(Request request, JsonNode json) throws IOException {
        String caller = access.users().requireCaller(request);
        String type = JsonBody.text(json, "type");
        if (!"bucket".equals(type)) {
            throw new RefusedException(501, null, "this Hub moves buckets only");
        }
        String from = JsonBody.text(json, "fromRepo");
        String to = JsonBody.text(json, "toRepo");
        if (from == null || to == null || to.indexOf('/') < 0) {
            throw RefusedException.badRequest("fromRepo and toRepo must look like OWNER/NAME");
        }
        BucketFacts bucket = access.store()
                .facts(from)
                .filter(facts -> BucketAccess.isVisible(facts, caller))
                .orElseThrow(() -> BucketAccess.absent(caller));
        BucketAccess.requireOwner(caller, bucket.owner());
        BucketAccess.requireOwner(caller, to.substring(0, to.indexOf('/')));
        checkedName(to.substring(to.indexOf('/') + 1));
        try {
            if (!access.store().move(from, to)) {
                throw gone();
            }
            return Answer.json(200, named(request, to));
        } catch (NameTakenException e) {
            return taken(request, e);
        }
    }

    private static Answer taken(Request request, NameTakenException taken) {
        Map<String, Object> json = new LinkedHashMap<>(named(request, taken.id()));
        String message = String.valueOf(taken.getMessage());
        json.put("error", message);
        return Answer.json(409, json).header("X-Error-Message", message);
    }

    private static Map<String, Object> named(Request request, String id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("url", request.origin() + "/buckets/" + id);
        json.put("id", id);
        json.put("name", id);
        return json;
    }

    private static Map<String, Object> json(BucketFacts bucket) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", bucket.id());
        json.put("author", bucket.owner());
        json.put("type", "bucket");
        json.put("private", bucket.isPrivate());
        json.put("visibility", bucket.isPrivate() ? "private" : "public");
        json.put("createdAt", Times.json(bucket.createdAt()));
        json.put("updatedAt", Times.json(bucket.updatedAt()));
        json.put("size", bucket.size());
        json.put("totalFiles", bucket.totalFiles());
        json.put("region", bucket.region());
        return json;
    }

    private static String checkedName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw RefusedException.badRequest(
                    "a bucket name has letters, digits and -_., starts with a letter or digit, and at most 96"
                            + " characters");
        }
        return name;
    }

    /** The bucket went away between the check and the change. */
    private static RefusedException gone() {
        return new RefusedException(404, "RepoNotFound", "Repository not found");
    }
}
