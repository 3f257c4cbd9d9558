package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.JsonBody;
import io.hfmount.emulator.hub.wire.Links;
import io.hfmount.emulator.repo.Gating;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.repo.RepoId;
import io.hfmount.emulator.repo.RepoTakenException;
import io.hfmount.model.RepoKind;
import io.hfmount.model.Revision;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Create, tell, delete and set repos (hub-api §5.1, §5.6). */
final class RepoRoutes {
    private final RepoAccess access;
    private final OffLoop offLoop;

    RepoRoutes(RepoAccess access, OffLoop offLoop) {
        this.access = access;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.post("/api/repos/create", request -> withJson(request, json -> create(request, json)))
                .route(
                        HttpMethod.DELETE,
                        "/api/repos/delete",
                        request -> withJson(request, json -> delete(request, json)));
        for (RepoKind kind : RepoKind.values()) {
            String repo = "/api/" + kind.collection() + "/{ns}/{name}";
            router.get(repo, request -> offLoop.call(() -> info(request, kind, Revision.MAIN)))
                    .get(
                            repo + "/revision/{rev}",
                            request -> offLoop.call(() -> info(request, kind, request.path("rev"))))
                    .put(repo + "/settings", request -> withJson(request, json -> set(request, kind, json)));
        }
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
        RepoId id = named(request, json);
        RepoAccess.requireOwner(access.users().requireCaller(request), id.owner());
        Boolean isPrivate = JsonBody.isPrivate(json);
        try {
            access.store().create(id, isPrivate != null && isPrivate, Gating.NONE);
            return Answer.json(200, address(request, id));
        } catch (RepoTakenException e) {
            Map<String, Object> answer = new LinkedHashMap<>(address(request, id));
            String message = "You already created this " + id.kind().wireName() + " repo: " + id.name();
            answer.put("error", message);
            return Answer.json(409, answer).header("X-Error-Message", message);
        }
    }

    private Answer delete(Request request, JsonNode json) throws IOException {
        RepoId id = named(request, json);
        access.writable(request, access.visible(request, id.kind(), id.name()));
        if (!access.store().delete(id)) {
            throw RepoAccess.gone();
        }
        return Answer.empty(204);
    }

    /** The repo of the naming fields: {@code name} with or without its owner, {@code organization}, {@code type}. */
    private RepoId named(Request request, JsonNode json) {
        String name = JsonBody.required(json, "name");
        String organization = JsonBody.text(json, "organization");
        String owner = organization == null ? access.users().requireCaller(request) : organization;
        try {
            return new RepoId(kind(JsonBody.text(json, "type")), name.indexOf('/') < 0 ? owner + "/" + name : name);
        } catch (IllegalArgumentException e) {
            throw RefusedException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static RepoKind kind(@Nullable String type) {
        for (RepoKind kind : RepoKind.values()) {
            if (kind.wireName().equals(type == null ? "model" : type)) {
                return kind;
            }
        }
        throw new RefusedException(501, null, "type must be model, dataset or space");
    }

    private static Map<String, Object> address(Request request, RepoId id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("url", Links.repo(request, id.kind(), id.name()));
        json.put("id", id.name());
        json.put("name", id.name());
        return json;
    }

    private Answer info(Request request, RepoKind kind, String revision) {
        RepoFacts repo = access.visible(request, kind);
        String blobs = request.query("blobs");
        return Answer.json(200, RepoJson.info(repo, access.commit(repo, revision), "true".equalsIgnoreCase(blobs)));
    }

    private Answer set(Request request, RepoKind kind, JsonNode json) throws IOException {
        RepoFacts repo = access.writable(request, kind);
        Boolean isPrivate = JsonBody.isPrivate(json);
        Gating gating = gating(json.get("gated"), repo.gating());
        if (!access.store().set(repo.id(), isPrivate == null ? repo.isPrivate() : isPrivate, gating)) {
            throw RepoAccess.gone();
        }
        return info(request, kind, Revision.MAIN);
    }

    private static Gating gating(@Nullable JsonNode wish, Gating now) {
        if (wish == null || wish.isNull()) {
            return now;
        }
        if (wish.isBoolean() && !wish.booleanValue()) {
            return Gating.NONE;
        }
        return switch (wish.asString("")) {
            case "auto" -> Gating.AUTO;
            case "manual" -> Gating.MANUAL;
            default -> throw RefusedException.badRequest("gated must be auto, manual or false");
        };
    }
}
