package io.hfmount.agent.flush;

import io.hfmount.agent.fs.CommitLane;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.fs.QueuedDelete;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Deletes on the Hub only what we know to be ours: every path is looked up first, and sent only if the hash there is one
 * that the delete expects (mount-semantics §3.6, H-61). To be used inside a turn of the lane. Thread-safe.
 */
final class GuardedDeletes {
    /** What became of one delete. */
    enum Fate {
        /** Nothing of ours is at the path any more. */
        DONE,
        /** Other content is there: it stays. */
        NOT_OURS,
        /** The path was created anew meanwhile. */
        CANCELLED,
        /** Not deleted; it may be tried again. */
        FAILED
    }

    /**
     * A delete and what became of it.
     *
     * @param failure why it failed, null unless it did
     */
    record Result(QueuedDelete delete, Fate fate, @Nullable Throwable failure) {}

    private static final Logger LOG = LoggerFactory.getLogger(GuardedDeletes.class);

    private final Publication publication;
    private final BucketHub hub;
    private final CommitLane lane;
    private final Scheduler disk;
    private final Retries retries;

    GuardedDeletes(Publication publication, BucketHub hub, CommitLane lane, Scheduler disk, Retries retries) {
        this.publication = publication;
        this.hub = hub;
        this.lane = lane;
        this.disk = disk;
        this.retries = retries;
    }

    /** Carries out {@code deletes}, in requests of at most 1000. Gives one result for each; never fails. */
    Mono<List<Result>> remove(List<QueuedDelete> deletes) {
        int pieces = (deletes.size() + BucketHub.MAX_BATCH - 1) / BucketHub.MAX_BATCH;
        return Flux.fromStream(IntStream.range(0, pieces).boxed())
                .map(i -> deletes.subList(
                        i * BucketHub.MAX_BATCH, Math.min(deletes.size(), (i + 1) * BucketHub.MAX_BATCH)))
                .concatMap(this::removePiece)
                .collectList()
                .map(lists -> lists.stream().flatMap(List::stream).toList());
    }

    private Mono<List<Result>> removePiece(List<QueuedDelete> deletes) {
        return retries.of("guarded-delete", GuardedDeletes::mayRepeat, Mono.defer(() -> lookUpAndSend(deletes)))
                .onErrorResume(failure -> Mono.just(all(deletes, failure)));
    }

    /** A repeat looks again: the path may be somebody else's by now. */
    private Mono<List<Result>> lookUpAndSend(List<QueuedDelete> deletes) {
        return present(deletes).flatMap(present -> {
            List<Result> results = new ArrayList<>();
            List<QueuedDelete> send = new ArrayList<>();
            for (QueuedDelete delete : deletes) {
                if (!publication.beginDelete(delete)) {
                    results.add(new Result(delete, Fate.CANCELLED, null));
                    continue;
                }
                Fate fate = judge(delete, present.get(delete.path()));
                if (fate == Fate.FAILED) {
                    send.add(delete);
                } else {
                    results.add(new Result(delete, fate, null));
                }
            }
            if (send.isEmpty()) {
                return Mono.just(results);
            }
            return send(send).doOnNext(sent -> sent.addAll(results));
        });
    }

    private Mono<List<Result>> send(List<QueuedDelete> deletes) {
        Set<String> paths =
                deletes.stream().map(QueuedDelete::path).collect(Collectors.toCollection(LinkedHashSet::new));
        List<BatchOperation> operations = paths.stream()
                .<BatchOperation>map(BatchOperation.DeleteFile::new)
                .toList();
        return lane.send(operations)
                .publishOn(disk)
                .map(answer -> answered(deletes, answer))
                .onErrorResume(failure -> mayHaveHappened(failure) ? ask(deletes, failure) : Mono.error(failure));
    }

    private static List<Result> answered(List<QueuedDelete> deletes, BatchResult answer) {
        List<Result> results = new ArrayList<>();
        for (QueuedDelete delete : deletes) {
            String refusal = answer.failures().get(delete.path());
            results.add(
                    refusal == null
                            ? new Result(delete, Fate.DONE, null)
                            : new Result(
                                    delete,
                                    Fate.FAILED,
                                    new HubException(
                                            200,
                                            false,
                                            "the Hub refused to delete " + delete.path() + ": " + refusal)));
        }
        return results;
    }

    /** The outcome is unknown: what is there now decides (H-64). */
    private Mono<List<Result>> ask(List<QueuedDelete> deletes, Throwable failure) {
        return present(deletes)
                .map(present -> {
                    List<Result> results = new ArrayList<>();
                    for (QueuedDelete delete : deletes) {
                        Fate fate = judge(delete, present.get(delete.path()));
                        results.add(new Result(delete, fate, fate == Fate.FAILED ? failure : null));
                    }
                    return results;
                })
                .onErrorResume(_ -> Mono.just(all(deletes, failure)));
    }

    private Mono<Map<String, HubFile>> present(List<QueuedDelete> deletes) {
        List<String> paths = deletes.stream().map(QueuedDelete::path).distinct().toList();
        return retries.of("paths-info", ErrnoTable::isTransient, Mono.defer(() -> hub.pathsInfo(paths)))
                .publishOn(disk);
    }

    /** {@link Fate#FAILED} means: ours, and still there. */
    private static Fate judge(QueuedDelete delete, @Nullable HubFile present) {
        if (present == null) {
            return Fate.DONE;
        }
        if (present.hash() != null && delete.expected().contains(present.hash())) {
            return Fate.FAILED;
        }
        LOG.atWarn()
                .addKeyValue("path", PublicationLog.quoted(delete.path()))
                .addKeyValue("found", present.hash())
                .log("not deleted on the Hub: other content is at the path now");
        return Fate.NOT_OURS;
    }

    private static List<Result> all(List<QueuedDelete> deletes, Throwable failure) {
        List<Result> results = new ArrayList<>();
        deletes.forEach(delete -> results.add(new Result(delete, Fate.FAILED, failure)));
        return results;
    }

    private static boolean mayRepeat(Throwable failure) {
        return failure instanceof HubException hub && hub.isTransient() && !hub.outcomeUnknown();
    }

    private static boolean mayHaveHappened(Throwable failure) {
        return !(failure instanceof HubException hub) || hub.outcomeUnknown();
    }
}
