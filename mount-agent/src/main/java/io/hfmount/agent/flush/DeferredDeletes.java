package io.hfmount.agent.flush;

import io.hfmount.agent.flush.GuardedDeletes.Fate;
import io.hfmount.agent.flush.GuardedDeletes.Result;
import io.hfmount.agent.fs.CommitLane;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.fs.QueuedDelete;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.hub.BucketHub;
import io.hfmount.model.api.FlushedFile;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Sends queued deletes that may go, in turns of the lane of at most 1000 each, so that others get their turn in between
 * (mount-semantics §3.10). Which may go is asked inside the turn, when all earlier adds are decided (H-56).
 * Thread-safe.
 */
final class DeferredDeletes {
    /**
     * What a drain did.
     *
     * @param done deletes that are no longer queued
     * @param failure the first failure, null when none
     */
    record Drained(int done, @Nullable Throwable failure) {}

    private record Round(int asked, int done, @Nullable Throwable failure) {}

    private final Publication publication;
    private final CommitLane lane;
    private final GuardedDeletes guarded;
    private final FlushObserver observer;

    DeferredDeletes(Publication publication, CommitLane lane, GuardedDeletes guarded, FlushObserver observer) {
        this.publication = publication;
        this.lane = lane;
        this.guarded = guarded;
        this.observer = observer;
    }

    /**
     * Sends all that are ready and chosen; each is tried once. Never fails.
     *
     * @param chosen which ones
     * @param line told of each that is done or failed
     */
    Mono<Drained> drain(Predicate<QueuedDelete> chosen, Consumer<FlushedFile> line) {
        return Mono.defer(() -> next(chosen, line, new HashSet<>(), new Drained(0, null)));
    }

    private Mono<Drained> next(
            Predicate<QueuedDelete> chosen, Consumer<FlushedFile> line, Set<QueuedDelete> tried, Drained sofar) {
        return lane.run(() -> round(chosen, line, tried))
                .onErrorResume(failure -> Mono.just(new Round(0, 0, failure)))
                .flatMap(round -> {
                    Drained now = new Drained(
                            sofar.done() + round.done(), sofar.failure() == null ? round.failure() : sofar.failure());
                    boolean hopeless = round.done() == 0 && round.failure() != null;
                    return round.asked() < BucketHub.MAX_BATCH || hopeless
                            ? Mono.just(now)
                            : next(chosen, line, tried, now);
                });
    }

    private Mono<Round> round(Predicate<QueuedDelete> chosen, Consumer<FlushedFile> line, Set<QueuedDelete> tried) {
        List<QueuedDelete> ready = publication.deletesReady().stream()
                .filter(chosen)
                .filter(tried::add)
                .limit(BucketHub.MAX_BATCH)
                .toList();
        if (ready.isEmpty()) {
            return Mono.just(new Round(0, 0, null));
        }
        return guarded.remove(ready).map(results -> settle(results, line));
    }

    private Round settle(List<Result> results, Consumer<FlushedFile> line) {
        int done = 0;
        Throwable failure = null;
        for (Result result : results) {
            if (result.fate() == Fate.FAILED) {
                failure = failure == null ? result.failure() : failure;
            } else if (result.fate() != Fate.CANCELLED) {
                publication.deleteDone(result.delete());
                done++;
            }
            if (result.fate() != Fate.CANCELLED) {
                FlushedFile told = line(result);
                PublicationLog.write(told);
                observer.flushed(told);
                line.accept(told);
            }
        }
        return new Round(results.size(), done, failure);
    }

    private static FlushedFile line(Result result) {
        Throwable failure = result.failure();
        return new FlushedFile(
                result.delete().path(),
                FlushedFile.Route.DELETE,
                failure == null ? FlushedFile.Result.PUBLISHED : FlushedFile.Result.FAILED,
                0,
                0,
                0,
                null,
                0,
                failure == null
                        ? null
                        : ErrnoTable.metadata("deleting " + result.delete().path(), failure)
                                .getMessage());
    }
}
