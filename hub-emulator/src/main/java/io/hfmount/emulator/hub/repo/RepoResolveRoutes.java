package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.FileAnswers;
import io.hfmount.emulator.hub.wire.Links;
import io.hfmount.emulator.hub.wire.ServedFile;
import io.hfmount.emulator.repo.RepoCommit;
import io.hfmount.emulator.repo.RepoContent;
import io.hfmount.emulator.repo.RepoFacts;
import io.hfmount.emulator.repo.RepoFile;
import io.hfmount.emulator.storage.StoredFiles;
import io.hfmount.model.ByteRange;
import io.hfmount.model.RemotePath;
import io.hfmount.model.RepoKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** Files of repos by address; {@code raw} gives what git keeps, so the pointer of content in storage (hub-api §4). */
final class RepoResolveRoutes {
    private static final String COMMIT = "X-Repo-Commit";

    private final RepoAccess access;
    private final StoredFiles storage;
    private final Links links;
    private final FileAnswers answers;
    private final OffLoop offLoop;
    private final Scheduler disk;

    RepoResolveRoutes(RepoAccess access, StoredFiles storage, Links links, OffLoop offLoop) {
        this.access = access;
        this.storage = storage;
        this.links = links;
        this.answers = new FileAnswers(links);
        this.offLoop = offLoop;
        this.disk = offLoop.scheduler();
    }

    void register(Router router) {
        for (RepoKind kind : RepoKind.values()) {
            for (boolean raw : new boolean[] {false, true}) {
                String pattern = "/" + kind.urlPrefix() + "{ns}/{name}/" + (raw ? "raw" : "resolve") + "/{rest...}";
                router.head(pattern, request -> offLoop.call(() -> resolve(request, kind, raw)))
                        .get(pattern, request -> offLoop.call(() -> resolve(request, kind, raw)));
            }
        }
    }

    private Answer resolve(Request request, RepoKind kind, boolean raw) {
        RepoFacts repo = access.readable(request, kind);
        RevisionPath at = RevisionPath.of(request.raw("rest"));
        RepoCommit commit = access.commit(repo, at.revision());
        Optional<RepoFile> file = commit.tree().file(at.path());
        Answer answer = file.isPresent()
                ? answers.answer(request, served(request, repo, commit, file.get(), raw))
                : Answer.refusal(404, "EntryNotFound", "Entry not found");
        return answer.header(COMMIT, commit.id());
    }

    private ServedFile served(Request request, RepoFacts repo, RepoCommit commit, RepoFile file, boolean raw) {
        long changed = access.commit(repo, file.changedIn()).at();
        String name = RemotePath.name(file.path());
        return switch (file.content()) {
            case RepoContent.Plain plain ->
                new ServedFile(name, plain.size(), plain.oid(), null, changed, null, plain(plain));
            case RepoContent.Stored stored -> {
                if (raw) {
                    byte[] pointer = stored.pointer();
                    yield new ServedFile(
                            name, pointer.length, stored.oid(), "text/plain", changed, null, bytes(pointer));
                }
                String tokenUrl =
                        links.readToken(request, repo.id().kind(), repo.id().name(), commit.id());
                yield new ServedFile(
                        name,
                        stored.size(),
                        stored.etag(),
                        null,
                        changed,
                        new ServedFile.Stored(stored.hash(), tokenUrl),
                        range -> storage.stream(stored.hash(), range));
            }
        };
    }

    private Function<ByteRange, Flux<ByteBuf>> plain(RepoContent.Plain plain) {
        return range -> access.store().blobs().stream(plain, range, disk);
    }

    private static Function<ByteRange, Flux<ByteBuf>> bytes(byte[] content) {
        return range ->
                Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(content, (int) range.start(), (int) range.length())));
    }
}
