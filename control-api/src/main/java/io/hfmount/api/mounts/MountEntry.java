package io.hfmount.api.mounts;

import io.hfmount.agent.Mount;
import io.hfmount.agent.MountOptionNames;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.MountStatus;
import io.hfmount.api.metrics.MountMeters;
import io.hfmount.model.api.EngineView;
import io.hfmount.model.api.MountState;
import io.hfmount.model.api.MountView;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One mount of the registry, from the request to its end. Thread-safe. */
final class MountEntry {
    /** What the registry knows beyond the mount's own counters; replaced as a whole. */
    private record Stand(@Nullable Mount mount, @Nullable String failure) {}

    private final MountSpec spec;
    private final MountMeters meters;
    private final Sinks.One<Mount> started = Sinks.one();
    private volatile Stand stand = new Stand(null, null);
    /** Unmounts that were asked for and run or have succeeded, so that the end is expected. */
    private final AtomicInteger unmounts = new AtomicInteger();
    /** What an end that nobody asked for left unpublished. */
    private volatile List<String> unpublished = List.of();

    MountEntry(MountSpec spec, MountMeters meters) {
        this.spec = spec;
        this.meters = meters;
    }

    MountSpec spec() {
        return spec;
    }

    /**
     * Whether {@code asked} would make this very mount. An engine that was chosen is the same as if it had been named.
     */
    boolean answers(MountSpec asked) {
        Mount mount = stand.mount;
        return spec.equals(asked)
                || (mount != null
                        && named(spec, mount.engine().name())
                                .equals(named(asked, mount.engine().name())));
    }

    private static MountSpec named(MountSpec spec, String chosen) {
        return spec.transport().equals(MountSpec.DEFAULT_TRANSPORT)
                ? new MountSpec(spec.source(), spec.mountPoint(), spec.mode(), chosen, spec.options())
                : spec;
    }

    MountMeters meters() {
        return meters;
    }

    /** The mount once it serves, or the reason why it never will. */
    Mono<Mount> started() {
        return started.asMono();
    }

    boolean isFailed() {
        return stand.failure != null;
    }

    boolean isServing() {
        Stand now = stand;
        return now.mount != null && now.failure == null && now.mount.status().state() != MountState.FAILED;
    }

    boolean isLeaving() {
        return unmounts.get() > 0;
    }

    /** An unmount begins. */
    void leave() {
        unmounts.incrementAndGet();
    }

    /** An unmount ended without unmounting. */
    void stay() {
        unmounts.decrementAndGet();
    }

    /** Paths that stayed unpublished when the mount ended by itself; the empty path for what has none. */
    List<String> unpublished() {
        return unpublished;
    }

    void serve(Mount mount) {
        stand = new Stand(mount, null);
    }

    /** Answers those who wait for {@link #started}. */
    void announce(Mount mount) {
        started.tryEmitValue(mount);
    }

    /** It never served. */
    void refuse(Throwable reason) {
        stand = new Stand(null, String.valueOf(reason.getMessage()));
        started.tryEmitError(reason);
    }

    /** It served and ended by itself, with {@code left} unpublished. */
    void fail(String reason, List<String> left) {
        unpublished = List.copyOf(left);
        stand = new Stand(stand.mount, reason);
    }

    MountView view(Clock clock) {
        Stand now = stand;
        MountStatus status = now.mount == null ? null : now.mount.status();
        EngineView engine = now.mount == null ? null : now.mount.engine();
        MountState state =
                now.failure != null ? MountState.FAILED : status == null ? MountState.STARTING : status.state();
        return new MountView(
                spec.id(),
                spec.source().toString(),
                spec.mountPoint().toString(),
                spec.mode().text(),
                engine == null ? spec.transport() : engine.name(),
                engine,
                state,
                status == null ? 0 : status.dirtyFiles(),
                status == null ? 0 : status.dirtyBytes(),
                status == null ? 0 : status.dirtyGenerationLag(),
                status == null ? 0 : status.deletesQueued(),
                status == null ? 0 : MountMeters.ageSeconds(status, clock),
                status == null ? null : status.lastFlush(),
                status == null ? 0 : status.stagingBytes(),
                MountOptionNames.describe(spec.options()),
                now.failure);
    }
}
