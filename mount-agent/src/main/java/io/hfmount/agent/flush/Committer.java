package io.hfmount.agent.flush;

import io.hfmount.agent.flush.GuardedDeletes.Fate;
import io.hfmount.agent.flush.GuardedDeletes.Result;
import io.hfmount.agent.fs.CommitLane;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.fs.QueuedDelete;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.api.FlushedFile.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The second half of a run: one turn of the lane in which the Hub is told (mount-semantics §3.6, §3.7).
 *
 * <p>Adds go first. Old names of renamed files follow in a request of their own, only for files whose add was taken: a
 * batch is no transaction, and a delete beside a refused add would leave the Hub with neither (H-53, H-55). A file is
 * reported committed after its deletes, so that its old name stays a tombstone meanwhile (H-91). Thread-safe.
 */
final class Committer {
    private final Publication publication;
    private final CommitLane lane;
    private final BucketHub hub;
    private final Scheduler disk;
    private final Retries retries;
    private final GuardedDeletes deletes;
    private final FlushQueue queue;

    Committer(
            Publication publication,
            CommitLane lane,
            BucketHub hub,
            Scheduler disk,
            Retries retries,
            GuardedDeletes deletes,
            FlushQueue queue) {
        this.publication = publication;
        this.lane = lane;
        this.hub = hub;
        this.disk = disk;
        this.retries = retries;
        this.deletes = deletes;
        this.queue = queue;
    }

    /** Commits the uploaded files of a run and decides their outcomes. Never fails. */
    Mono<Void> commit(List<Attempt> run) {
        List<Attempt> open = run.stream().filter(Attempt::isOpen).toList();
        return open.isEmpty() ? Mono.empty() : lane.run(() -> new Turn().run(open));
    }

    /** One turn; its steps follow one another on the disk scheduler. */
    private final class Turn {
        private final List<Attempt> taken = new ArrayList<>();
        /** What makes further requests of this turn pointless, e.g. a refused token or a dead line. */
        private @Nullable Throwable halted;

        Mono<Void> run(List<Attempt> attempts) {
            List<Attempt> restoring =
                    attempts.stream().filter(a -> a.file().onlyRestores()).toList();
            return Flux.fromIterable(pieces(restoring))
                    .concatMap(this::checkRestoring)
                    .then(Mono.defer(() ->
                            commit(attempts.stream().filter(Attempt::isOpen).toList())));
        }

        /** What only puts content back must find what the failed rename left, and nothing of others. */
        private Mono<Void> checkRestoring(List<Attempt> piece) {
            return present(piece)
                    .doOnNext(present -> {
                        for (Attempt attempt : piece) {
                            if (!publication.stillToRestore(attempt.file(), present.get(attempt.path()))) {
                                attempt.again();
                            }
                        }
                    })
                    .then()
                    .onErrorResume(failure -> {
                        piece.forEach(attempt -> attempt.failed(failure));
                        return Mono.empty();
                    });
        }

        private Mono<Map<String, HubFile>> present(List<Attempt> piece) {
            List<String> paths = piece.stream().map(Attempt::path).toList();
            return retries.of("paths-info", ErrnoTable::isTransient, Mono.defer(() -> hub.pathsInfo(paths)))
                    .publishOn(disk);
        }

        private Mono<Void> commit(List<Attempt> attempts) {
            List<Attempt> toSend = new ArrayList<>();
            for (Attempt attempt : attempts) {
                if (publication.isNoOp(attempt.file(), attempt.hash())) {
                    applyNoOp(attempt);
                } else if (attempt.isRegistered()) {
                    toSend.add(attempt);
                } else {
                    // It was a no-op when the session ended, so its content was not registered, and is none now.
                    attempt.again();
                }
            }
            return Flux.fromIterable(pieces(toSend))
                    .concatMap(piece -> Mono.defer(() -> add(piece)))
                    .then(Mono.defer(this::removeOldNames));
        }

        private void applyNoOp(Attempt attempt) {
            if (!publication.beginCommit(attempt.file(), attempt.hash())) {
                attempt.again();
                return;
            }
            apply(attempt, Route.NOOP);
        }

        private Mono<Void> add(List<Attempt> piece) {
            List<Attempt> fenced = new ArrayList<>();
            for (Attempt attempt : piece) {
                if (halted != null) {
                    attempt.failed(halted);
                } else if (publication.beginCommit(attempt.file(), attempt.hash())) {
                    fenced.add(attempt);
                } else {
                    attempt.again();
                }
            }
            return fenced.isEmpty() ? Mono.empty() : send(fenced);
        }

        private Mono<Void> send(List<Attempt> fenced) {
            List<BatchOperation> operations = fenced.stream()
                    .<BatchOperation>map(a -> new BatchOperation.AddFile(
                            a.path(), a.hash(), a.file().mtime()))
                    .toList();
            return retries.of("add-batch", Turn::mayRepeat, Mono.defer(() -> lane.send(operations)))
                    .publishOn(disk)
                    .doOnNext(answer -> answered(fenced, answer))
                    .then()
                    .onErrorResume(failure ->
                            Mono.defer(() -> notAnswered(fenced, failure)).subscribeOn(disk));
        }

        private void answered(List<Attempt> fenced, BatchResult answer) {
            for (Attempt attempt : fenced) {
                String refusal = answer.failures().get(attempt.path());
                if (refusal == null) {
                    taken.add(attempt);
                } else {
                    publication.refused(attempt.file());
                    attempt.refused(refusal);
                }
            }
        }

        private Mono<Void> notAnswered(List<Attempt> fenced, Throwable failure) {
            if (!(failure instanceof HubException known) || known.outcomeUnknown()) {
                return ask(fenced, failure);
            }
            if (mayBeOneOperations(known) && fenced.size() > 1) {
                // One bad operation must not stop the others (H-08b).
                int half = fenced.size() / 2;
                return send(fenced.subList(0, half)).then(Mono.defer(() -> send(fenced.subList(half, fenced.size()))));
            }
            if (!mayBeOneOperations(known)) {
                halted = failure;
            }
            for (Attempt attempt : fenced) {
                publication.refused(attempt.file());
                attempt.failed(failure);
            }
            return Mono.empty();
        }

        /** The Hub may or may not have applied the batch: what it has now decides (H-64). */
        private Mono<Void> ask(List<Attempt> fenced, Throwable failure) {
            return present(fenced)
                    .doOnNext(present -> fenced.forEach(a -> resolve(a, present.get(a.path()), failure)))
                    .then()
                    .onErrorResume(_ -> {
                        // Nobody can tell: the state stays UNKNOWN, and the next publication of the file settles it.
                        halted = failure;
                        fenced.forEach(attempt -> attempt.failed(failure));
                        return Mono.empty();
                    });
        }

        private void resolve(Attempt attempt, @Nullable HubFile actual, Throwable failure) {
            List<QueuedDelete> oldNames = attempt.file().pendingDeletes().stream()
                    .filter(publication::beginDelete)
                    .toList();
            queue.phase(attempt.ino(), FlushQueue.Phase.APPLYING);
            if (publication.resolved(attempt.file(), attempt.hash(), actual)) {
                oldNames.forEach(publication::requeue);
                attempt.published(attempt.route(), isClean(attempt.ino()));
            } else {
                attempt.failed(failure);
            }
        }

        /** resolved tells whether the Hub has it, not whether the file became clean. */
        private boolean isClean(long ino) {
            return publication.dirtyGeneration(ino) == 0;
        }

        private Mono<Void> removeOldNames() {
            Set<String> added = new HashSet<>();
            List<QueuedDelete> oldNames = new ArrayList<>();
            taken.forEach(attempt -> added.add(attempt.path()));
            for (Attempt attempt : taken) {
                for (QueuedDelete delete : attempt.file().pendingDeletes()) {
                    if (!added.contains(delete.path())) {
                        oldNames.add(delete);
                    }
                }
            }
            if (taken.isEmpty()) {
                return Mono.empty();
            }
            Mono<List<Result>> removed = oldNames.isEmpty() ? Mono.just(List.of()) : deletes.remove(oldNames);
            return removed.publishOn(disk).doOnNext(this::apply).then();
        }

        private void apply(List<Result> removed) {
            Map<QueuedDelete, Fate> fates = new HashMap<>();
            removed.forEach(result -> fates.put(result.delete(), result.fate()));
            for (Attempt attempt : taken) {
                List<QueuedDelete> oldNames = attempt.file().pendingDeletes();
                apply(attempt, attempt.route());
                for (QueuedDelete delete : oldNames) {
                    switch (fates.get(delete)) {
                        case DONE, NOT_OURS -> publication.deleteDone(delete);
                        case FAILED -> publication.requeue(delete);
                        case CANCELLED -> {}
                        case null -> {} // the path was added in this very turn: the delete has no object any more
                    }
                }
            }
        }

        /** The Hub has it: tells the file system. */
        private void apply(Attempt attempt, Route route) {
            queue.phase(attempt.ino(), FlushQueue.Phase.APPLYING);
            attempt.published(route, publication.committed(attempt.file(), attempt.hash()));
        }

        private static boolean mayRepeat(Throwable failure) {
            return failure instanceof HubException hub && hub.isTransient() && !hub.outcomeUnknown();
        }

        /** Statuses by which the Hub may mean one operation of the request. */
        private static boolean mayBeOneOperations(HubException failure) {
            return switch (failure.status()) {
                case 400, 409, 413, 422 -> true;
                default -> false;
            };
        }
    }

    /** Requests of at most 1000 adds that name no path twice. */
    private static List<List<Attempt>> pieces(List<Attempt> attempts) {
        List<List<Attempt>> pieces = new ArrayList<>();
        List<Attempt> piece = new ArrayList<>();
        Set<String> paths = new HashSet<>();
        for (Attempt attempt : attempts) {
            if (piece.size() == BucketHub.MAX_BATCH || paths.contains(attempt.path())) {
                pieces.add(piece);
                piece = new ArrayList<>();
                paths.clear();
            }
            piece.add(attempt);
            paths.add(attempt.path());
        }
        if (!piece.isEmpty()) {
            pieces.add(piece);
        }
        return pieces;
    }
}
