package io.hfmount.agent.fs;

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
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.agent.remote.HubRemoteTree;
import io.hfmount.agent.remote.PollSettings;
import io.hfmount.agent.remote.RemotePoller;
import io.hfmount.agent.remote.SourceHub;
import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CopyRange;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.FaultyBucketHub;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Random programs on the file system with its real flush pipeline, remote view, content reader and Xet client, over a
 * strict Hub and storage in memory that fail as the program says. Publication runs in the background while the program
 * goes on, with a debounce of a millisecond, so that every run interleaves differently. Whatever happens, the Hub only
 * ever gets content that some file had as a whole, and in the end both views equal a plain map.
 */
class AgentModelTest {
    private static final List<String> FILES = List.of("a", "a.tmp", "b", "d/x", "d/x~", "d/y", "d/s/z", "e/x");
    private static final List<String> DIRECTORIES = List.of("d", "e", "d/s", "f");

    enum Op {
        PUT,
        PUT_OPEN,
        APPEND,
        WRITE_INSIDE,
        TRUNCATE,
        REPLACE,
        OVERWRITE,
        COPY,
        RENAME,
        RENAME_DIRECTORY,
        UNLINK,
        MKDIR,
        RMDIR,
        FSYNC,
        CLOSE,
        FLUSH,
        HUB_REFUSES,
        HUB_LOSES_ANSWER,
        HUB_LOSES_REQUEST,
        HUB_REFUSES_ONE,
        STORAGE_FAILS,
        REMOTE_CHANGE,
        PAUSE
    }

    record Step(Op op, int a, int b, int size) {}

    @Provide
    Arbitrary<List<Step>> programs() {
        Arbitrary<Integer> any = Arbitraries.integers().between(0, 99);
        Arbitrary<Integer> sizes = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(6, Arbitraries.integers().between(0, 300)),
                net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(100_000, 400_000)));
        return Combinators.combine(Arbitraries.of(Op.values()), any, any, sizes)
                .as(Step::new)
                .list()
                .ofMinSize(10)
                .ofMaxSize(60);
    }

    @Property(tries = 60)
    void randomPrograms_publishOnlyWholeContentsAndConverge(@ForAll("programs") List<Step> program) {
        run(program, FsSettings.NEVER_SPARSE);
    }

    /** Every published file is edited sparsely: what is published is composed on what was. */
    @Property(tries = 60)
    void randomPrograms_onSparseFiles(@ForAll("programs") List<Step> program) {
        run(program, 0);
    }

    private static void run(List<Step> program, long sparseMinSize) {
        try (World world = new World(sparseMinSize)) {
            try {
                for (Step step : program) {
                    world.apply(step);
                }
                world.finish();
            } catch (FsException | RuntimeException e) {
                throw new AssertionError(world.log + ": " + e, e);
            }
        }
    }

    private static final class Content {
        byte[] bytes = new byte[0];
    }

    private record Handle(long number, Content content) {}

    private static final class World implements AutoCloseable {
        final List<String> log = new ArrayList<>();
        final TreeMap<String, Content> local = new TreeMap<>();
        final Set<String> directories = new HashSet<>();
        final List<Handle> handles = new ArrayList<>();
        final Set<ContentHash> whole = new HashSet<>(Set.of(ContentHash.ZERO));
        final MemoryStorage memory = new MemoryStorage();
        final FaultyStorage storage = new FaultyStorage(memory);
        final MemoryBucketHub bucket = new MemoryBucketHub("o/b", hash -> {
            Long size = memory.fileSize(hash).block();
            return size == null ? OptionalLong.empty() : OptionalLong.of(size);
        });
        final FaultyBucketHub hub = new FaultyBucketHub(bucket);
        final AtomicInteger storageFaults = new AtomicInteger();
        final Scheduler disk = DiskScheduler.create("model");
        final XetContentStore store;
        final ContentReader reader;
        final FlushPipeline pipeline;
        final RemotePoller poller;
        final MountFileSystem fs;
        final StagingArea area;
        final Path directory;
        int counter;
        boolean hubFaulty;

        World(long sparseMinSize) {
            try {
                directory = Files.createTempDirectory("agent-model");
                area = StagingArea.open(directory);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            storage.plan((route, call) -> (route == StorageRoute.XORB_UPLOAD || route == StorageRoute.SHARD_UPLOAD)
                            && storageFaults.getAndUpdate(n -> Math.max(0, n - 1)) > 0
                    ? Mono.error(new StorageException(StorageException.Kind.UNAVAILABLE, "scripted"))
                    : Mono.empty());
            store = new XetContentStore(
                    storage, XetContentStore.Settings.defaults().withRetry(RetryPolicy.never()), StorageObserver.NONE);
            reader = new ContentReader(
                    store, ContentSettings.DEFAULTS, ChunkCache.NONE, LayoutStore.NONE, ContentObserver.NONE);
            SourceHub source = new SourceHub(hub, "p/q");
            SerialCommitLane lane = new SerialCommitLane(source, disk, Schedulers.parallel(), Duration.ofSeconds(20));
            FlushSettings d = FlushSettings.DEFAULTS;
            FlushSettings quick = new FlushSettings(
                    Duration.ofMillis(1),
                    Duration.ofMillis(5),
                    2,
                    3,
                    null,
                    d.minUploadRate(),
                    200_000,
                    d.batchFiles(),
                    d.batchBytes(),
                    Duration.ofMillis(2),
                    Duration.ofMillis(20),
                    Duration.ofMillis(50));
            pipeline = new FlushPipeline(
                    store, source, lane, quick, FlushObserver.NONE, FlushTime.system(), disk, StorageTroubles.system());
            FsSettings settings = new FsSettings(
                            false, 0, 0, Duration.ZERO, Duration.ofSeconds(30), false, true, Long.MAX_VALUE - 1)
                    .withSparseMinSize(sparseMinSize);
            fs = new MountFileSystem(new MountFileSystem.Parts(
                    settings,
                    InstantSource.system(),
                    area,
                    new ContentAccess() {
                        @Override
                        public boolean knows(ContentHash hash, long size) {
                            return store.knows(hash, size);
                        }

                        @Override
                        public OpenContent open(ContentHash hash, long size) {
                            return reader.open(hash, size);
                        }

                        @Override
                        public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
                            reader.download(hash, size, target);
                        }
                    },
                    new HubRemoteTree(source),
                    lane,
                    pipeline,
                    e -> ErrnoTable.metadata("hub", e),
                    FsObserver.NONE));
            pipeline.start(fs.publication());
            poller = new RemotePoller(
                    source,
                    fs.remoteView(),
                    new PollSettings(Duration.ZERO, 4, 4),
                    r -> {},
                    Schedulers.parallel(),
                    disk);
            poller.start();
        }

        void apply(Step step) throws FsException {
            log.add(step.toString());
            switch (step.op()) {
                case PUT -> put(file(step.a()), bytes(step), true);
                case PUT_OPEN -> put(file(step.a()), bytes(step), false);
                case APPEND -> append(pick(handles, step.a()), bytes(step));
                case WRITE_INSIDE -> writeInside(existing(step.a()), step.b(), bytes(step));
                case TRUNCATE -> truncate(existing(step.a()), step.size());
                case REPLACE -> replace(existing(step.a()), bytes(step));
                case OVERWRITE -> overwrite(existing(step.a()), bytes(step));
                case COPY -> copy(existing(step.a()), file(step.b()));
                case RENAME -> rename(existing(step.a()), file(step.b()));
                case RENAME_DIRECTORY ->
                    renameDirectory(
                            pick(List.copyOf(directories), step.a()), DIRECTORIES.get(step.b() % DIRECTORIES.size()));
                case UNLINK -> unlink(existing(step.a()));
                case MKDIR -> mkdir(DIRECTORIES.get(step.a() % DIRECTORIES.size()));
                case RMDIR -> rmdir(pick(List.copyOf(directories), step.a()));
                case FSYNC -> fsync(pick(handles, step.a()));
                case CLOSE -> close(pick(handles, step.a()));
                case FLUSH -> pipeline.flush(List.of(), Duration.ofMillis(200)).block();
                case HUB_REFUSES -> fault(() -> hub.refuseNext(Call.BATCH, 503));
                case HUB_LOSES_ANSWER -> fault(() -> hub.loseNextAnswer(Call.BATCH));
                case HUB_LOSES_REQUEST -> fault(() -> hub.loseNextRequest(Call.BATCH));
                case HUB_REFUSES_ONE ->
                    fault(() -> hub.refuseNextOperations(Map.of("p/q/" + file(step.a()), "scripted")));
                case STORAGE_FAILS -> storageFaults.addAndGet(1 + step.a() % 2);
                case REMOTE_CHANGE -> remoteChange(file(step.a()), bytes(step));
                case PAUSE -> Mono.delay(Duration.ofMillis(step.a() % 10)).block();
            }
        }

        void fault(Runnable script) {
            hubFaulty = true;
            script.run();
        }

        byte[] bytes(Step step) {
            byte[] bytes = new byte[step.size()];
            new java.util.Random(++counter).nextBytes(bytes);
            return bytes;
        }

        static String file(int i) {
            return FILES.get(i % FILES.size());
        }

        String existing(int i) {
            return pick(List.copyOf(local.keySet()), i);
        }

        static <T> T pick(List<T> list, int i) {
            return list.isEmpty() ? null : list.get(i % list.size());
        }

        void is(Content content, byte[] bytes) {
            content.bytes = bytes;
            whole.add(MerkleTree.fileHash(Chunker.chunksOf(bytes)));
        }

        // --- paths ---

        long walk(String path) throws FsException {
            long ino = 1;
            if (!path.isEmpty()) {
                for (String name : path.split("/")) {
                    ino = fs.lookup(ino, name, Wait.ALLOWED).ino();
                }
            }
            return ino;
        }

        long parent(String path) throws FsException {
            return walk(RemotePath.parent(path));
        }

        boolean mayCreate(String path) {
            String up = RemotePath.parent(path);
            return (up.isEmpty() || directories.contains(up))
                    && !local.containsKey(path)
                    && !directories.contains(path);
        }

        void write(long handle, long offset, byte[] bytes) throws FsException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment data = arena.allocate(bytes.length + 1).asSlice(0, bytes.length);
                data.copyFrom(MemorySegment.ofArray(bytes));
                assertThat(fs.write(0, handle, offset, data, Wait.ALLOWED)).isEqualTo(bytes.length);
            }
        }

        byte[] read(long handle, int length) throws FsException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment target = arena.allocate(length + 1);
                int n = fs.read(0, handle, 0, target, Wait.ALLOWED);
                return target.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE);
            }
        }

        // --- operations ---

        void put(String path, byte[] bytes, boolean close) throws FsException {
            if (!mayCreate(path)) {
                return;
            }
            Content content = new Content();
            long handle = fs.create(parent(path), RemotePath.name(path), 0644, OpenFlags.READ_WRITE, Caller.SELF)
                    .open()
                    .handle();
            local.put(path, content);
            whole.add(MerkleTree.fileHash(Chunker.chunksOf(bytes)));
            write(handle, 0, bytes);
            is(content, bytes);
            if (close) {
                fs.release(0, handle);
            } else {
                handles.add(new Handle(handle, content));
            }
        }

        void append(Handle handle, byte[] bytes) throws FsException {
            if (handle != null) {
                change(handle.number(), handle.content(), handle.content().bytes.length, bytes);
            }
        }

        void change(long handle, Content content, int offset, byte[] bytes) throws FsException {
            byte[] next = Arrays.copyOf(content.bytes, Math.max(content.bytes.length, offset + bytes.length));
            System.arraycopy(bytes, 0, next, offset, bytes.length);
            if (bytes.length == 0) {
                return;
            }
            whole.add(MerkleTree.fileHash(Chunker.chunksOf(next)));
            write(handle, offset, bytes);
            is(content, next);
        }

        void writeInside(String path, int offset, byte[] bytes) throws FsException {
            if (path != null) {
                long handle =
                        fs.open(walk(path), OpenFlags.READ_WRITE, Caller.SELF).handle();
                change(handle, local.get(path), offset, bytes);
                fs.release(0, handle);
            }
        }

        void truncate(String path, int size) throws FsException {
            if (path != null) {
                byte[] next = Arrays.copyOf(local.get(path).bytes, size);
                whole.add(MerkleTree.fileHash(Chunker.chunksOf(next)));
                fs.setattr(walk(path), AttributeChange.ofSize(size));
                is(local.get(path), next);
            }
        }

        /** As editors save: a new file over the old name. */
        void replace(String path, byte[] bytes) throws FsException {
            if (path == null) {
                return;
            }
            String temporary = path + ".swp";
            put(temporary, bytes, true);
            rename(temporary, path);
            if (local.containsKey(temporary)) {
                unlink(temporary);
            }
        }

        void overwrite(String path, byte[] bytes) throws FsException {
            if (path != null) {
                long handle = fs.open(walk(path), OpenFlags.fromLinux(01001), Caller.SELF)
                        .handle();
                is(local.get(path), new byte[0]);
                change(handle, local.get(path), 0, bytes);
                fs.release(0, handle);
            }
        }

        /** As cp does it: by hash, or where that is refused by bytes. */
        void copy(String from, String to) throws FsException {
            if (from == null || from.equals(to)) {
                return;
            }
            if (!local.containsKey(to)) {
                put(to, new byte[0], true);
                if (!local.containsKey(to)) {
                    return;
                }
            }
            byte[] bytes = local.get(from).bytes;
            whole.add(MerkleTree.fileHash(Chunker.chunksOf(bytes)));
            long source = fs.open(walk(from), OpenFlags.READ_ONLY, Caller.SELF).handle();
            long target =
                    fs.open(walk(to), OpenFlags.fromLinux(01001), Caller.SELF).handle();
            is(local.get(to), new byte[0]);
            try {
                assertThat(fs.copyFileRange(new CopyRange(source, 0, target, 0, Long.MAX_VALUE)))
                        .isEqualTo(bytes.length);
                is(local.get(to), bytes);
            } catch (FsException e) {
                assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP);
                byte[] read = read(source, bytes.length);
                assertThat(read).isEqualTo(bytes);
                change(target, local.get(to), 0, read);
            } finally {
                fs.release(0, target);
                fs.release(0, source);
            }
        }

        /** What talks to the Hub at once may fail while the Hub does; nothing has changed then. */
        boolean attempt(Attempt attempt) throws FsException {
            try {
                attempt.run();
                return true;
            } catch (FsException e) {
                if (!hubFaulty) {
                    throw e;
                }
                log.add("refused: " + e.getMessage());
                return false;
            }
        }

        interface Attempt {
            void run() throws FsException;
        }

        void move(String from, String to) throws FsException {
            fs.rename(parent(from), RemotePath.name(from), parent(to), RemotePath.name(to), false, false);
        }

        void rename(String from, String to) throws FsException {
            String up = RemotePath.parent(to);
            if (from == null
                    || from.equals(to)
                    || directories.contains(to)
                    || !(up.isEmpty() || directories.contains(up))) {
                return;
            }
            if (attempt(() -> move(from, to))) {
                local.put(to, local.remove(from));
            }
        }

        void renameDirectory(String from, String to) throws FsException {
            if (from == null || RemotePath.isBelow(to, from) || !mayCreate(to)) {
                return;
            }
            if (attempt(() -> move(from, to))) {
                for (String path : List.copyOf(local.keySet())) {
                    if (RemotePath.isBelow(path, from)) {
                        local.put(to + path.substring(from.length()), local.remove(path));
                    }
                }
                for (String path : List.copyOf(directories)) {
                    if (path.equals(from) || RemotePath.isBelow(path, from)) {
                        directories.remove(path);
                        directories.add(to + path.substring(from.length()));
                    }
                }
            }
        }

        void unlink(String path) throws FsException {
            if (path != null) {
                fs.unlink(parent(path), RemotePath.name(path));
                local.remove(path);
            }
        }

        void mkdir(String path) throws FsException {
            if (mayCreate(path)) {
                fs.mkdir(parent(path), RemotePath.name(path), 0755, Caller.SELF);
                directories.add(path);
            }
        }

        void rmdir(String path) throws FsException {
            if (path != null
                    && Stream.concat(local.keySet().stream(), directories.stream())
                            .noneMatch(p -> RemotePath.isBelow(p, path))) {
                fs.rmdir(parent(path), RemotePath.name(path));
                directories.remove(path);
            }
        }

        void fsync(Handle handle) {
            if (handle != null) {
                try {
                    fs.fsync(0, handle.number(), false);
                } catch (FsException e) {
                    log.add("fsync: " + e.getMessage());
                }
            }
        }

        void close(Handle handle) {
            if (handle != null) {
                handles.remove(handle);
                fs.release(0, handle.number());
            }
        }

        /** Another client changes a file while nothing of ours waits. */
        void remoteChange(String path, byte[] bytes) throws FsException {
            String up = RemotePath.parent(path);
            if (!handles.isEmpty() || directories.contains(path) || !(up.isEmpty() || directories.contains(up))) {
                return;
            }
            settle();
            if (bytes.length == 0) {
                bucket.removeRemotely("p/q/" + path);
                local.remove(path);
            } else {
                remotePut("p/q/" + path, bytes);
                Content content = new Content();
                is(content, bytes);
                local.put(path, content);
            }
            poll();
            check("after a remote change");
        }

        void poll() {
            poller.pollNow().block(); // the first look after own commits may be put off by one round
            poller.pollNow().block();
        }

        void remotePut(String path, byte[] bytes) {
            UploadSession session = store.newUploadSession();
            ContentHash hash = session.add(ArraySource.of(bytes)).block().hash();
            session.finish().block();
            bucket.putRemotely(path, hash, bytes.length, Instant.parse("2026-01-01T00:00:00Z"));
        }

        /** Faults end, and everything is published. */
        void settle() {
            storageFaults.set(0);
            var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (true) {
                var result = pipeline.flush(List.of(), Duration.ofSeconds(10)).block();
                if (result.report().clean()
                        && fs.publication().dirtyFiles().isEmpty()
                        && fs.publication().deletesQueued() == 0) {
                    hubFaulty = hub.unused() > 0;
                    if (!hubFaulty) {
                        return;
                    }
                    bucketFaultsSpent();
                }
                assertThat(System.nanoTime() - deadline)
                        .as("%s: %s", log, result)
                        .isNegative();
            }
        }

        /** Scripted faults that no batch has met yet are used up. */
        void bucketFaultsSpent() {
            while (hub.unused() > 0) {
                try {
                    hub.batch(List.of(new BatchOperation.DeleteFile("spent"))).block();
                } catch (RuntimeException e) {
                    log.add("spent: " + e.getMessage());
                }
            }
            hubFaulty = false;
        }

        void finish() throws FsException {
            for (Handle handle : List.copyOf(handles)) {
                assertThat(read(handle.number(), 2_000_000)).as(log.toString()).isEqualTo(handle.content().bytes);
                close(handle);
            }
            check("before the last flush");
            settle();
            TreeMap<String, byte[]> remote = new TreeMap<>();
            bucket.files().forEach((path, f) -> remote.put(path.substring(4), content(f)));
            compare("remote", remote);
            poll();
            check("after the last poll");
            for (List<BatchOperation> batch : bucket.batches()) {
                for (BatchOperation op : batch) {
                    if (op instanceof BatchOperation.AddFile add) {
                        assertThat(whole).as("nobody wrote %s; %s", add, log).contains(add.hash());
                    }
                }
            }
            assertThat(area.bytes()).as("staging bytes").isNotNegative();
        }

        byte[] content(HubFile file) {
            return file.hash().isZero() ? new byte[0] : memory.content(file.hash());
        }

        void check(String when) throws FsException {
            fs.checkInvariants();
            TreeMap<String, byte[]> all = new TreeMap<>();
            collect("", 1, all);
            compare("local " + when, all);
        }

        void compare(String what, Map<String, byte[]> actual) {
            assertThat(actual.keySet()).as("%s: %s", what, log).isEqualTo(local.keySet());
            local.forEach((path, content) -> assertThat(Arrays.equals(actual.get(path), content.bytes))
                    .as("%s, %s: %s", what, path, log)
                    .isTrue());
        }

        void collect(String path, long ino, TreeMap<String, byte[]> all) throws FsException {
            long handle = fs.opendir(ino).handle();
            TreeMap<String, FileKind> names = new TreeMap<>();
            fs.readdir(ino, handle, 0, false, (name, i, kind, next, attributes) -> {
                if (!name.equals(".") && !name.equals("..")) {
                    names.put(name, kind);
                }
                return true;
            });
            fs.releasedir(ino, handle);
            for (var entry : names.entrySet()) {
                String child = RemotePath.join(path, entry.getKey());
                Attributes at = fs.lookup(ino, entry.getKey(), Wait.ALLOWED);
                if (entry.getValue() == FileKind.DIRECTORY) {
                    collect(child, at.ino(), all);
                } else {
                    long file =
                            fs.open(at.ino(), OpenFlags.READ_ONLY, Caller.SELF).handle();
                    all.put(child, read(file, (int) at.size() + 10));
                    fs.release(0, file);
                }
            }
        }

        @Override
        public void close() {
            poller.close();
            pipeline.close();
            fs.abandon();
            reader.close();
            store.close();
            disk.dispose();
            try {
                area.close();
                Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        Files.deleteIfExists(file); // a seal that was given up may release it just now
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                        return failure instanceof NoSuchFileException
                                ? FileVisitResult.CONTINUE
                                : super.visitFileFailed(file, failure);
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                        Files.delete(visited);
                        return super.postVisitDirectory(visited, failure);
                    }
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
