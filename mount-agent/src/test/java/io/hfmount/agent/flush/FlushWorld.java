package io.hfmount.agent.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.core.IntervalFunction;
import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.FaultyBucketHub;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.api.FlushedFile;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * A pipeline between a model file system, fake storage and a memory hub, on virtual time and one thread: nothing happens
 * unless time is moved, and then it has happened. Backoff has no jitter: 1 s, 2 s, 4 s … 5 min.
 */
final class FlushWorld {
    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final MemoryBucketHub bucket = new MemoryBucketHub("ann/data");
    final FaultyBucketHub hub = new FaultyBucketHub(bucket);
    final FakeStore store = new FakeStore(bucket);
    final FlushTime clock = FlushTime.of(time);
    final ModelPublication fs = new ModelPublication(clock.wall());
    final List<FlushedFile> flushed = new ArrayList<>();
    final List<Boolean> pauses = new ArrayList<>();
    final SerialCommitLane lane =
            new SerialCommitLane(hub, Schedulers.immediate(), time, SerialCommitLane.SEND_TIMEOUT);
    final FlushPipeline pipeline;
    int retried;

    FlushWorld() {
        this(FlushSettings.DEFAULTS);
    }

    /** What storage fails with while calls are repeated. */
    final StorageTroubles troubles;

    FlushWorld(FlushSettings settings) {
        troubles = new StorageTroubles(clock.nanos());
        FlushObserver observer = new FlushObserver() {
            @Override
            public void flushed(FlushedFile file) {
                flushed.add(file);
            }

            @Override
            public void retried() {
                retried++;
            }

            @Override
            public void paused(boolean paused) {
                pauses.add(paused);
            }
        };
        pipeline = new FlushPipeline(
                store,
                hub,
                lane,
                settings,
                observer,
                clock,
                Schedulers.immediate(),
                troubles,
                IntervalFunction.ofExponentialBackoff(settings.retryFirst(), 2.0, settings.retryMost()));
        pipeline.start(fs);
    }

    /** Settings with a large-file bound and parallelism. */
    static FlushSettings settings(int parallelism, long largeFile) {
        FlushSettings d = FlushSettings.DEFAULTS;
        return new FlushSettings(
                d.debounce(),
                d.window(),
                d.openFileWindows(),
                parallelism,
                d.itemTimeout(),
                d.minUploadRate(),
                largeFile,
                5000,
                d.batchBytes(),
                d.retryFirst(),
                d.retryMost(),
                d.tokenRetry());
    }

    /** Writes and closes: the file is dirty and signalled. */
    File save(String path, String content) {
        File file = fs.write(path, content);
        pipeline.dirty(file.ino);
        return file;
    }

    /** Writes, closes and publishes. */
    File published(String path, String content) {
        File file = save(path, content);
        pass(2);
        assertThat(file.isDirty()).isFalse();
        return file;
    }

    void unlink(File file) {
        fs.unlink(file);
        pipeline.deletesQueued();
    }

    void pass(double seconds) {
        time.advanceTimeBy(Duration.ofNanos(Math.round(seconds * 1e9)));
    }

    /** The bucket as path → hash of text. */
    Map<String, Object> remote() {
        Map<String, Object> remote = new TreeMap<>();
        bucket.files().forEach((path, file) -> remote.put(path, file.hash()));
        return remote;
    }

    void putRemotely(String path, String content) {
        bucket.putRemotely(path, FakeStore.hash(content), content.length(), Instant.EPOCH);
    }

    /** Applied batches as {@code +added} and {@code -deleted} paths. */
    List<List<String>> batches() {
        return bucket.batches().stream()
                .map(batch -> batch.stream()
                        .map(o -> (o instanceof BatchOperation.AddFile ? "+" : "-") + o.path())
                        .toList())
                .toList();
    }

    /** After the test: every seal was released, exactly once. */
    void assertQuiet() {
        assertThat(fs.violations).isEmpty();
        assertThat(fs.openSeals).as("seals left open").isZero();
        assertThat(lane.length()).as("turns left").isZero();
    }
}
