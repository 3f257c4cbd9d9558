package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.LineSplitter;
import io.hfmount.emulator.hub.wire.Links;
import io.hfmount.emulator.repo.RepoCommit;
import io.hfmount.emulator.repo.RepoContent;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.repo.RepoReference;
import io.hfmount.emulator.repo.StaleParentException;
import io.hfmount.emulator.storage.StoredFiles;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoKind;
import io.hfmount.model.Revision;
import io.hfmount.xet.hash.XetHashes;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Commits files on a branch, or as a new pull request (hub-api §5.5, step 4). */
final class CommitRoute {
    /** Longest line: a plain file in base64 with its path. */
    static final int MAX_LINE = 32 << 20;

    private final RepoAccess access;
    private final StoredFiles storage;
    private final OffLoop offLoop;

    CommitRoute(RepoAccess access, StoredFiles storage, OffLoop offLoop) {
        this.access = access;
        this.storage = storage;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        for (RepoKind kind : RepoKind.values()) {
            router.post("/api/" + kind.collection() + "/{ns}/{name}/commit/{rev}", request -> commit(request, kind));
        }
    }

    private Mono<Answer> commit(Request request, RepoKind kind) {
        return offLoop.call(() -> {
                    RepoFacts repo = access.writable(request, kind);
                    RepoCommit base = access.commit(repo, request.path("rev"));
                    CommitDraft draft =
                            new CommitDraft(base.tree(), access.store().blobs(), this::largeFile);
                    return new Target(repo, base, draft);
                })
                .flatMap(target -> read(request, target.draft()).then(offLoop.call(() -> apply(request, target))));
    }

    /**
     * A commit in the making.
     *
     * @param base what its revision named when it came
     */
    private record Target(RepoFacts repo, RepoCommit base, CommitDraft draft) {}

    private Mono<Void> read(Request request, CommitDraft draft) {
        LineSplitter splitter = new LineSplitter(MAX_LINE);
        return request.content()
                .map(CommitRoute::copied)
                .concatMapIterable(splitter::accept)
                .concatWith(Flux.defer(() -> Flux.fromIterable(splitter.finish())))
                .concatMap(
                        line -> offLoop.call(() -> {
                            draft.accept(line);
                            return line.number();
                        }),
                        0)
                .then();
    }

    private static byte[] copied(ByteBuf piece) {
        byte[] bytes = new byte[piece.readableBytes()];
        piece.getBytes(piece.readerIndex(), bytes);
        return bytes;
    }

    private Answer apply(Request request, Target target) throws IOException {
        CommitDraft draft = target.draft();
        String parent = draft.parent();
        String base = target.base().id();
        if (parent != null && !parent.equals(base)) {
            throw stale("A commit has happened since. Please refresh and try again.");
        }
        Map<String, Object> json = new LinkedHashMap<>();
        RepoKind kind = target.repo().id().kind();
        String page = Links.repo(request, kind, target.repo().id().name());
        try {
            String id;
            String wantsPull = request.query("create_pr");
            if ("1".equals(wantsPull) || "true".equalsIgnoreCase(wantsPull)) {
                RepoReference pull = access.store().propose(target.repo().id(), base, draft.title(), draft.changes());
                id = pull.commit();
                json.put(
                        "pullRequestUrl", page + "/discussions/" + pull.name().substring(RepoReference.PULLS.length()));
            } else {
                id = access.store()
                        .commit(target.repo().id(), reference(request), base, draft.title(), draft.changes());
            }
            json.put("success", true);
            json.put("commitOid", id);
            json.put("commitUrl", page + "/commit/" + id);
            json.put("hookOutput", "");
            return Answer.json(200, json);
        } catch (StaleParentException e) {
            throw stale(String.valueOf(e.getMessage()));
        }
    }

    private static RefusedException stale(String message) {
        return new RefusedException(412, null, message);
    }

    private String reference(Request request) {
        String revision = request.path("rev");
        if (Revision.isCommit(revision)) {
            throw RefusedException.badRequest("a commit goes on a branch, not on a commit");
        }
        return revision.startsWith("refs/") ? revision : RepoReference.BRANCHES + revision;
    }

    /** What the uploader says of the digest is believed only after the content was read. */
    private RepoContent.Stored largeFile(String path, ContentHash sha256, long claimed) {
        ContentHash hash = storage.withSha256(sha256)
                .orElseThrow(() -> RefusedException.badRequest("the content of \"" + path + "\" was not uploaded"));
        OptionalLong size = storage.sizeOf(hash);
        if (size.isEmpty() || (claimed >= 0 && claimed != size.getAsLong())) {
            throw RefusedException.badRequest("the content of \"" + path + "\" has another size");
        }
        if (!digest(hash, size.getAsLong()).equals(sha256)) {
            throw RefusedException.badRequest("the content of \"" + path + "\" has another sha256");
        }
        return new RepoContent.Stored(hash, sha256, size.getAsLong());
    }

    private ContentHash digest(ContentHash hash, long size) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        storage.stream(hash, new ByteRange(0, size))
                .doOnNext(piece -> {
                    digest.update(piece.nioBuffer());
                    piece.release();
                })
                .blockLast();
        return XetHashes.storedSha256(digest.digest());
    }
}
