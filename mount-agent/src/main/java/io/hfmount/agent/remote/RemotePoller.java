package io.hfmount.agent.remote;

import io.hfmount.agent.fs.RemoteView;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Looks at the bucket's revision in intervals and, when it has moved, brings all loaded directories in line
 * (mount-semantics §4.2). A quiet bucket costs one small request an interval. Trouble that passes and a refused token
 * double the interval, up to 64 times.
 *
 * <p>Own commits move the revision too, and no answer tells own moves from foreign ones made in between. A move is
 * therefore never taken for our own: a mount that writes all the time lists in every round. Thread-safe.
 */
public final class RemotePoller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RemotePoller.class);
    private static final int MOST_DOUBLINGS = 6;

    private final BucketHub hub;
    private final RemoteView view;
    private final PollSettings settings;
    private final Consumer<PollResult> observer;
    private final Scheduler timer;
    private final Scheduler disk;
    private final Disposable.Swap alarm = Disposables.swap();
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final ReentrantLock lock = new ReentrantLock();
    /** Who asked for a round. Guarded by {@link #lock}. */
    private List<Sinks.One<PollResult>> asked = new ArrayList<>();
    /** Guarded by {@link #lock}. */
    private boolean running;
    /** Guarded by {@link #lock}. */
    private boolean closed;

    // The rest belongs to the round under way; rounds follow one another.
    /** The revision that all loaded directories reflect; null when none is known. */
    private volatile @Nullable String revision;
    /** Directories that do not reflect {@link #revision}, because they could not be listed. */
    private volatile Set<String> behind = Set.of();

    private final AtomicInteger doublings = new AtomicInteger();

    /**
     * @param hub with mount-relative paths ({@link SourceHub})
     * @param view the file system
     * @param settings timing and limits
     * @param observer told how each round ended; must be fast and not throw
     * @param timer wakes the poller
     * @param disk where the file system is called; its tasks may block
     */
    public RemotePoller(
            BucketHub hub,
            RemoteView view,
            PollSettings settings,
            Consumer<PollResult> observer,
            Scheduler timer,
            Scheduler disk) {
        this.hub = hub;
        this.view = view;
        this.settings = settings;
        this.observer = observer;
        this.timer = timer;
        this.disk = disk;
    }

    /** Primes the revision, so that the first round lists only what changes from now on, and starts the rounds. */
    public void start() {
        if (!begin()) {
            return;
        }
        probe().doOnNext(info -> revision = info.revision())
                .takeUntilOther(closing.asMono())
                .onErrorResume(failure -> {
                    LOG.warn("the bucket's revision could not be read: {}", failure.getMessage());
                    return Mono.empty();
                })
                .doFinally(_ -> {
                    end();
                    schedule();
                })
                .subscribe();
    }

    /**
     * Starts the rounds from a revision that was read before anything was listed: what changed since is found by the
     * first round.
     */
    public void start(String known) {
        revision = known;
        schedule();
    }

    /** One full round now, whatever the revision; waits for a round under way. */
    public Mono<PollResult> pollNow() {
        return Mono.defer(() -> {
            Sinks.One<PollResult> answer = Sinks.one();
            lock.lock();
            try {
                if (closed) {
                    return Mono.error(new IllegalStateException("the poller is closed"));
                }
                asked.add(answer);
            } finally {
                lock.unlock();
            }
            serveAsked();
            return answer.asMono();
        });
    }

    /** Stops; a round under way is given up between two steps. Idempotent. */
    @Override
    public void close() {
        List<Sinks.One<PollResult>> left;
        lock.lock();
        try {
            closed = true;
            left = asked;
            asked = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        alarm.dispose();
        closing.tryEmitEmpty();
        left.forEach(answer -> answer.tryEmitError(new IllegalStateException("the poller is closed")));
    }

    private void schedule() {
        if (settings.interval().isZero()) {
            return;
        }
        long wait = settings.interval().multipliedBy(1L << doublings.get()).toNanos();
        alarm.update(timer.schedule(this::tick, wait, TimeUnit.NANOSECONDS));
    }

    private void tick() {
        if (!begin()) {
            schedule(); // somebody asked for a round, which is under way
            return;
        }
        guarded(false).subscribe(_ -> {
            end();
            schedule();
        });
    }

    private void serveAsked() {
        List<Sinks.One<PollResult>> serving;
        lock.lock();
        try {
            if (running || closed || asked.isEmpty()) {
                return;
            }
            running = true;
            serving = asked;
            asked = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        guarded(true)
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("the poller is closed")))
                .subscribe(
                        result -> {
                            end();
                            serving.forEach(answer -> answer.tryEmitValue(result));
                        },
                        failure -> serving.forEach(answer -> answer.tryEmitError(failure)));
    }

    private boolean begin() {
        lock.lock();
        try {
            if (running || closed) {
                return false;
            }
            running = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            running = false;
        } finally {
            lock.unlock();
        }
        serveAsked();
    }

    private Mono<PollResult> guarded(boolean forced) {
        return round(forced)
                .onErrorResume(failure -> {
                    LOG.error("a poll round ended unexpectedly", failure);
                    revision = null; // in doubt, list
                    return Mono.just(PollResult.FAILED);
                })
                .doOnNext(observer)
                .takeUntilOther(closing.asMono());
    }

    private Mono<BucketInfo> probe() {
        return hub.info().timeout(HubRemoteTree.ANSWER_TIMEOUT, timer).publishOn(disk);
    }

    private Mono<PollResult> round(boolean forced) {
        return probe().map(info -> new Probe(info.revision(), null))
                .onErrorResume(failure -> Mono.just(new Probe(null, failure)))
                .publishOn(disk)
                .flatMap(probe -> probed(probe, forced));
    }

    /** Answer of a probe: a revision or a failure. */
    private record Probe(
            @Nullable String revision, @Nullable Throwable failure) {}

    private Mono<PollResult> probed(Probe probe, boolean forced) {
        Throwable failure = probe.failure();
        if (failure != null) {
            if (ErrnoTable.isUnauthorized(failure) || ErrnoTable.isTransient(failure)) {
                slowDown();
                LOG.info("the bucket's revision cannot be read, the round is skipped: {}", failure.getMessage());
                return Mono.just(PollResult.SKIPPED);
            }
            view.roundBegins(true);
            return full(null, view.loadedDirectories());
        }
        doublings.set(0);
        boolean moved = revision == null || !revision.equals(probe.revision());
        view.roundBegins(moved || forced);
        if (forced) {
            return full(probe.revision(), view.loadedDirectories());
        }
        if (!moved) {
            List<String> again =
                    view.loadedDirectories().stream().filter(behind::contains).toList();
            return again.isEmpty() ? Mono.just(PollResult.UNCHANGED) : full(probe.revision(), again);
        }
        return full(probe.revision(), view.loadedDirectories());
    }

    private Mono<PollResult> full(@Nullable String seen, List<String> directories) {
        Duration timeout = HubRemoteTree.LISTING_TIMEOUT;
        return new PollRound(hub, view, settings, timeout, timer, disk, directories, view.loadedDirectories())
                .run()
                .map(summary -> {
                    boolean allFailed =
                            !directories.isEmpty() && summary.failed().size() == directories.size();
                    if (allFailed) {
                        slowDown();
                    }
                    // The probe came before the listings: what changed between them moves the revision again.
                    revision = seen;
                    behind = summary.failed();
                    return summary.failed().isEmpty() ? PollResult.CHANGED : PollResult.FAILED;
                });
    }

    private void slowDown() {
        doublings.updateAndGet(n -> Math.min(MOST_DOUBLINGS, n + 1));
    }
}
