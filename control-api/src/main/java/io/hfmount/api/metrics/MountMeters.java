package io.hfmount.api.metrics;

import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountStatus;
import io.hfmount.model.Meters;
import io.hfmount.model.api.FlushedFile;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The meters of one mount. Thread-safe; recording takes no lock once a meter exists. {@link #close()} removes them, so
 * that a mount that is gone leaves no series behind.
 */
public final class MountMeters implements MountObserver, AutoCloseable {
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(100_000),
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5)
    };

    private record Key(Meters meter, List<String> values) {}

    private final MeterRegistry registry;
    private final String mount;
    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();
    private final Queue<Meter> registered = new ConcurrentLinkedQueue<>();

    /**
     * @param registry where the meters live
     * @param mount id of the mount
     */
    public MountMeters(MeterRegistry registry, String mount) {
        this.registry = registry;
        this.mount = mount;
        // Series that alerts look at exist from the start, so that "no data" and "nothing happened" differ.
        for (Meters meter : Meters.values()) {
            if (meter.type() == Meters.Type.COUNTER && meter.labels().isEmpty()) {
                counter(meter);
            }
        }
    }

    /**
     * Adds the gauges.
     *
     * @param status the mount's counters
     * @param clock for ages
     */
    public void watch(Supplier<MountStatus> status, Clock clock) {
        gauge(Meters.DIRTY_FILES, status, MountStatus::dirtyFiles);
        gauge(Meters.DIRTY_BYTES, status, MountStatus::dirtyBytes);
        gauge(Meters.DIRTY_GENERATION_LAG, status, MountStatus::dirtyGenerationLag);
        gauge(Meters.OLDEST_DIRTY_SECONDS, status, s -> ageSeconds(s, clock));
        gauge(Meters.FLUSH_QUEUE_DEPTH, status, MountStatus::flushQueueDepth);
        gauge(Meters.FLUSH_INFLIGHT, status, MountStatus::flushInflight);
        gauge(Meters.DELETES_QUEUED, status, MountStatus::deletesQueued);
        gauge(Meters.STAGING_BYTES, status, MountStatus::stagingBytes);
        gauge(Meters.CACHE_BYTES, status, MountStatus::cacheBytes);
        gauge(Meters.INODES, status, MountStatus::inodes);
        gauge(Meters.OPEN_HANDLES, status, MountStatus::openHandles);
    }

    /** Seconds that the oldest dirty file has waited, 0 when none is dirty. */
    public static double ageSeconds(MountStatus status, Clock clock) {
        Instant since = status.oldestDirtySince();
        return since == null
                ? 0
                : Math.max(0, Duration.between(since, clock.instant()).toMillis() / 1000.0);
    }

    @Override
    public void operation(String operation, String errno, long nanos) {
        counter(Meters.OPS, operation, errno).increment();
        timer(Meters.OP_SECONDS, operation).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void bytesRead(String source, long bytes) {
        counter(Meters.BYTES_READ, source).increment((double) bytes);
    }

    @Override
    public void cacheChunks(String result, long chunks) {
        counter(Meters.CACHE_CHUNKS, result).increment((double) chunks);
    }

    @Override
    public void cacheDropped(long bytes) {
        counter(Meters.CACHE_DROPPED_BYTES).increment((double) bytes);
    }

    @Override
    public void bytesWritten(long bytes) {
        counter(Meters.BYTES_WRITTEN).increment((double) bytes);
    }

    @Override
    public void dirtied() {
        counter(Meters.DIRTY_GENERATIONS).increment();
    }

    @Override
    public void flushed(FlushedFile file) {
        String route = lower(file.route());
        counter(Meters.FLUSHES, route, lower(file.result())).increment();
        timer(Meters.FLUSH_SECONDS, route).record(file.durationMs(), TimeUnit.MILLISECONDS);
        if (file.route() == FlushedFile.Route.NOOP) {
            counter(Meters.FLUSH_NOOPS).increment();
        }
    }

    @Override
    public void flushRetried() {
        counter(Meters.FLUSH_RETRIES).increment();
    }

    @Override
    public void hubRequest(String endpoint, int status, long nanos, int retries) {
        counter(Meters.HUB_REQUESTS, endpoint, status(status)).increment();
        timer(Meters.HUB_REQUEST_SECONDS, endpoint).record(nanos, TimeUnit.NANOSECONDS);
        counter(Meters.HUB_RETRIES, endpoint).increment(retries);
    }

    @Override
    public void storageRequest(String endpoint, int status, long nanos) {
        counter(Meters.CAS_REQUESTS, endpoint, status(status)).increment();
        timer(Meters.CAS_REQUEST_SECONDS, endpoint).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void storageRetried(String endpoint) {
        counter(Meters.CAS_RETRIES, endpoint).increment();
    }

    @Override
    public void storageBytes(String direction, long bytes) {
        switch (direction) {
            case "down" -> counter(Meters.CAS_BYTES_DOWN).increment((double) bytes);
            case "up" -> counter(Meters.CAS_BYTES_UP).increment((double) bytes);
            default -> counter(Meters.CAS_BYTES_REUSED).increment((double) bytes);
        }
    }

    @Override
    public void indexReused(long chunks, long bytes) {
        counter(Meters.CAS_INDEX_CHUNKS_REUSED).increment((double) chunks);
        counter(Meters.CAS_INDEX_BYTES_REUSED).increment((double) bytes);
    }

    @Override
    public void pollRound(String result) {
        counter(Meters.POLL_ROUNDS, result).increment();
    }

    @Override
    public void errorSurfaced(String errno) {
        counter(Meters.ERRORS_SURFACED, errno).increment();
    }

    @Override
    public void close() {
        for (Meter meter = registered.poll(); meter != null; meter = registered.poll()) {
            registry.remove(meter);
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String status(int status) {
        return status == 0 ? "none" : Integer.toString(status);
    }

    private Counter counter(Meters meter, String... values) {
        return counters.computeIfAbsent(new Key(meter, List.of(values)), key -> {
            Counter counter = Counter.builder(meter.meterName())
                    .description(meter.description())
                    .tags(tags(key))
                    .register(registry);
            registered.add(counter);
            return counter;
        });
    }

    private Timer timer(Meters meter, String... values) {
        return timers.computeIfAbsent(new Key(meter, List.of(values)), key -> {
            Timer timer = Timer.builder(meter.meterName())
                    .description(meter.description())
                    .serviceLevelObjectives(BUCKETS)
                    .tags(tags(key))
                    .register(registry);
            registered.add(timer);
            return timer;
        });
    }

    private void gauge(Meters meter, Supplier<MountStatus> status, ToDoubleFunction<MountStatus> value) {
        registered.add(Gauge.builder(meter.meterName(), () -> value.applyAsDouble(status.get()))
                .description(meter.description())
                .tags(tags(new Key(meter, List.of())))
                .strongReference(true)
                .register(registry));
    }

    private Tags tags(Key key) {
        Tags tags = Tags.of(Meters.MOUNT, mount);
        for (int i = 0; i < key.values.size(); i++) {
            tags = tags.and(key.meter.labels().get(i), key.values.get(i));
        }
        return tags;
    }
}
