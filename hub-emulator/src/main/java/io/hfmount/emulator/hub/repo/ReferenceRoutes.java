package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.JsonBody;
import io.hfmount.emulator.repo.RepoCommit;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.repo.RepoReference;
import io.hfmount.emulator.repo.RepoTakenException;
import io.hfmount.model.RepoKind;
import io.hfmount.model.Revision;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** The references of a repo, and making and removing branches and tags (hub-api §5.4). */
final class ReferenceRoutes {
    private final RepoAccess access;
    private final OffLoop offLoop;

    ReferenceRoutes(RepoAccess access, OffLoop offLoop) {
        this.access = access;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        for (RepoKind kind : RepoKind.values()) {
            String repo = "/api/" + kind.collection() + "/{ns}/{name}";
            router.get(repo + "/refs", request -> offLoop.call(() -> list(request, kind)))
                    .post(repo + "/branch/{rev}", request -> withJson(request, json -> branch(request, kind, json)))
                    .delete(
                            repo + "/branch/{rev}",
                            request -> offLoop.call(() -> remove(request, kind, RepoReference.BRANCHES)))
                    .post(repo + "/tag/{rev}", request -> withJson(request, json -> tag(request, kind, json)))
                    .delete(
                            repo + "/tag/{rev}",
                            request -> offLoop.call(() -> remove(request, kind, RepoReference.TAGS)));
        }
    }

    /** What a route does with its JSON body. */
    @FunctionalInterface
    private interface JsonHandler {
        Answer handle(JsonNode json) throws IOException;
    }

    private Mono<Answer> withJson(Request request, JsonHandler handler) {
        return request.body(JsonBody.MAX_BYTES)
                .flatMap(body -> offLoop.call(() -> handler.handle(JsonBody.object(body))));
    }

    private Answer list(Request request, RepoKind kind) {
        List<RepoReference> all =
                access.store().references(access.visible(request, kind).id());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("branches", below(all, RepoReference.BRANCHES));
        json.put("converts", below(all, RepoReference.CONVERTS));
        json.put("tags", below(all, RepoReference.TAGS));
        String pulls = request.query("include_prs");
        if (pulls != null && !pulls.equals("0") && !pulls.equalsIgnoreCase("false")) {
            json.put("pullRequests", below(all, RepoReference.PULLS));
        }
        return Answer.json(200, json);
    }

    private static List<Map<String, String>> below(List<RepoReference> all, String prefix) {
        return all.stream()
                .filter(reference -> reference.name().startsWith(prefix))
                .map(reference -> {
                    Map<String, String> json = new LinkedHashMap<>();
                    json.put("name", reference.name().substring(prefix.length()));
                    json.put("ref", reference.name());
                    json.put("targetCommit", reference.commit());
                    return json;
                })
                .toList();
    }

    private Answer branch(Request request, RepoKind kind, JsonNode json) throws IOException {
        RepoFacts repo = access.writable(request, kind);
        String name = request.path("rev");
        String from = JsonBody.text(json, "startingPoint");
        RepoCommit start = access.commit(repo, from == null ? Revision.MAIN : from);
        boolean special = name.startsWith(RepoReference.CONVERTS);
        return point(repo, special ? name : RepoReference.BRANCHES + name, name, start);
    }

    private Answer tag(Request request, RepoKind kind, JsonNode json) throws IOException {
        RepoFacts repo = access.writable(request, kind);
        String name = JsonBody.required(json, "tag");
        return point(repo, RepoReference.TAGS + name, name, access.commit(repo, request.path("rev")));
    }

    private Answer point(RepoFacts repo, String reference, String name, RepoCommit target) throws IOException {
        if (!Revision.isValid(name) || Revision.isCommit(name)) {
            throw RefusedException.badRequest("Invalid reference name");
        }
        try {
            if (!access.store().point(repo.id(), reference, target.id())) {
                throw RepoAccess.gone();
            }
        } catch (RepoTakenException e) {
            throw new RefusedException(409, null, "Reference already exists");
        }
        return Answer.empty(201);
    }

    private Answer remove(Request request, RepoKind kind, String prefix) throws IOException {
        RepoFacts repo = access.writable(request, kind);
        String name = request.path("rev");
        if (prefix.equals(RepoReference.BRANCHES) && name.equals(Revision.MAIN)) {
            throw new RefusedException(403, null, "the branch main cannot be deleted");
        }
        if (!access.store().removeReference(repo.id(), prefix + name)) {
            throw new RefusedException(404, "RevisionNotFound", "Invalid rev id: " + name);
        }
        return Answer.empty(204);
    }
}
