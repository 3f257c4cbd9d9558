package io.hfmount.emulator.hub;

import io.hfmount.emulator.bucket.BucketFacts;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.StoredFiles;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** Changes files of a bucket (hub-api §2.7). Safe to repeat. */
final class BatchRoute {
    private final BucketAccess access;
    private final StoredFiles storage;
    private final OffLoop offLoop;

    BatchRoute(BucketAccess access, StoredFiles storage, OffLoop offLoop) {
        this.access = access;
        this.storage = storage;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.post("/api/buckets/{ns}/{name}/batch", this::batch);
    }

    private Mono<Answer> batch(Request request) {
        return offLoop.call(() -> access.writable(request))
                .flatMap(bucket -> BatchLines.read(request.content())
                        .flatMap(operations -> offLoop.call(() -> apply(bucket, operations))));
    }

    private Answer apply(BucketFacts bucket, List<BatchOperation> operations) throws IOException {
        BatchCheck check = new BatchCheck(storage, source -> isReadable(source, bucket.owner()));
        check.check(operations);
        if (!access.store().apply(bucket.id(), check.changes())) {
            throw new RefusedException(404, "RepoNotFound", "Repository not found");
        }
        BatchOutcome outcome = new BatchOutcome(operations.size(), check.failures());
        boolean allFailed = outcome.processed() > 0 && outcome.succeeded() == 0;
        return Answer.json(allFailed ? 422 : 200, json(outcome));
    }

    /** Only buckets exist here; the writer of a bucket is its owner. */
    private boolean isReadable(BatchOperation.Source source, String caller) {
        return source.type().equals("bucket")
                && access.store()
                        .facts(source.id())
                        .filter(bucket -> BucketAccess.isVisible(bucket, caller))
                        .isPresent();
    }

    private static Map<String, Object> json(BatchOutcome outcome) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("success", outcome.failed().isEmpty());
        json.put("processed", outcome.processed());
        json.put("succeeded", outcome.succeeded());
        json.put(
                "failed",
                outcome.failed().stream()
                        .map(failure -> Map.of("path", failure.path(), "error", failure.error()))
                        .toList());
        return json;
    }
}
