package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.content.ChunkCache;
import io.hfmount.agent.content.ContentObserver;
import io.hfmount.agent.content.ContentReader;
import io.hfmount.agent.content.ContentSettings;
import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.LayoutStore;
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
import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.KernelCache;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.ContentHash;
import io.hfmount.model.api.FlushReport;
import io.hfmount.model.api.FlushedFile;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The file system of a bucket in the mode sparse, whatever a file's size, with its real pipeline, reader and Xet client
 * over a strict Hub and storage in memory that count what is asked of them. Nothing is published unless asked for.
 */
public final class SparseBucket implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration NEVER = Duration.ofHours(1);

    private final MemoryStorage memory;
    private final MemoryBucketHub hub;
    private final FaultyStorage storage;
    private final Scheduler disk = DiskScheduler.create("sparse-bucket");
    private final ChunkIndex index;
    private final XetContentStore store;
    private final ContentReader reader;
    private final FlushPipeline pipeline;
    private final StagingArea area;
    private final MountFileSystem fileSystem;

    /** An empty bucket; {@code staging} holds what is edited. */
    public SparseBucket(Path staging) {
        this(staging, 0);
    }

    /** With few inodes in memory; zero for no limit. */
    public SparseBucket(Path staging, int inodeSoftLimit) {
        this(new MemoryStorage(), null, staging, inodeSoftLimit);
    }

    private SparseBucket(MemoryStorage memory, @Nullable MemoryBucketHub known, Path staging, int inodeSoftLimit) {
        this.memory = memory;
        this.hub = known != null
                ? known
                : new MemoryBucketHub("o/b", hash -> {
                    Long size = memory.fileSize(hash).block();
                    return size == null ? OptionalLong.empty() : OptionalLong.of(size);
                });
        this.storage = new FaultyStorage(memory);
        try {
            this.index = DiskChunkIndex.open(staging.resolveSibling(staging.getFileName() + "-index"), 64 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.store = new XetContentStore(
                storage,
                index,
                XetContentStore.Settings.defaults().withRetry(RetryPolicy.never()),
                StorageObserver.NONE);
        this.reader = new ContentReader(
                store, ContentSettings.DEFAULTS, ChunkCache.NONE, LayoutStore.NONE, ContentObserver.NONE);
        SerialCommitLane lane = new SerialCommitLane(hub, disk, Schedulers.parallel(), LIMIT);
        this.pipeline = new FlushPipeline(
                store,
                hub,
                lane,
                FlushSettings.DEFAULTS.with(NEVER, NEVER, 4, null),
                FlushObserver.NONE,
                FlushTime.system(),
                disk,
                StorageTroubles.system());
        try {
            this.area = StagingArea.open(staging);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.fileSystem = new MountFileSystem(new MountFileSystem.Parts(
                new FsSettings(false, 0, 0, Duration.ZERO, Duration.ZERO, false, true, Long.MAX_VALUE - 1)
                        .withSparseMinSize(1)
                        .withInodeSoftLimit(inodeSoftLimit),
                InstantSource.system(),
                area,
                new Content(),
                new HubRemoteTree(hub),
                lane,
                pipeline,
                e -> ErrnoTable.metadata("hub", e),
                FsObserver.NONE));
        pipeline.start(fileSystem.publication());
    }

    private final class Content implements ContentAccess {
        @Override
        public OpenContent open(ContentHash hash, long size) {
            return reader.open(hash, size);
        }

        @Override
        public boolean knows(ContentHash hash, long size) {
            return store.knows(hash, size);
        }

        @Override
        public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
            reader.download(hash, size, target);
        }
    }

    /** What is mounted. */
    public FileSystem fileSystem() {
        return fileSystem;
    }

    /** The kernel's caches, once it is mounted. */
    public void attach(KernelCache kernel) {
        fileSystem.attach(kernel);
    }

    /** Inodes in memory. */
    public int inodes() {
        return fileSystem.counters().inodes();
    }

    /** Another mount of the same bucket, which has seen none of it. */
    public SparseBucket elsewhere(Path staging) {
        return new SparseBucket(memory, hub, staging, 0);
    }

    /** Another client puts a file, so that this one knows nothing of its chunks. */
    public void put(String path, byte[] content) {
        putAll(List.of(path), content);
    }

    /** Another client puts the same content in many places. */
    public void putAll(List<String> paths, byte[] content) {
        try (XetContentStore other = new XetContentStore(
                memory, XetContentStore.Settings.defaults().withRetry(RetryPolicy.never()), StorageObserver.NONE)) {
            UploadSession session = other.newUploadSession();
            ContentHash hash = session.add(ArraySource.of(content)).block(LIMIT).hash();
            session.finish().block(LIMIT);
            Instant time = Instant.parse("2026-01-01T00:00:00Z");
            paths.forEach(path -> hub.putRemotely(path, hash, content.length, time));
        }
    }

    /** Publishes everything; nothing may stay dirty. */
    public FlushReport publish() {
        FlushReport report = pipeline.flush(List.of(), LIMIT).block(LIMIT).report();
        assertThat(report.clean()).as("%s", report).isTrue();
        assertThat(fileSystem.publication().dirtyFiles()).isEmpty();
        return report;
    }

    /** Publishes everything, which is one file, and tells how. */
    public FlushedFile publishOne() {
        return assertThat(publish().files()).singleElement().actual();
    }

    /** What the Hub has of a file, put together by storage. */
    public byte[] published(String path) {
        HubFile file = hub.files().get(path);
        assertThat(file).as("%s on the Hub", path).isNotNull();
        byte[] content = file.hash().isZero() ? new byte[0] : memory.content(file.hash());
        assertThat(file.size()).isEqualTo(content.length);
        return content;
    }

    /** Hash of what the Hub has of a file. */
    public ContentHash hash(String path) {
        return hub.files().get(path).hash();
    }

    /** Whether nothing waits to be published. */
    public boolean isClean() {
        return fileSystem.publication().dirtyFiles().isEmpty();
    }

    /** Questions for content so far: plans, bytes, windows. */
    public int fetches() {
        return storage.calls(StorageRoute.RECONSTRUCTION)
                + storage.calls(StorageRoute.DATA)
                + storage.calls(StorageRoute.WINDOWS);
    }

    /** Questions for windows among them. */
    public int windowQueries() {
        return storage.calls(StorageRoute.WINDOWS);
    }

    /** What was brought to storage so far: objects and registrations. */
    public int uploads() {
        return storage.calls(StorageRoute.XORB_UPLOAD) + storage.calls(StorageRoute.SHARD_UPLOAD);
    }

    /** Bytes on the local disk. */
    public long stagedBytes() {
        return area.bytes();
    }

    @Override
    public void close() {
        pipeline.close();
        fileSystem.abandon();
        reader.close();
        store.close();
        index.close();
        disk.dispose();
        try {
            area.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
