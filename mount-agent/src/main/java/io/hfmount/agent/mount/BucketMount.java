package io.hfmount.agent.mount;

import io.hfmount.agent.FlushOutcome;
import io.hfmount.agent.Mount;
import io.hfmount.agent.MountException;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.MountStatus;
import io.hfmount.agent.UnmountOutcome;
import io.hfmount.agent.flush.DrainReport;
import io.hfmount.agent.flush.FlushPipeline;
import io.hfmount.agent.flush.FlushStatus;
import io.hfmount.agent.fs.FsCounters;
import io.hfmount.agent.fs.MountFileSystem;
import io.hfmount.agent.remote.RemotePoller;
import io.hfmount.agent.transport.Engine;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.model.api.EngineView;
import io.hfmount.model.api.MountState;
import io.hfmount.model.api.ProblemCode;
import io.hfmount.model.api.UnmountReport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A live mount. It ends once: after the drain that the caller asked for, or after the kernel ended it from outside
 * (then what is left is drained within {@code flushShutdownTimeout}). Thread-safe.
 */
final class BucketMount implements Mount {
    private static final Logger log = LoggerFactory.getLogger(BucketMount.class);

    private final MountSpec spec;
    private final MountFileSystem fs;
    private final FlushPipeline pipeline;
    private final RemotePoller poller;
    private final MountedTransport transport;
    private final ObserverBridge bridge;
    private final Closing closing;
    private final CompletableFuture<UnmountOutcome> ended = new CompletableFuture<>();

    /**
     * An unmount under way.
     *
     * @param outcome its answer
     * @param hurry completed when somebody wants its drain to end now
     */
    private record Unmounting(CompletableFuture<UnmountOutcome> outcome, CompletableFuture<Void> hurry) {
        Unmounting() {
            this(new CompletableFuture<>(), new CompletableFuture<>());
        }
    }

    /** One ending at a time. Held while draining. */
    private final ReentrantLock ending = new ReentrantLock();

    private final ReentrantLock state = new ReentrantLock();
    private MountState current = MountState.READY; // guarded by state
    private @Nullable Unmounting running; // guarded by state; the unmount under way

    BucketMount(
            MountSpec spec,
            MountFileSystem fs,
            FlushPipeline pipeline,
            RemotePoller poller,
            MountedTransport transport,
            ObserverBridge bridge,
            Closing closing) {
        this.spec = spec;
        this.fs = fs;
        this.pipeline = pipeline;
        this.poller = poller;
        this.transport = transport;
        this.bridge = bridge;
        this.closing = closing;
        transport
                .ended()
                .whenComplete((_, _) ->
                        Thread.ofVirtual().name("mount-end-" + spec.id()).start(this::endedOutside));
    }

    @Override
    public MountSpec spec() {
        return spec;
    }

    @Override
    public EngineView engine() {
        Engine engine = transport.engine();
        return new EngineView(engine.name(), engine.protocol(), engine.flags(), engine.maxWrite());
    }

    @Override
    public MountStatus status() {
        FlushStatus flush = pipeline.status();
        FsCounters counters = fs.counters();
        return new MountStatus(
                state(),
                flush.dirtyFiles(),
                flush.dirtyBytes(),
                flush.dirtyGenerationLag(),
                flush.oldestDirtySince(),
                flush.lastFlush(),
                counters.stagingBytes(),
                flush.deletesQueued(),
                flush.queueDepth(),
                flush.inFlight(),
                counters.inodes(),
                counters.openFiles(),
                bridge.cacheBytes());
    }

    private MountState state() {
        state.lock();
        try {
            return current;
        } finally {
            state.unlock();
        }
    }

    private void state(MountState next) {
        state.lock();
        try {
            current = next;
        } finally {
            state.unlock();
        }
    }

    @Override
    public Mono<FlushOutcome> flush(List<String> paths, Duration timeout) {
        return pipeline.flush(paths, timeout).map(r -> new FlushOutcome(r.report(), r.timedOut()));
    }

    @Override
    public Mono<UnmountOutcome> unmount(Duration drain, boolean force) {
        return Mono.defer(() -> Mono.fromFuture(join(drain, force), true));
    }

    /** Joins the unmount under way; one that forces ends the drain of that one and follows it. */
    private CompletableFuture<UnmountOutcome> join(Duration drain, boolean force) {
        state.lock();
        try {
            if (ended.isDone()) {
                return ended;
            }
            Unmounting before = running;
            if (before != null && !force) {
                return before.outcome();
            }
            if (before != null) {
                before.hurry().complete(null);
            }
            Unmounting mine = new Unmounting();
            running = mine;
            Thread.ofVirtual().name("unmount-" + spec.id()).start(() -> {
                // Over before it is told: whoever unmounts again with the answer must not join this one.
                try {
                    UnmountOutcome outcome = unmountNow(drain, force, mine.hurry());
                    finished(mine);
                    mine.outcome().complete(outcome);
                } catch (Throwable t) {
                    finished(mine);
                    mine.outcome().completeExceptionally(t);
                }
            });
            return mine.outcome();
        } finally {
            state.unlock();
        }
    }

    @SuppressWarnings("ReferenceEquality") // this very unmount, not an equal one
    private void finished(Unmounting mine) {
        state.lock();
        try {
            if (running == mine) {
                running = null;
            }
        } finally {
            state.unlock();
        }
    }

    private UnmountOutcome unmountNow(Duration drain, boolean force, CompletableFuture<Void> hurry) {
        ending.lock();
        try {
            if (ended.isDone()) {
                return ended.join();
            }
            long deadline = System.nanoTime() + drain.toNanos();
            state(MountState.DRAINING);
            DrainReport first = drain(drain, hurry);
            if (!first.clean() && !force) {
                state(MountState.READY);
                return new UnmountOutcome(
                        new UnmountReport(first.published(), first.unpublished(), first.deletesLeft()), false);
            }
            detach(force);
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            return end(first.published(), left, hurry);
        } finally {
            ending.unlock();
        }
    }

    private void detach(boolean force) {
        try {
            transport.unmount(false);
        } catch (IOException busy) {
            if (!force) {
                state(MountState.READY);
                throw new MountException(
                        ProblemCode.MOUNT_BUSY,
                        spec.mountPoint() + " is in use: " + busy.getMessage()
                                + "; close what is open there, or use force=true",
                        busy);
            }
            detachLazily();
        }
    }

    private void detachLazily() {
        try {
            transport.unmount(true);
        } catch (IOException e) {
            log.error("{} could not be detached: {}", spec.mountPoint(), e.getMessage());
        }
    }

    /** The kernel has let go: what was written since the first drain goes out now, then everything closes. */
    private UnmountOutcome end(int publishedBefore, Duration left, CompletableFuture<Void> hurry) {
        int published = publishedBefore;
        try {
            published += drain(left, hurry).published();
        } catch (RuntimeException e) {
            log.error("the last drain of mount {} failed", spec.id(), e);
        }
        poller.close();
        pipeline.close();
        // Files that were open may have been written to during the last drain: this is what counts.
        int deletesLeft = fs.publication().deletesQueued();
        List<String> unpublished = fs.abandon();
        closing.closeAll();
        UnmountOutcome outcome = new UnmountOutcome(new UnmountReport(published, unpublished, deletesLeft), true);
        if (!unpublished.isEmpty() || deletesLeft > 0) {
            log.error(
                    "mount {} of {} ended with {} files and {} deletes unpublished",
                    spec.id(),
                    spec.source(),
                    unpublished.size(),
                    deletesLeft);
        }
        ended.complete(outcome);
        return outcome;
    }

    private void endedOutside() {
        ending.lock();
        try {
            if (!ended.isDone()) {
                log.info("{} was unmounted from outside, publishing what is left", spec.mountPoint());
                state(MountState.DRAINING);
                end(0, spec.options().flushShutdownTimeout(), new CompletableFuture<>());
            }
        } catch (RuntimeException e) {
            log.error("ending mount {} failed", spec.id(), e);
            state(MountState.FAILED);
            // Nobody knows what is left: the root stands for all of it, so that nobody takes it for nothing.
            ended.complete(new UnmountOutcome(new UnmountReport(0, List.of(""), 0), true));
        } finally {
            ending.unlock();
        }
    }

    private DrainReport drain(Duration deadline, CompletableFuture<Void> hurry) {
        DrainReport report = pipeline.drain(deadline)
                .takeUntilOther(Mono.fromFuture(hurry, true))
                .block();
        if (report == null) {
            report = pipeline.drain(Duration.ZERO).block(); // hurried: what is left now
        }
        if (report == null) {
            throw new IllegalStateException("a drain without a report");
        }
        return report;
    }

    @Override
    public Mono<UnmountOutcome> ended() {
        return Mono.fromFuture(ended, true);
    }

    /** Nobody wants this mount any more: it ends at once; nothing was written yet. */
    static void discard(Mount mount) {
        mount.unmount(Duration.ZERO, true).subscribe(_ -> {}, e -> log.warn("undoing a mount: {}", e.getMessage()));
    }
}
