package io.hfmount.agent.flush;

import io.hfmount.agent.flush.DeferredDeletes.Drained;
import io.hfmount.agent.fs.DirtyFile;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.api.FlushedFile;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Takes what is due from the queue and publishes it in runs: what is due together shares a run and its upload session, a
 * large file has a run of its own. At most {@code parallelism} runs are under way, and large files never take the last
 * place, so that they cannot hold back small ones (H-65). Thread-safe.
 */
final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Publication publication;
    private final FlushQueue queue;
    private final Uploader uploader;
    private final Committer committer;
    private final DeferredDeletes deletes;
    private final FlushSettings settings;
    private final FlushObserver observer;
    private final FlushTime time;
    private final Scheduler disk;
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final AtomicInteger requests = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private @Nullable Disposable alarm;
    /** Guarded by {@link #lock}. */
    private long alarmAt = DueTime.NEVER;
    /** Guarded by {@link #lock}. */
    private int runs;
    /** Guarded by {@link #lock}. */
    private int largeRuns;
    /** While the token is refused: when to try again. Guarded by {@link #lock}. */
    private @Nullable Long pausedUntil;
    /** Guarded by {@link #lock}. */
    private boolean closed;

    private volatile @Nullable Instant lastFlush;

    Dispatcher(
            Publication publication,
            FlushQueue queue,
            Uploader uploader,
            Committer committer,
            DeferredDeletes deletes,
            FlushSettings settings,
            FlushObserver observer,
            FlushTime time,
            Scheduler disk) {
        this.publication = publication;
        this.queue = queue;
        this.uploader = uploader;
        this.committer = committer;
        this.deletes = deletes;
        this.settings = settings;
        this.observer = observer;
        this.time = time;
        this.disk = disk;
    }

    /** Something will be due at {@code due}. Never waits. */
    void expect(long due) {
        if (due <= now()) {
            dispatchSoon();
        } else if (due != DueTime.NEVER) {
            setAlarm(due);
        }
    }

    /** Publishes the inode at once; answers when what is dirty now is published, or the try failed. */
    Mono<Outcome> publish(long ino, long generation) {
        return Mono.defer(() -> {
            Mono<Outcome> enlisted = await(ino, generation);
            dispatchSoon();
            return enlisted;
        });
    }

    /** As {@link #publish}, but begins with the next {@link #dispatchSoon}, so that files enlisted before it share runs. */
    Mono<Outcome> enlist(long ino, long generation) {
        return Mono.defer(() -> await(ino, generation));
    }

    private Mono<Outcome> await(long ino, long generation) {
        FlushQueue.Waiter waiter = new FlushQueue.Waiter(generation);
        queue.await(ino, waiter);
        if (isClosed()) {
            abandonWaiters();
        }
        return waiter.answer().asMono();
    }

    /** When a file was last published, null if never. */
    @Nullable
    Instant lastFlush() {
        return lastFlush;
    }

    boolean isPaused() {
        lock.lock();
        try {
            return pausedUntil != null;
        } finally {
            lock.unlock();
        }
    }

    /** The token is refused: only what somebody waits for is tried until it changes, or some time has passed. */
    void pause() {
        boolean first;
        long until = now() + settings.tokenRetry().toNanos();
        lock.lock();
        try {
            first = pausedUntil == null;
            pausedUntil = until;
        } finally {
            lock.unlock();
        }
        if (first) {
            LOG.error("the Hub refuses the token: publication stands still until it changes; nothing is lost");
            observer.paused(true);
        }
        setAlarm(until);
    }

    /** The token may work again. */
    void resume() {
        boolean was;
        lock.lock();
        try {
            was = pausedUntil != null;
            pausedUntil = null;
        } finally {
            lock.unlock();
        }
        if (was) {
            observer.paused(false);
        }
        dispatchSoon();
    }

    /** Gives up uploads and starts nothing more. Turns of the lane that have begun end by themselves. */
    void close() {
        lock.lock();
        try {
            closed = true;
            if (alarm != null) {
                alarm.dispose();
            }
        } finally {
            lock.unlock();
        }
        closing.tryEmitEmpty();
        abandonWaiters();
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    void dispatchSoon() {
        disk.schedule(this::dispatch);
    }

    private void abandonWaiters() {
        for (FlushQueue.Waiter waiter : queue.abandon()) {
            waiter.answer().tryEmitError(new FsException(Errno.EIO, "the mount is ending; the file is still dirty"));
        }
    }

    private long now() {
        return time.nanos().getAsLong();
    }

    private void setAlarm(long at) {
        lock.lock();
        try {
            if (closed || alarmAt <= at) {
                return;
            }
            if (alarm != null) {
                alarm.dispose();
            }
            alarmAt = at;
            alarm = time.timer().schedule(this::alarmed, Math.max(0, at - now()), TimeUnit.NANOSECONDS);
        } finally {
            lock.unlock();
        }
    }

    private void alarmed() {
        lock.lock();
        try {
            alarmAt = DueTime.NEVER;
        } finally {
            lock.unlock();
        }
        dispatchSoon();
    }

    /** One thread at a time goes through the queue; requests that come meanwhile make it go once more. */
    private void dispatch() {
        if (requests.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            try {
                startWhatIsDue();
            } catch (RuntimeException | Error e) {
                LOG.error("publication could not be started; it is tried again", e);
                setAlarm(now() + settings.retryFirst().toNanos());
            }
            seen = requests.addAndGet(-seen);
        } while (seen != 0);
    }

    private void startWhatIsDue() {
        if (isClosed()) {
            return;
        }
        long now = now();
        long pauseEnd = pauseEnd();
        boolean paused = now < pauseEnd;
        List<Long> due = queue.due(now, paused);
        if (!due.isEmpty()) {
            startRuns(due);
        }
        if (!paused && queue.beginDeletes(now)) {
            sendDeletes();
        }
        long next = paused ? Math.min(pauseEnd, queue.nextDue(now)) : queue.nextDue(now);
        if (next != DueTime.NEVER) {
            setAlarm(next);
        }
    }

    private long pauseEnd() {
        lock.lock();
        try {
            return pausedUntil == null ? 0 : pausedUntil;
        } finally {
            lock.unlock();
        }
    }

    private void startRuns(List<Long> due) {
        Map<Long, DirtyFile> dirty = new HashMap<>();
        publication.dirtyFiles().forEach(file -> dirty.put(file.ino(), file));
        List<Attempt> shared = new ArrayList<>();
        long bytes = 0;
        for (long ino : due) {
            DirtyFile file = dirty.get(ino);
            if (file == null) {
                dropStale(ino);
                continue;
            }
            boolean large = file.size() > settings.largeFile();
            if (large || queue.isAlone(ino)) {
                if (takePlace(large)) {
                    start(List.of(attempt(file)), large);
                }
                continue;
            }
            boolean full = shared.size() == settings.batchFiles()
                    || (!shared.isEmpty() && bytes + file.size() > settings.batchBytes());
            if (full) {
                start(shared, false);
                shared = new ArrayList<>();
                bytes = 0;
            }
            if (!shared.isEmpty() || takePlace(false)) {
                shared.add(attempt(file));
                bytes += file.size();
            }
        }
        if (!shared.isEmpty()) {
            start(shared, false);
        }
    }

    private Attempt attempt(DirtyFile file) {
        queue.begin(file.ino());
        return new Attempt(file, time.nanos());
    }

    /** A stale signal: nothing is dirty any more, which is what those who wait wanted. */
    private void dropStale(long ino) {
        for (FlushQueue.Waiter waiter : queue.drop(ino)) {
            FlushedFile line =
                    new FlushedFile("", FlushedFile.Route.NONE, FlushedFile.Result.PENDING, -1, 0, 0, null, 0, null);
            waiter.answer().tryEmitValue(new Outcome(Outcome.Kind.STALE, line, null, false, false));
        }
    }

    private boolean takePlace(boolean large) {
        lock.lock();
        try {
            int most = settings.parallelism();
            if (runs >= most || (large && largeRuns >= Math.max(1, most - 1))) {
                return false;
            }
            runs++;
            if (large) {
                largeRuns++;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void freePlace(boolean large) {
        lock.lock();
        try {
            runs--;
            if (large) {
                largeRuns--;
            }
            assert runs >= 0 && largeRuns >= 0 && largeRuns <= runs : "places";
        } finally {
            lock.unlock();
        }
    }

    private void start(List<Attempt> run, boolean large) {
        Mono<Void> ended = closing.asMono().then(Mono.error(() -> new CancellationException("the mount is ending")));
        Mono.firstWithSignal(uploader.upload(run), ended)
                // A turn of the lane is never given up half-way: what was sent must be applied.
                .then(Mono.defer(() -> committer.commit(run)))
                .publishOn(disk)
                .onErrorResume(failure -> {
                    run.stream().filter(Attempt::isOpen).forEach(attempt -> undecided(attempt, failure));
                    return Mono.empty();
                })
                .doFinally(_ -> {
                    run.forEach(this::settle);
                    freePlace(large);
                    dispatchSoon();
                })
                .subscribe();
    }

    private void undecided(Attempt attempt, Throwable failure) {
        if (isClosed()) {
            attempt.again();
        } else {
            LOG.error("publication ended unexpectedly; it is tried again", failure);
            attempt.failed(failure);
        }
    }

    private void settle(Attempt attempt) {
        if (attempt.isOpen()) {
            attempt.again();
        }
        Outcome outcome = attempt.outcome();
        try {
            attempt.end();
            report(attempt.ino(), outcome);
        } catch (RuntimeException e) {
            LOG.error("the end of a publication could not be recorded", e);
        } finally {
            queue.settle(attempt.ino(), outcome, now())
                    .forEach(waiter -> waiter.answer().tryEmitValue(outcome));
        }
    }

    private void report(long ino, Outcome outcome) {
        FsException error = outcome.error();
        switch (outcome.kind()) {
            case PUBLISHED, SUPERSEDED -> {
                lastFlush = time.wall().instant();
                if (isPaused()) {
                    resume();
                }
                if (publication.deletesQueued() > 0) {
                    queue.deletesMayGo(now());
                }
            }
            case FAILED, UNAUTHORIZED -> {
                if (error != null) {
                    publication.failed(ino, error);
                    if (outcome.kind() == Outcome.Kind.UNAUTHORIZED) {
                        pause();
                    } else if (ErrnoTable.needsOutsideHelp(error.errno())) {
                        publication.cannotSucceed(ino);
                        queue.deletesMayGo(now());
                    }
                }
                observer.retried();
            }
            case AGAIN -> observer.retried();
            case STALE, LOST -> {}
        }
        if (outcome.kind() != Outcome.Kind.STALE && outcome.kind() != Outcome.Kind.AGAIN) {
            PublicationLog.write(outcome.line());
            observer.flushed(outcome.line());
        }
    }

    private void sendDeletes() {
        deletes.drain(_ -> true, _ -> {})
                .onErrorResume(failure -> Mono.just(new Drained(0, failure)))
                .subscribe(drained -> {
                    deletesEnded(drained);
                    queue.endDeletes(drained.failure() != null, now());
                    dispatchSoon();
                });
    }

    /** Learns from a drain of deletes whether the token works. */
    void deletesEnded(Drained drained) {
        Throwable failure = drained.failure();
        if (failure != null && ErrnoTable.isUnauthorized(failure)) {
            pause();
        } else if (drained.done() > 0 && isPaused()) {
            resume();
        }
    }

    /** Waits for {@code delay} on the injected clock. */
    Mono<Long> delay(Duration delay) {
        return Mono.delay(delay, time.timer());
    }
}
