package io.hfmount.agent.mount;

import io.hfmount.agent.Mount;
import io.hfmount.agent.MountException;
import io.hfmount.agent.MountMode;
import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountOptions;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.content.ContentSettings;
import io.hfmount.agent.content.PlainBlockCache;
import io.hfmount.agent.content.PlainReader;
import io.hfmount.agent.flush.DiskScheduler;
import io.hfmount.agent.flush.FlushPipeline;
import io.hfmount.agent.flush.FlushSettings;
import io.hfmount.agent.flush.FlushTime;
import io.hfmount.agent.flush.SerialCommitLane;
import io.hfmount.agent.fs.ContentAccess;
import io.hfmount.agent.fs.FsSettings;
import io.hfmount.agent.fs.MountFileSystem;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.agent.remote.HubRemoteTree;
import io.hfmount.agent.remote.PlainFiles;
import io.hfmount.agent.remote.PollSettings;
import io.hfmount.agent.remote.RemotePoller;
import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.Transport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.TokenSource;
import io.hfmount.hub.http.HubSettings;
import io.hfmount.model.api.ProblemCode;
import io.hfmount.xet.cas.HttpStorageClient;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageAccess;
import io.hfmount.xet.cas.StorageSettings;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.store.XetContentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Puts the parts of one mount together, in the order of mount-semantics §8.1. Used once, by one thread that may wait. */
final class MountAssembly {
    private static final Logger log = LoggerFactory.getLogger(MountAssembly.class);
    private static final int MAX_BACKGROUND = 64;
    private static final RetryPolicy STORAGE_RETRY = new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofSeconds(30));
    private static final Duration STORAGE_CONNECT = Duration.ofSeconds(10);
    private static final Duration STORAGE_SILENCE = Duration.ofSeconds(60);
    private static final long MEMORY_SHARE = 4;

    /** Part of the cache limit that a repo's plain files get: most of a repo's bytes are in Xet storage. */
    private static final long PLAIN_SHARE = 4;

    /** Room for the chunk lists of about 400 GiB of content. */
    private static final long INDEX_BYTES = 256L << 20;

    private final AgentSettings agent;
    private final MountSpec spec;
    private final MountOptions options;
    private final Transport transport;
    private final ObserverBridge bridge;
    private final MountObserver observer;
    private final boolean readOnly;
    private final Closing closing = new Closing();

    MountAssembly(AgentSettings agent, MountSpec spec, MountObserver observer, Transport transport) {
        this.agent = agent;
        this.spec = spec;
        this.options = spec.options();
        this.transport = transport;
        this.observer = observer;
        this.bridge = new ObserverBridge(observer);
        this.readOnly = spec.mode() == MountMode.READ_ONLY;
    }

    /**
     * Mounts.
     *
     * @throws MountException when it cannot; nothing is left behind then
     */
    Mount start() {
        try {
            return assemble();
        } catch (MountException e) {
            closing.closeAll();
            throw e;
        } catch (IOException | RuntimeException e) {
            closing.closeAll();
            throw new MountException(
                    ProblemCode.INTERNAL, "mounting " + spec.source() + " failed: " + e.getMessage(), e);
        }
    }

    private Mount assemble() throws IOException {
        Scheduler disk = DiskScheduler.create("mount-" + spec.id());
        closing.add(disk::dispose);
        TokenSource tokens = agent.tokens(options.tokenFile(), disk);
        MountedSource source = MountedSource.connect(
                spec.source(), HubSettings.of(agent.endpoint()), tokens, bridge, options.readFetchTimeout(), closing);
        BucketHub hub = source.hub();
        String revision = askHub(hub);
        Path directory = privateDirectory();
        XetContentStore store = store(hub, index(directory));
        StagingArea area = openArea(directory.resolve("staging"));
        long plainCache = source.plain() == null ? 0 : options.cacheSize() / PLAIN_SHARE;
        ContentAccess xet = CachedContent.open(
                store,
                directory,
                options.cacheMode(),
                options.cacheSize() - plainCache,
                contentSettings(),
                bridge,
                closing);
        ContentAccess content = withPlainFiles(xet, source.plain(), directory, plainCache, disk);
        SerialCommitLane lane = new SerialCommitLane(hub, disk, Schedulers.parallel(), SerialCommitLane.SEND_TIMEOUT);
        FlushPipeline pipeline = closing.add(new FlushPipeline(
                store, hub, lane, flushSettings(), bridge, FlushTime.system(), disk, bridge.troubles()));
        MountFileSystem fs = new MountFileSystem(new MountFileSystem.Parts(
                fsSettings(),
                InstantSource.system(),
                area,
                content,
                new HubRemoteTree(hub),
                lane,
                pipeline,
                failure -> ErrnoTable.metadata("the Hub", failure),
                bridge));
        closing.add(fs);
        pipeline.start(fs.publication());
        RemotePoller poller = closing.add(new RemotePoller(
                hub,
                fs.remoteView(),
                new PollSettings(
                        source.moves() ? options.pollInterval() : Duration.ZERO,
                        options.pollListingConcurrency(),
                        PollSettings.DEFAULTS.confirmConcurrency()),
                bridge::polled,
                Schedulers.parallel(),
                disk));
        MountedTransport mounted = mount(fs);
        boolean serves = false;
        try {
            fs.attach(mounted.kernelCache());
            preload(fs);
            poller.start(revision);
            Mount mount = new BucketMount(spec, fs, pipeline, poller, mounted, bridge, closing);
            serves = true;
            return mount;
        } finally {
            if (!serves) {
                mounted.unmount(true); // nothing may serve the kernel from parts that are closed
            }
        }
    }

    /** The revision that whatever is listed from now on shows, or a newer one. */
    private String askHub(BucketHub hub) {
        try {
            BucketInfo info = Objects.requireNonNull(hub.info().block());
            hub.storageToken(!readOnly).block();
            return info.revision();
        } catch (RuntimeException e) {
            throw HubProblems.of(spec, e);
        }
    }

    /** What is never uploaded need not be hashed for it. */
    private ChunkIndex index(Path directory) throws IOException {
        if (readOnly) {
            return ChunkIndex.none();
        }
        String scope = agent.endpoint() + "\n" + spec.source();
        return closing.add(DiskChunkIndex.open(directory.resolve("chunk-index"), INDEX_BYTES, scope));
    }

    private XetContentStore store(BucketHub bucket, ChunkIndex index) {
        Scheduler decoding = Schedulers.newParallel("storage-answers", 2, true);
        closing.add(decoding::dispose);
        HttpStorageClient client = closing.add(new HttpStorageClient(
                () -> bucket.storageToken(!readOnly).map(t -> new StorageAccess(t.url(), t.token(), t.expiresAt())),
                StorageSettings.defaults().withRetry(STORAGE_RETRY).withTimeouts(STORAGE_CONNECT, STORAGE_SILENCE),
                decoding,
                bridge));
        return closing.add(new XetContentStore(
                client, index, XetContentStore.Settings.defaults().withRetry(STORAGE_RETRY), bridge));
    }

    private Path privateDirectory() throws IOException {
        return Files.createDirectories(agent.dataDirectory().resolve("mounts").resolve(spec.id()));
    }

    private StagingArea openArea(Path directory) {
        try {
            return closing.add(StagingArea.open(directory));
        } catch (IOException e) {
            throw new MountException(
                    ProblemCode.INTERNAL, "the staging directory cannot be used: " + e.getMessage(), e);
        }
    }

    private ContentAccess withPlainFiles(
            ContentAccess xet, @Nullable PlainFiles files, Path directory, long cacheSize, Scheduler disk)
            throws IOException {
        if (files == null) {
            return xet;
        }
        PlainBlockCache cache =
                closing.add(PlainBlockCache.open(directory.resolve("plain-cache"), cacheSize, bridge::plainCacheBytes));
        return new RepoContent(xet, files, closing.add(new PlainReader(files, cache, bridge, disk)));
    }

    /** The asked limits, but never more than a quarter of what the process may use. */
    private ContentSettings contentSettings() {
        long memory = Math.min(options.maxReadMemory(), Runtime.getRuntime().maxMemory() / MEMORY_SHARE);
        return ContentSettings.DEFAULTS
                .withMaxReadMemory(memory)
                .withReadFetchTimeout(options.readFetchTimeout())
                .withMaxFetches(options.maxInflightReads());
    }

    private FlushSettings flushSettings() {
        return FlushSettings.DEFAULTS.with(
                options.flushDebounce(),
                options.flushMaxBatchWindow(),
                options.flushParallelism(),
                options.flushItemTimeout());
    }

    private FsSettings fsSettings() {
        Long uid = options.uid();
        Long gid = options.gid();
        return new FsSettings(
                readOnly,
                uid != null ? (int) (long) uid : ProcessOwner.uid(),
                gid != null ? (int) (long) gid : ProcessOwner.gid(),
                options.metadataTtl(),
                options.negativeTtl(),
                options.directIo(),
                options.filterOsFiles(),
                Long.MAX_VALUE - 1,
                options.listAheadLimit(),
                options.inodeSoftLimit(),
                spec.mode() == MountMode.SPARSE ? options.sparseMinSize() : FsSettings.NEVER_SPARSE);
    }

    private MountedTransport mount(MountFileSystem fs) {
        try {
            return transport.mount(
                    new ObservedFileSystem(fs, observer),
                    new TransportOptions(
                            spec.mountPoint(),
                            spec.source().toString(),
                            readOnly,
                            options.ownerOnly(),
                            MAX_BACKGROUND));
        } catch (IOException e) {
            throw new MountException(
                    ProblemCode.TRANSPORT_UNUSABLE,
                    "mounting at " + spec.mountPoint() + " failed: " + e.getMessage(),
                    e);
        }
    }

    private void preload(MountFileSystem fs) {
        try {
            fs.preload();
        } catch (FsException e) {
            log.warn("the root of {} could not be listed yet: {}", spec.source(), e.getMessage());
        }
    }
}
