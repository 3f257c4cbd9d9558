package io.hfmount.agent.flush;

import io.hfmount.agent.flush.DeferredDeletes.Drained;
import io.hfmount.agent.fs.DirtyFile;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.fs.QueuedDelete;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.model.RemotePath;
import io.hfmount.model.api.FlushReport;
import io.hfmount.model.api.FlushedFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Flush-and-wait for the control API, and the drain before a mount ends (mount-semantics §3.11). Thread-safe. */
final class FlushRequests {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Publication publication;
    private final Dispatcher dispatcher;
    private final DeferredDeletes deletes;
    private final FlushTime time;
    private final Scheduler disk;
    private final StorageTroubles troubles;
    private final AtomicReference<@Nullable Mono<DrainReport>> drain = new AtomicReference<>();

    FlushRequests(
            Publication publication,
            Dispatcher dispatcher,
            DeferredDeletes deletes,
            FlushTime time,
            Scheduler disk,
            StorageTroubles troubles) {
        this.publication = publication;
        this.dispatcher = dispatcher;
        this.deletes = deletes;
        this.time = time;
        this.disk = disk;
        this.troubles = troubles;
    }

    Mono<FlushResult> flush(List<String> paths, Duration timeout) {
        return Mono.defer(() -> {
                    Request request = new Request(paths);
                    return request.run()
                            .then(Mono.fromCallable(() -> request.result(false)).subscribeOn(disk))
                            .timeout(
                                    timeout,
                                    Mono.fromCallable(() -> request.result(true))
                                            .subscribeOn(disk),
                                    time.timer());
                })
                .subscribeOn(disk);
    }

    /** Files to enlist, which begin together when the last is enlisted: they share sessions and batches. */
    private Flux<DirtyFile> together(List<DirtyFile> files) {
        return Flux.fromIterable(files).doOnComplete(dispatcher::dispatchSoon);
    }

    /** One flush: what was dirty when it was asked for. */
    private final class Request {
        private final List<String> paths;
        private final List<DirtyFile> files;
        private final Map<Long, FlushedFile> lines = new ConcurrentHashMap<>();
        private final Queue<FlushedFile> deleted = new ConcurrentLinkedQueue<>();
        private final long started = time.nanos().getAsLong();

        Request(List<String> paths) {
            this.paths = List.copyOf(paths);
            this.files = publication.dirtyFiles().stream()
                    .filter(file -> concerns(file.path()))
                    .toList();
        }

        private boolean concerns(String path) {
            return paths.isEmpty()
                    || paths.stream().anyMatch(asked -> asked.equals(path) || RemotePath.isBelow(path, asked));
        }

        private boolean concerns(QueuedDelete delete) {
            return concerns(delete.path());
        }

        Mono<Void> run() {
            return together(files)
                    .flatMap(
                            file -> dispatcher
                                    .enlist(file.ino(), file.generation())
                                    .doOnNext(outcome -> note(file, outcome)),
                            Math.max(1, files.size()))
                    .then(deletes.drain(this::concerns, deleted::add))
                    .doOnNext(dispatcher::deletesEnded)
                    .then();
        }

        private void note(DirtyFile file, Outcome outcome) {
            if (outcome.kind() != Outcome.Kind.STALE) {
                lines.put(file.ino(), outcome.line());
            }
        }

        FlushResult result(boolean timedOut) {
            String trouble = troubles.ofTheLast(time.nanos().getAsLong() - started);
            Map<Long, DirtyFile> stillDirty = new ConcurrentHashMap<>();
            publication.dirtyFiles().forEach(file -> stillDirty.put(file.ino(), file));
            List<FlushedFile> report = new ArrayList<>();
            boolean clean = true;
            for (DirtyFile file : files) {
                FlushedFile line = lines.get(file.ino());
                boolean dirty = stillDirty.containsKey(file.ino());
                clean &= !dirty;
                if (line != null) {
                    report.add(line);
                } else if (dirty) {
                    report.add(new FlushedFile(
                            file.path(),
                            FlushedFile.Route.NONE,
                            FlushedFile.Result.PENDING,
                            file.generation(),
                            0,
                            0,
                            null,
                            0,
                            trouble));
                }
            }
            report.addAll(deleted);
            List<String> removals = publication.deletesWaiting().stream()
                    .filter(this::concerns)
                    .map(QueuedDelete::path)
                    .toList();
            Set<String> told = deleted.stream().map(FlushedFile::path).collect(Collectors.toSet());
            removals.stream().filter(path -> !told.contains(path)).forEach(path -> report.add(waiting(path, trouble)));
            return new FlushResult(new FlushReport(clean && removals.isEmpty(), report), timedOut);
        }

        /** A removal that was not tried: it waits for files that were dirty before it (H-56), or for its turn. */
        private static FlushedFile waiting(String path, @Nullable String trouble) {
            return new FlushedFile(
                    path, FlushedFile.Route.DELETE, FlushedFile.Result.PENDING, 0, 0, 0, null, 0, trouble);
        }
    }

    /** Joins the drain under way, within its own deadline, or starts one. Giving up waiting does not stop it. */
    Mono<DrainReport> drain(Duration deadline) {
        return Mono.defer(() -> {
            Mono<DrainReport> fresh = startDrain(deadline);
            while (true) {
                Mono<DrainReport> running = drain.get();
                if (running != null) {
                    return running.timeout(
                            deadline, Mono.fromCallable(() -> left(0)).subscribeOn(disk), time.timer());
                }
                if (dispatcher.isClosed()) {
                    return Mono.fromCallable(() -> left(0)).subscribeOn(disk);
                }
                if (drain.compareAndSet(null, fresh)) {
                    return fresh;
                }
            }
        });
    }

    private Mono<DrainReport> startDrain(Duration deadline) {
        AtomicInteger published = new AtomicInteger();
        return Mono.defer(() -> drainRound(published, FIRST_PAUSE))
                .subscribeOn(disk)
                .then(Mono.fromCallable(() -> left(published.get())).subscribeOn(disk))
                .timeout(
                        deadline, Mono.fromCallable(() -> left(published.get())).subscribeOn(disk), time.timer())
                // Before the answer goes out: whoever drains after it must not join this one.
                .doOnTerminate(() -> drain.set(null))
                .cache();
    }

    private DrainReport left(int published) {
        return new DrainReport(
                published,
                publication.dirtyFiles().stream().map(DirtyFile::path).toList(),
                publication.deletesQueued());
    }

    /** Publishes all, then deletes; again while something is left and there is hope. */
    private Mono<Void> drainRound(AtomicInteger published, Duration pause) {
        List<DirtyFile> files = publication.dirtyFiles();
        if ((files.isEmpty() && publication.deletesQueued() == 0) || dispatcher.isClosed()) {
            return Mono.empty();
        }
        return together(files)
                .flatMap(file -> dispatcher.enlist(file.ino(), file.generation()), Math.max(1, files.size()))
                .doOnNext(outcome -> {
                    if (outcome.kind() == Outcome.Kind.PUBLISHED) {
                        published.incrementAndGet();
                    }
                })
                .collectList()
                .flatMap(outcomes -> deletes.drain(_ -> true, _ -> {})
                        .publishOn(disk)
                        .flatMap(drained -> {
                            dispatcher.deletesEnded(drained);
                            if (progressed(outcomes, drained)) {
                                return drainRound(published, FIRST_PAUSE);
                            }
                            if (!mayPass(outcomes, drained)) {
                                return Mono.empty();
                            }
                            Duration doubled = pause.multipliedBy(2);
                            Duration next = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
                            return dispatcher.delay(pause).publishOn(disk).flatMap(_ -> drainRound(published, next));
                        }));
    }

    private static boolean progressed(List<Outcome> outcomes, Drained drained) {
        return drained.done() > 0
                || outcomes.stream().anyMatch(o -> switch (o.kind()) {
                    case PUBLISHED, SUPERSEDED, LOST -> true;
                    case STALE, AGAIN, FAILED, UNAUTHORIZED -> false;
                });
    }

    private static boolean mayPass(List<Outcome> outcomes, Drained drained) {
        Throwable failure = drained.failure();
        return outcomes.stream().anyMatch(o -> switch (o.kind()) {
                    case STALE, AGAIN, UNAUTHORIZED -> true;
                    case PUBLISHED, SUPERSEDED, LOST, FAILED -> o.passing();
                })
                || (failure != null && ErrnoTable.isTransient(failure));
    }
}
