package io.hfmount.api.mounts;

import io.hfmount.agent.FlushOutcome;
import io.hfmount.agent.Mount;
import io.hfmount.agent.MountAgent;
import io.hfmount.agent.MountException;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.UnmountOutcome;
import io.hfmount.api.config.SidecarProperties;
import io.hfmount.api.metrics.MountMeters;
import io.hfmount.model.api.MountView;
import io.hfmount.model.api.ProblemCode;
import io.hfmount.model.api.UnmountReport;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * All mounts of the process. Thread-safe. Looks at the disk happen on the bounded-elastic scheduler, never on the
 * caller's thread.
 *
 * <p>Mounting goes on when the client that asked for it is gone: the repeated request then finds the mount.
 */
@Component
public final class MountRegistry {
    /**
     * Answer to a request for a mount.
     *
     * @param view the serving mount
     * @param created false when an identical mount was there
     */
    public record Mounted(MountView view, boolean created) {}

    private record Place(MountEntry entry, boolean isNew) {}

    private static final Logger LOG = LoggerFactory.getLogger(MountRegistry.class);
    /** What the kernel and the last steps may take beyond a drain. */
    private static final Duration DETACHING = Duration.ofSeconds(5);

    private final MountAgent agent;
    private final MountPoints mountPoints;
    private final MeterRegistry meters;
    private final Clock clock;
    private final Object lock = new Object();
    /** By id, oldest first. Guarded by {@link #lock}. */
    private final Map<String, MountEntry> entries = new LinkedHashMap<>();
    /** Whether new work is refused. Guarded by {@link #lock}. */
    private boolean closing;

    @Autowired
    MountRegistry(MountAgent agent, SidecarProperties properties, MeterRegistry meters, Clock clock) {
        this(
                agent,
                new MountPoints(properties.roots(), properties.dataPath(), MountTable.ofThisProcess()),
                meters,
                clock);
    }

    MountRegistry(MountAgent agent, MountPoints mountPoints, MeterRegistry meters, Clock clock) {
        this.agent = agent;
        this.mountPoints = mountPoints;
        this.meters = meters;
        this.clock = clock;
    }

    /** All mounts, oldest first. Takes the locks of each mount: not for event loops. */
    public List<MountView> list() {
        List<MountEntry> all;
        synchronized (lock) {
            all = List.copyOf(entries.values());
        }
        return all.stream().map(e -> e.view(clock)).toList();
    }

    /** One mount. Takes its locks: not for event loops. */
    public MountView view(String id) {
        return entry(id).view(clock);
    }

    /** Whether the mount with this id serves. Takes its locks: not for event loops. */
    public boolean isServing(String id) {
        MountEntry entry;
        synchronized (lock) {
            entry = entries.get(id);
        }
        return entry != null && entry.isServing();
    }

    /**
     * Mounts, or finds the identical mount.
     *
     * @param wanted its mount point is resolved here
     * @param keepFailure whether a mount that cannot be made stays in the list as FAILED
     */
    public Mono<Mounted> mount(MountSpec wanted, boolean keepFailure) {
        return Mono.fromCallable(() -> resolved(wanted))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(spec -> {
                    Place place = reserve(spec);
                    if (place.isNew()) {
                        start(place.entry(), keepFailure);
                    }
                    return place.entry()
                            .started()
                            .map(mount -> new Mounted(place.entry().view(clock), place.isNew()));
                });
    }

    /** The spec with the real path of its mount point. Blocks. */
    MountSpec resolved(MountSpec spec) {
        if (!agent.transports().contains(spec.transport())) {
            throw new MountException(
                    ProblemCode.UNKNOWN_TRANSPORT,
                    "transport is one of "
                            + String.join(
                                    ", ", agent.transports().stream().sorted().toList()));
        }
        return new MountSpec(
                spec.source(), mountPoints.resolve(spec.mountPoint()), spec.mode(), spec.transport(), spec.options());
    }

    private Place reserve(MountSpec spec) {
        synchronized (lock) {
            requireOpen();
            for (MountEntry other : List.copyOf(entries.values())) {
                Path taken = other.spec().mountPoint();
                if (!taken.startsWith(spec.mountPoint()) && !spec.mountPoint().startsWith(taken)) {
                    continue;
                }
                if (other.isFailed() && taken.equals(spec.mountPoint())) {
                    remove(other);
                } else if (other.answers(spec) && !other.isLeaving()) {
                    return new Place(other, false);
                } else {
                    throw new MountException(
                            ProblemCode.ALREADY_MOUNTED,
                            "mount " + other.spec().id() + " of " + other.spec().source() + " is at " + taken);
                }
            }
            MountEntry entry = new MountEntry(spec, new MountMeters(meters, spec.id()));
            entries.put(spec.id(), entry);
            return new Place(entry, true);
        }
    }

    private void start(MountEntry entry, boolean keepFailure) {
        MountSpec spec = entry.spec();
        Mono.<Void>fromRunnable(() -> mountPoints.requireUsable(spec.mountPoint()))
                .then(Mono.defer(() -> agent.mount(spec, entry.meters())))
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("the agent answered without a mount")))
                .subscribeOn(Schedulers.boundedElastic())
                .subscribe(mount -> serve(entry, mount), failure -> {
                    LOG.warn(
                            "mount {} of {} at {} failed: {}",
                            spec.id(),
                            spec.source(),
                            spec.mountPoint(),
                            failure.getMessage());
                    if (!keepFailure) {
                        remove(entry);
                    }
                    entry.refuse(failure);
                });
    }

    private void serve(MountEntry entry, Mount mount) {
        MountSpec spec = entry.spec();
        entry.meters().watch(mount::status, clock);
        LOG.info("mount {} of {} at {} serves", spec.id(), spec.source(), spec.mountPoint());
        entry.serve(mount);
        mount.ended().subscribe(outcome -> ended(entry, outcome), failure -> {
            LOG.error("mount {} ended badly", spec.id(), failure);
            // Nobody knows what it left: its own path stands for all of it.
            entry.fail("the mount ended: " + failure.getMessage(), List.of(""));
        });
        entry.announce(mount); // last, so that whoever is answered finds an end noticed at once
    }

    private void ended(MountEntry entry, UnmountOutcome outcome) {
        UnmountReport left = outcome.report();
        if (entry.isLeaving() || left.nothingLeft()) {
            LOG.info("mount {} ended", entry.spec().id());
            remove(entry);
        } else {
            LOG.error(
                    "mount {} was unmounted from outside with {} unpublished files and {} unpublished removals",
                    entry.spec().id(),
                    left.unpublished().size(),
                    left.deletesQueued());
            entry.fail(
                    "unmounted from outside with " + left.unpublished().size() + " unpublished files and "
                            + left.deletesQueued() + " unpublished removals",
                    paths(left));
        }
    }

    /** What is left, by path; a mount that only has removals left stands for them itself. */
    private static List<String> paths(UnmountReport left) {
        return left.unpublished().isEmpty() && !left.nothingLeft() ? List.of("") : left.unpublished();
    }

    /** Flushes; see {@link Mount#flush}. */
    public Mono<FlushOutcome> flush(String id, List<String> paths, Duration timeout) {
        return Mono.defer(() -> {
            MountEntry entry = entry(id);
            if (entry.isFailed()) {
                return Mono.error(new MountException(ProblemCode.UNKNOWN_MOUNT, "mount " + id + " has failed"));
            }
            return entry.started().flatMap(mount -> mount.flush(paths, timeout));
        });
    }

    /**
     * Unmounts; see {@link Mount#unmount}. A mount that failed is forgotten.
     *
     * @param drain longest wait, empty for the mount's own {@code flushShutdownTimeout}
     */
    public Mono<UnmountOutcome> unmount(String id, Optional<Duration> drain, boolean force) {
        return Mono.defer(() -> {
            MountEntry entry = entry(id);
            if (entry.isFailed()) {
                remove(entry);
                return Mono.just(new UnmountOutcome(new UnmountReport(0, List.of(), 0), true));
            }
            Duration limit = drain.orElse(entry.spec().options().flushShutdownTimeout());
            return entry.started().flatMap(mount -> unmount(entry, mount, limit, force));
        });
    }

    /** Goes on when the caller is gone, so that the entry always learns how it ended. */
    private Mono<UnmountOutcome> unmount(MountEntry entry, Mount mount, Duration drain, boolean force) {
        return Mono.defer(() -> {
            entry.leave();
            Mono<UnmountOutcome> unmounting = mount.unmount(drain, force)
                    .doOnNext(outcome -> {
                        if (outcome.unmounted()) {
                            remove(entry);
                        } else {
                            entry.stay();
                        }
                    })
                    .doOnError(failure -> entry.stay())
                    .cache();
            unmounting.subscribe(
                    outcome -> {},
                    failure -> LOG.warn(
                            "mount {} was not unmounted: {}", entry.spec().id(), failure.getMessage()));
            return unmounting;
        });
    }

    /**
     * Refuses new work, drains all mounts at once, each within its own limit, and detaches them whatever is left.
     *
     * @return the paths that stayed unpublished, as {@code mountPoint/path}; the mount point alone where only removals did
     */
    public Mono<List<String>> drainAll() {
        return Flux.defer(() -> {
                    synchronized (lock) {
                        closing = true;
                        return Flux.fromIterable(List.copyOf(entries.values()));
                    }
                })
                .flatMap(this::drain, Integer.MAX_VALUE)
                .collectList();
    }

    /** Never fails: a mount that cannot be drained must not end the drain of the others. */
    private Flux<String> drain(MountEntry entry) {
        Path mountPoint = entry.spec().mountPoint();
        return (entry.isFailed() ? Flux.fromIterable(entry.unpublished()) : drainServing(entry))
                .map(path -> path.isEmpty() ? mountPoint.toString() : mountPoint + "/" + path)
                .onErrorResume(failure -> {
                    LOG.error("mount {} cannot be detached", entry.spec().id(), failure);
                    return Flux.just(mountPoint.toString());
                });
    }

    private Flux<String> drainServing(MountEntry entry) {
        Duration limit = entry.spec().options().flushShutdownTimeout();
        return entry.started()
                .timeout(limit)
                .onErrorComplete()
                .flatMap(mount -> unmount(entry, mount, limit, false)
                        // It may have joined an unmount with a longer limit of its own.
                        .timeout(limit.plus(DETACHING))
                        .onErrorResume(failure -> {
                            LOG.warn(
                                    "mount {} does not unmount: {}",
                                    entry.spec().id(),
                                    failure.getMessage());
                            return unmount(entry, mount, Duration.ZERO, true);
                        })
                        .flatMap(outcome ->
                                outcome.unmounted() ? Mono.just(outcome) : unmount(entry, mount, Duration.ZERO, true)))
                .flatMapIterable(outcome -> paths(outcome.report()));
    }

    /** The longest time that {@link #drainAll} may take. */
    public Duration drainLimit() {
        synchronized (lock) {
            Duration longest = entries.values().stream()
                    .map(e -> e.spec().options().flushShutdownTimeout())
                    .max(Duration::compareTo)
                    .orElse(Duration.ZERO);
            return longest.plus(DETACHING).multipliedBy(2);
        }
    }

    private void requireOpen() {
        if (closing) {
            throw new MountException(ProblemCode.SHUTTING_DOWN, "the service is ending; no new mounts are made");
        }
    }

    private MountEntry entry(String id) {
        synchronized (lock) {
            MountEntry entry = entries.get(id);
            if (entry == null) {
                throw new MountException(ProblemCode.UNKNOWN_MOUNT, "no mount has this id; GET /v1/mounts lists them");
            }
            return entry;
        }
    }

    private void remove(MountEntry entry) {
        boolean removed;
        synchronized (lock) {
            removed = entries.remove(entry.spec().id(), entry);
        }
        if (removed) {
            entry.meters().close();
        }
    }
}
