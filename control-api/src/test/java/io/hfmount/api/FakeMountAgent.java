package io.hfmount.api;

import io.hfmount.agent.FlushOutcome;
import io.hfmount.agent.Mount;
import io.hfmount.agent.MountAgent;
import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.MountStatus;
import io.hfmount.agent.UnmountOutcome;
import io.hfmount.model.api.EngineView;
import io.hfmount.model.api.FlushReport;
import io.hfmount.model.api.MountState;
import io.hfmount.model.api.UnmountReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** An agent that mounts nothing and answers as told. */
public final class FakeMountAgent implements MountAgent {
    /** Failures of the next mounts, oldest first. */
    public final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** What the next mounts wait for, oldest first. */
    public final Queue<Mono<Void>> gates = new ConcurrentLinkedQueue<>();

    /** Threads on which mounts were asked for. */
    public final Queue<String> threads = new ConcurrentLinkedQueue<>();

    public final Map<String, FakeMount> mounts = new ConcurrentHashMap<>();

    @Override
    public Set<String> transports() {
        return Set.of("auto", "fuse");
    }

    @Override
    public Mono<Mount> mount(MountSpec spec, MountObserver observer) {
        threads.add(Thread.currentThread().getName());
        Throwable failure = failures.poll();
        if (failure != null) {
            return Mono.error(failure);
        }
        Mono<Void> gate = gates.poll();
        return (gate == null ? Mono.<Void>empty() : gate).then(Mono.fromSupplier(() -> {
            FakeMount mount = new FakeMount(spec, observer);
            mounts.put(spec.id(), mount);
            return mount;
        }));
    }

    public FakeMount mount(String id) {
        return mounts.get(id);
    }

    /** Its mount. */
    public static final class FakeMount implements Mount {
        public record Flush(List<String> paths, Duration timeout) {}

        public record Unmount(Duration drain, boolean force) {}

        public final MountObserver observer;
        public final Queue<Flush> flushes = new ConcurrentLinkedQueue<>();
        /** Threads on which the status was asked for. */
        public final Queue<String> statusThreads = new ConcurrentLinkedQueue<>();

        public final Queue<Unmount> unmounts = new ConcurrentLinkedQueue<>();
        public volatile MountStatus status = status(0, 0, null);
        public volatile FlushOutcome flushOutcome = new FlushOutcome(new FlushReport(true, List.of()), false);
        public volatile List<String> unpublished = List.of();
        /** Removals that unmounts leave. */
        public volatile int deletesQueued;
        /** What unmounts without force wait for. */
        public volatile Mono<Void> drainGate = Mono.empty();
        /** Why no unmount works, null when they do. */
        public volatile RuntimeException unmountFailure;

        private final MountSpec spec;
        private final Sinks.One<UnmountOutcome> ended = Sinks.one();

        FakeMount(MountSpec spec, MountObserver observer) {
            this.spec = spec;
            this.observer = observer;
        }

        public static MountStatus status(long files, long bytes, Instant oldest) {
            return new MountStatus(MountState.READY, files, bytes, files * 2, oldest, null, 777, 1, 2, 3, 4, 5, 6);
        }

        @Override
        public MountSpec spec() {
            return spec;
        }

        @Override
        public EngineView engine() {
            return new EngineView("fuse", "7.45", List.of("ASYNC_READ", "BIG_WRITES"), 1 << 20);
        }

        @Override
        public MountStatus status() {
            statusThreads.add(Thread.currentThread().getName());
            return status;
        }

        @Override
        public Mono<FlushOutcome> flush(List<String> paths, Duration timeout) {
            return Mono.fromSupplier(() -> {
                flushes.add(new Flush(paths, timeout));
                return flushOutcome;
            });
        }

        @Override
        public Mono<UnmountOutcome> unmount(Duration drain, boolean force) {
            Mono<Void> drained = Mono.defer(() -> {
                unmounts.add(new Unmount(drain, force));
                return unmountFailure == null ? force ? Mono.empty() : drainGate : Mono.error(unmountFailure);
            });
            return drained.then(Mono.fromSupplier(() -> {
                UnmountOutcome outcome =
                        new UnmountOutcome(report(3), force || report(3).nothingLeft());
                if (outcome.unmounted()) {
                    ended.tryEmitValue(outcome);
                }
                return outcome;
            }));
        }

        private UnmountReport report(int published) {
            return new UnmountReport(published, unpublished, deletesQueued);
        }

        /** Someone else unmounts it. */
        public void endFromOutside() {
            ended.tryEmitValue(new UnmountOutcome(report(0), true));
        }

        @Override
        public Mono<UnmountOutcome> ended() {
            return ended.asMono();
        }
    }
}
