package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RawTarget;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.Pages;
import io.hfmount.emulator.repo.RepoCommit;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.repo.RepoTree;
import io.hfmount.model.RepoKind;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Listings of a commit and facts on its paths (hub-api §5.2, §5.3). The cursor of a listing names the commit, so that
 * every page tells of the same state.
 */
final class RepoTreeRoutes {
    private static final int MAX_PAGE = 1000;
    private static final int MAX_EXPANDED_PAGE = 100;
    private static final int MAX_PATHS = 1000;
    private static final int MAX_BODY = 16 << 20;

    private final RepoAccess access;
    private final OffLoop offLoop;

    RepoTreeRoutes(RepoAccess access, OffLoop offLoop) {
        this.access = access;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        for (RepoKind kind : RepoKind.values()) {
            String repo = "/api/" + kind.collection() + "/{ns}/{name}";
            router.get(repo + "/tree/{rest...}", request -> offLoop.call(() -> tree(request, kind)))
                    .post(
                            repo + "/paths-info/{rev}",
                            request -> request.body(MAX_BODY)
                                    .flatMap(body -> offLoop.call(() -> pathsInfo(request, kind, body))));
        }
    }

    private Answer tree(Request request, RepoKind kind) {
        RepoFacts repo = access.visible(request, kind);
        RevisionPath at = RevisionPath.of(request.raw("rest"));
        List<String> cursor = Pages.cursor(request, 2);
        RepoCommit commit = access.commit(repo, cursor == null ? at.revision() : cursor.getFirst());
        if (!commit.tree().isDirectory(at.path())) {
            throw RefusedException.entryNotFound("Entry not found");
        }
        boolean expand = flag(request.query("expand"), "expand");
        List<RepoTree.Entry> entries = commit.tree().list(at.path(), flag(request.query("recursive"), "recursive"));
        int from = cursor == null ? 0 : position(cursor.getLast(), entries.size());
        int to = Math.min(entries.size(), from + Math.min(Pages.limit(request), expand ? MAX_EXPANDED_PAGE : MAX_PAGE));
        Answer answer = Answer.json(200, json(repo, commit, entries.subList(from, to), expand));
        return to == entries.size()
                ? answer
                : answer.header("Link", Pages.nextLink(request, commit.id(), Integer.toString(to)));
    }

    private static int position(String text, int size) {
        try {
            int position = Integer.parseInt(text);
            if (position >= 0 && position <= size) {
                return position;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw RefusedException.badRequest("the cursor is not one of this Hub");
    }

    private List<Map<String, Object>> json(
            RepoFacts repo, RepoCommit commit, List<RepoTree.Entry> entries, boolean expand) {
        Function<String, RepoCommit> commits = id -> access.commit(repo, id);
        return entries.stream()
                .map(entry -> RepoJson.entry(entry, commit.tree(), expand ? commits : null))
                .toList();
    }

    private Answer pathsInfo(Request request, RepoKind kind, byte[] body) {
        RepoFacts repo = access.visible(request, kind);
        RepoCommit commit = access.commit(repo, request.path("rev"));
        Asked asked = asked(request, body);
        if (asked.paths().size() > MAX_PATHS) {
            throw RefusedException.badRequest("paths holds at most " + MAX_PATHS + " paths a call");
        }
        List<RepoTree.Entry> found = new ArrayList<>();
        for (String path : asked.paths()) {
            commit.tree()
                    .file(path)
                    .<RepoTree.Entry>map(RepoTree.Entry.File::new)
                    .or(() -> path.isEmpty() || !commit.tree().isDirectory(path)
                            ? Optional.empty()
                            : Optional.of(new RepoTree.Entry.Directory(path)))
                    .ifPresent(found::add);
        }
        return Answer.json(200, json(repo, commit, found, asked.expand()));
    }

    private record Asked(Set<String> paths, boolean expand) {}

    /** The Python client sends a form, the JavaScript client JSON. */
    private static Asked asked(Request request, byte[] body) {
        String type = request.header(HttpHeaderNames.CONTENT_TYPE);
        if (type != null && type.startsWith("application/x-www-form-urlencoded")) {
            Map<String, List<String>> form = RawTarget.form(new String(body, StandardCharsets.UTF_8));
            List<String> expand = form.getOrDefault("expand", List.of());
            return new Asked(
                    new LinkedHashSet<>(form.getOrDefault("paths", List.of())),
                    !expand.isEmpty() && flag(expand.getFirst(), "expand"));
        }
        JsonNode json = Json.parse(body);
        JsonNode paths = json.path("paths");
        if (!paths.isArray()) {
            throw RefusedException.badRequest("the body must be {\"paths\": [\"…\"]}");
        }
        Set<String> all = new LinkedHashSet<>();
        for (JsonNode path : paths) {
            if (!path.isString()) {
                throw RefusedException.badRequest("paths holds strings only");
            }
            all.add(path.asString());
        }
        return new Asked(all, json.path("expand").asBoolean(false));
    }

    private static boolean flag(@Nullable String text, String name) {
        return switch (text == null ? "" : text.toLowerCase(Locale.ROOT)) {
            case "", "false", "0" -> false;
            case "true", "1" -> true;
            default -> throw RefusedException.badRequest(name + " must be true or false");
        };
    }
}
