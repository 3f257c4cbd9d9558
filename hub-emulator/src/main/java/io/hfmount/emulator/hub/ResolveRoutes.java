package io.hfmount.emulator.hub;

import io.hfmount.emulator.bucket.BucketFacts;
import io.hfmount.emulator.bucket.BucketFile;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.FileAnswers;
import io.hfmount.emulator.hub.wire.Links;
import io.hfmount.emulator.hub.wire.ServedFile;
import io.hfmount.emulator.storage.StoredFiles;
import io.hfmount.model.RemotePath;

/** Files of buckets by address (hub-api §4). */
final class ResolveRoutes {
    private static final String PATTERN = "/buckets/{ns}/{name}/resolve/{path...}";

    private final BucketAccess access;
    private final StoredFiles storage;
    private final Links links;
    private final FileAnswers answers;
    private final OffLoop offLoop;

    ResolveRoutes(BucketAccess access, StoredFiles storage, Links links, OffLoop offLoop) {
        this.access = access;
        this.storage = storage;
        this.links = links;
        this.answers = new FileAnswers(links);
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.head(PATTERN, request -> offLoop.call(() -> resolve(request)))
                .get(PATTERN, request -> offLoop.call(() -> resolve(request)));
    }

    private Answer resolve(Request request) {
        BucketFacts bucket = access.readable(request);
        BucketFile file = access.store()
                .file(bucket.id(), request.path("path"))
                .orElseThrow(() -> RefusedException.entryNotFound("Entry not found"));
        Long mtime = file.mtime();
        return answers.answer(
                request,
                new ServedFile(
                        RemotePath.name(file.path()),
                        file.size(),
                        file.hash().text(),
                        file.contentType(),
                        mtime == null ? file.uploadedAt() : mtime,
                        new ServedFile.Stored(file.hash(), links.readToken(request, bucket.id())),
                        range -> storage.stream(file.hash(), range)));
    }
}
