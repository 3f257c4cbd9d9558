package io.hfmount.agent.mount;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.MountMode;
import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountOptions;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.UnmountOutcome;
import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.flush.DiskScheduler;
import io.hfmount.agent.flush.FlushObserver;
import io.hfmount.agent.flush.FlushPipeline;
import io.hfmount.agent.flush.FlushSettings;
import io.hfmount.agent.flush.FlushTime;
import io.hfmount.agent.flush.SerialCommitLane;
import io.hfmount.agent.flush.StorageTroubles;
import io.hfmount.agent.fs.ContentAccess;
import io.hfmount.agent.fs.FsObserver;
import io.hfmount.agent.fs.FsSettings;
import io.hfmount.agent.fs.MountFileSystem;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.agent.remote.HubRemoteTree;
import io.hfmount.agent.remote.PollSettings;
import io.hfmount.agent.remote.RemotePoller;
import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.transport.Engine;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.KernelCache;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.hub.FaultyBucketHub;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import io.hfmount.model.api.MountState;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** How a mount ends (mount-semantics §3.11, §8.2): the real parts over a Hub that can be made to hang. */
class BucketMountTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration DAY = Duration.ofHours(24);
    private static final int WRITE_CREATE = 0101;

    @TempDir
    Path dir;

    private final MemoryStorage memory = new MemoryStorage();
    private final MemoryBucketHub bucket = new MemoryBucketHub("o/b", hash -> {
        Long size = memory.fileSize(hash).block();
        return size == null ? OptionalLong.empty() : OptionalLong.of(size);
    });
    private final FaultyBucketHub hub = new FaultyBucketHub(bucket);
    private final Scheduler disk = DiskScheduler.create("mount-test");
    private final FakeTransport transport = new FakeTransport();
    private MountFileSystem fs;
    private BucketMount mount;

    /** A kernel that lets go at once. */
    private static final class FakeTransport implements MountedTransport {
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private volatile boolean busy;

        @Override
        public KernelCache kernelCache() {
            return KernelCache.NONE;
        }

        @Override
        public Engine engine() {
            return new Engine("fake", "7.0", List.of("FLAG"), 4096);
        }

        @Override
        public Map<String, String> describe() {
            return Map.of();
        }

        @Override
        public CompletableFuture<Void> ended() {
            return ended.copy();
        }

        @Override
        public void unmount(boolean lazy) throws IOException {
            if (busy && !lazy) {
                throw new IOException("busy");
            }
            if (!lazy) {
                ended.complete(null);
            }
        }
    }

    @BeforeEach
    void open() throws IOException {
        XetContentStore store = new XetContentStore(
                memory, XetContentStore.Settings.defaults().withRetry(RetryPolicy.never()), StorageObserver.NONE);
        SerialCommitLane lane = new SerialCommitLane(hub, disk, Schedulers.parallel(), Duration.ofMinutes(5));
        FlushPipeline pipeline = new FlushPipeline(
                store,
                hub,
                lane,
                FlushSettings.DEFAULTS,
                FlushObserver.NONE,
                FlushTime.system(),
                disk,
                StorageTroubles.system());
        Closing closing = new Closing();
        StagingArea area = closing.add(StagingArea.open(dir.resolve("staging")));
        fs = new MountFileSystem(new MountFileSystem.Parts(
                new FsSettings(false, 0, 0, Duration.ZERO, Duration.ofSeconds(30), false, true, Long.MAX_VALUE - 1),
                InstantSource.system(),
                area,
                new NoContent(),
                new HubRemoteTree(hub),
                lane,
                pipeline,
                e -> ErrnoTable.metadata("hub", e),
                FsObserver.NONE));
        closing.add(fs);
        pipeline.start(fs.publication());
        RemotePoller poller = new RemotePoller(
                hub, fs.remoteView(), new PollSettings(Duration.ZERO, 4, 4), _ -> {}, Schedulers.parallel(), disk);
        MountSpec spec = new MountSpec(
                BucketSource.parse("hf://buckets/o/b"), dir, MountMode.STAGED, "fuse", MountOptions.DEFAULTS);
        mount = new BucketMount(spec, fs, pipeline, poller, transport, new ObserverBridge(MountObserver.NONE), closing);
    }

    @AfterEach
    void close() {
        mount.unmount(Duration.ZERO, true).block(LIMIT);
        disk.dispose();
    }

    /** Nothing is read from storage here. */
    private static final class NoContent implements ContentAccess {
        @Override
        public boolean knows(ContentHash hash, long size) {
            return false;
        }

        @Override
        public OpenContent open(ContentHash hash, long size) {
            throw new AssertionError("not read here");
        }

        @Override
        public void download(ContentHash hash, long size, DownloadTarget target) {
            throw new AssertionError("not read here");
        }
    }

    private long create(String name) throws FsException {
        return fs.create(1, name, 0644, OpenFlags.fromLinux(WRITE_CREATE), Caller.SELF)
                .open()
                .handle();
    }

    private void write(long handle, String text) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            MemorySegment data = arena.allocate(bytes.length);
            data.copyFrom(MemorySegment.ofArray(bytes));
            fs.write(0, handle, 0, data, Wait.ALLOWED);
        }
    }

    private List<String> kept() throws IOException {
        try (Stream<Path> files = Files.list(dir.resolve("staging/data"))) {
            return files.filter(f -> !f.toString().endsWith(".tsv"))
                    .map(BucketMountTest::text)
                    .toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void forcedUnmount_doesNotWaitForTheLongerDrainOfAnother_andKeepsTheBytes() throws Exception {
        write(create("a"), "one");
        hub.holdNext(Call.BATCH, Mono.never());
        CompletableFuture<UnmountOutcome> first = mount.unmount(DAY, false).toFuture();
        Awaitility.await().until(() -> mount.status().state() == MountState.DRAINING);
        UnmountOutcome forced = mount.unmount(Duration.ZERO, true).block(LIMIT);
        assertThat(forced.unmounted()).isTrue();
        assertThat(forced.report().unpublished()).containsExactly("a");
        assertThat(first.get().unmounted()).isFalse();
        assertThat(first.get().report().unpublished()).containsExactly("a");
        assertThat(kept()).containsExactly("one");
    }

    @Test
    void unmountThatIsNotClean_goesOnServing_andPublishesLater() throws Exception {
        long handle = create("a");
        write(handle, "one");
        hub.refuseNext(Call.BATCH, 403);
        assertThat(mount.unmount(Duration.ofSeconds(30), false).block(LIMIT).unmounted())
                .isFalse();
        assertThat(mount.status().state()).isEqualTo(MountState.READY);
        write(handle, "two");
        UnmountOutcome outcome = mount.unmount(Duration.ofSeconds(30), false).block(LIMIT);
        assertThat(outcome.unmounted()).isTrue();
        assertThat(outcome.report().unpublished()).isEmpty();
        assertThat(mount.ended().block(LIMIT)).isEqualTo(outcome);
        assertThat(kept()).isEmpty();
    }

    @Test
    void unmountAskedForWithTheAnswerOfOne_isANewOne() throws Exception {
        write(create("a"), "one");
        hub.refuseNext(Call.BATCH, 403);
        UnmountOutcome outcome = mount.unmount(Duration.ofSeconds(30), false)
                .doOnNext(first -> assertThat(first.unmounted()).isFalse())
                .flatMap(first -> mount.unmount(Duration.ofSeconds(30), false))
                .block(LIMIT);
        assertThat(outcome.unmounted()).isTrue();
        assertThat(hub.pathsInfo(List.of("a")).block()).containsKey("a");
    }

    @Test
    void removalsThatTheHubWasNotTold_areTold() throws Exception {
        long handle = create("a");
        write(handle, "one");
        fs.fsync(0, handle, false);
        fs.release(0, handle);
        fs.unlink(1, "a");
        assertThat(mount.status().deletesQueued()).isOne();
        hub.holdNext(Call.BATCH, Mono.never());
        UnmountOutcome kept = mount.unmount(Duration.ofSeconds(1), false).block(LIMIT);
        assertThat(kept.unmounted()).isFalse();
        assertThat(kept.report().deletesQueued()).isOne();
        UnmountOutcome forced = mount.unmount(Duration.ZERO, true).block(LIMIT);
        assertThat(forced.unmounted()).isTrue();
        assertThat(forced.report().unpublished()).isEmpty();
        assertThat(forced.report().deletesQueued()).isOne();
    }

    @Test
    void endFromOutside_publishesWhatIsDirty() throws Exception {
        write(create("a"), "one");
        transport.ended.complete(null);
        UnmountOutcome outcome = mount.ended().block(LIMIT);
        assertThat(outcome.report().published()).isOne();
        assertThat(outcome.report().unpublished()).isEmpty();
        assertThat(hub.pathsInfo(List.of("a")).block()).containsKey("a");
    }

    @Test
    void forcedUnmountOfABusyMount_tellsAndKeepsWhatAnOpenFileStillHolds() throws Exception {
        transport.busy = true;
        write(create("a"), "one");
        hub.holdNext(Call.BATCH, Mono.never());
        UnmountOutcome outcome = mount.unmount(Duration.ofSeconds(1), true).block(LIMIT);
        assertThat(outcome.unmounted()).isTrue();
        assertThat(outcome.report().unpublished()).containsExactly("a");
        assertThat(kept()).containsExactly("one");
    }
}
