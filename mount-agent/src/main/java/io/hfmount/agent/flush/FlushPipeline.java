package io.hfmount.agent.flush;

import io.github.resilience4j.core.IntervalFunction;
import io.hfmount.agent.fs.CommitLane;
import io.hfmount.agent.fs.DirtyTotals;
import io.hfmount.agent.fs.FlushSignals;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BucketHub;
import io.hfmount.xet.ContentStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Publishes what the file system holds dirty, some time after it was signalled or at once when asked (mount-semantics
 * §3). A file that fails is tried again with a growing wait; nothing is ever dropped.
 *
 * <p>Thread-safe. Signals never wait. {@link #publishNow} and {@link #drainDeletes} wait for the network: call them on
 * virtual threads.
 */
public final class FlushPipeline implements FlushSignals, AutoCloseable {
    private static final double JITTER = 0.2;

    private final ContentStore store;
    private final BucketHub hub;
    private final CommitLane lane;
    private final FlushSettings settings;
    private final FlushObserver observer;
    private final FlushTime time;
    private final Scheduler disk;
    private final FlushQueue queue;
    private final StorageTroubles troubles;
    private volatile @Nullable Parts parts;

    /** What exists once the file system is connected. */
    private record Parts(
            Publication publication,
            Dispatcher dispatcher,
            DeferredDeletes deletes,
            FlushRequests requests,
            Disposable sweep) {}

    /**
     * @param store where content goes
     * @param hub with mount-relative paths ({@link io.hfmount.agent.remote.SourceHub})
     * @param lane the mount's commit lane
     * @param settings timing and limits
     * @param observer told of what happens
     * @param time sources of time
     * @param disk where the file system is called, see {@link DiskScheduler}
     * @param troubles told of failures of storage while calls are repeated
     */
    public FlushPipeline(
            ContentStore store,
            BucketHub hub,
            CommitLane lane,
            FlushSettings settings,
            FlushObserver observer,
            FlushTime time,
            Scheduler disk,
            StorageTroubles troubles) {
        this(
                store,
                hub,
                lane,
                settings,
                observer,
                time,
                disk,
                troubles,
                IntervalFunction.ofExponentialRandomBackoff(settings.retryFirst(), 2.0, JITTER, settings.retryMost()));
    }

    /** With a backoff of the caller's: from the number of the failure, counted from 1, to milliseconds. */
    FlushPipeline(
            ContentStore store,
            BucketHub hub,
            CommitLane lane,
            FlushSettings settings,
            FlushObserver observer,
            FlushTime time,
            Scheduler disk,
            StorageTroubles troubles,
            IntervalFunction backoff) {
        this.store = store;
        this.hub = hub;
        this.lane = lane;
        this.settings = settings;
        this.observer = observer;
        this.time = time;
        this.disk = disk;
        this.troubles = troubles;
        this.queue = new FlushQueue(settings, backoff);
    }

    /**
     * Connects the file system and starts; signals given before were kept.
     *
     * @throws IllegalStateException when called twice
     */
    public void start(Publication publication) {
        if (parts != null) {
            throw new IllegalStateException("started already");
        }
        Retries retries = new Retries(time.timer());
        GuardedDeletes guarded = new GuardedDeletes(publication, hub, lane, disk, retries);
        DeferredDeletes deletes = new DeferredDeletes(publication, lane, guarded, observer);
        Dispatcher dispatcher = new Dispatcher(
                publication,
                queue,
                new Uploader(publication, store, settings, time, disk, queue, troubles),
                new Committer(publication, lane, hub, disk, retries, guarded, queue),
                deletes,
                settings,
                observer,
                time,
                disk);
        OpenFileSweep sweep = new OpenFileSweep(publication, settings, time);
        long interval = sweep.interval().toNanos();
        Disposable sweeping = time.timer()
                .schedulePeriodically(
                        () -> disk.schedule(() -> sweep(sweep, dispatcher)), interval, interval, TimeUnit.NANOSECONDS);
        parts = new Parts(
                publication,
                dispatcher,
                deletes,
                new FlushRequests(publication, dispatcher, deletes, time, disk, troubles),
                sweeping);
        dispatcher.dispatchSoon();
    }

    private void sweep(OpenFileSweep sweep, Dispatcher dispatcher) {
        if (sweep.sweep(queue, now())) {
            dispatcher.dispatchSoon();
        }
    }

    @Override
    public void dirty(long ino) {
        expect(queue.signal(ino, now()));
    }

    @Override
    public void deletesQueued() {
        expect(queue.signalDeletes(now()));
    }

    private void expect(long due) {
        Parts p = parts;
        if (p != null && !p.dispatcher.isClosed()) {
            p.dispatcher.expect(due);
        }
    }

    @Override
    public void publishNow(long ino) throws FsException {
        Outcome outcome = await("publishing inode " + ino, publish(ino));
        FsException error = outcome == null ? null : outcome.error();
        if (error != null) {
            throw error;
        }
    }

    /** Empty when nothing is dirty. */
    Mono<Outcome> publish(long ino) {
        return Mono.defer(() -> {
            Parts p = started();
            long generation = p.publication.dirtyGeneration(ino);
            return generation == 0 ? Mono.empty() : p.dispatcher.publish(ino, generation);
        });
    }

    @Override
    public void drainDeletes() throws FsException {
        Parts p = started();
        DeferredDeletes.Drained drained = await("deleting on the Hub", p.deletes.drain(_ -> true, _ -> {}));
        if (drained != null) {
            p.dispatcher.deletesEnded(drained);
            if (drained.failure() != null) {
                deletesQueued(); // they are still queued: tried again later
                throw ErrnoTable.content("deleting on the Hub", drained.failure());
            }
        }
    }

    private static <T> @Nullable T await(String what, Mono<T> work) throws FsException {
        try {
            return work.toFuture().get();
        } catch (ExecutionException e) {
            throw ErrnoTable.content(what, e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, what + ": interrupted; it goes on", e);
        }
    }

    /** The token changed: publication that stands still for it goes on. */
    public void tokenChanged() {
        Parts p = parts;
        if (p != null) {
            p.dispatcher.resume();
        }
    }

    /**
     * Publishes what is dirty without debounce and waits. What becomes dirty later is not waited for.
     *
     * @param paths mount-relative files or directories; empty for everything, queued deletes included
     * @param timeout longest wait; what is under way then goes on
     */
    public Mono<FlushResult> flush(List<String> paths, Duration timeout) {
        return Mono.defer(() -> started().requests.flush(paths, timeout));
    }

    /**
     * Publishes everything, deletes too, within one deadline. Callers that come while one runs join it and wait no longer
     * than their own deadline; after {@link #close} it only tells what is left. It ends early when nothing that is left can succeed by
     * itself.
     */
    public Mono<DrainReport> drain(Duration deadline) {
        return Mono.defer(() -> started().requests.drain(deadline));
    }

    /** What waits now, at a cost that does not depend on how much it is. Takes the file system's locks: not for event loops. */
    public FlushStatus status() {
        Parts p = parts;
        if (p == null) {
            return new FlushStatus(0, 0, 0, null, 0, 0, queue.depth(), 0, null, false);
        }
        DirtyTotals dirty = p.publication.dirtyTotals();
        Instant oldest = dirty.oldest();
        Instant wall = time.wall().instant();
        return new FlushStatus(
                dirty.files(),
                dirty.bytes(),
                dirty.generations(),
                oldest,
                oldest == null ? 0 : Math.max(0, Duration.between(oldest, wall).toSeconds()),
                p.publication.deletesQueued(),
                queue.depth(),
                queue.inFlight(),
                p.dispatcher.lastFlush(),
                p.dispatcher.isPaused());
    }

    /** Stops. Uploads are given up, a commit under way ends, everything else stays dirty. Idempotent, never waits. */
    @Override
    public void close() {
        Parts p = parts;
        if (p != null) {
            p.sweep.dispose();
            p.dispatcher.close();
        }
    }

    private long now() {
        return time.nanos().getAsLong();
    }

    private Parts started() {
        Parts p = parts;
        if (p == null) {
            throw new IllegalStateException("not started");
        }
        return p;
    }
}
