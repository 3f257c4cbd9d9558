package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.shard.XorbEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * One upload session (xet-protocol §11.4). Files are cleaned on the uploader's threads; their leftover chunks are pooled
 * into shared xorbs; finishing waits for every xorb before the first shard is sent.
 *
 * <p>The memory of all sessions together is bounded, as {@link UploadMemory} says.
 */
final class SessionUpload implements UploadSession {
    private static final int MIN_DIRECTORY = 100_000;

    private final Uploader uploader;
    private final FileComposer composer;
    private final UploadSettings settings;
    private final UploadMemory memory;
    private final LeftoverPool pool;
    private final XorbSender sender;
    private final XorbDirectory directory;
    private final KnownChunks known;
    private final GlobalDedup global;
    // A sink, for nobody may be waiting any more when it fails.
    private final Sinks.One<Long> aborted = Sinks.one();
    private volatile boolean gaveUp;
    private final Mono<Long> result;

    // Guarded by this.
    private final Map<ContentHash, FileDraft> files = new LinkedHashMap<>();
    private final List<OpenXorb> sealed = new ArrayList<>();
    private final Map<FileComposer.Composition, ContentHash> composed = new LinkedHashMap<>();
    private int running;
    private boolean closed;
    private boolean ended;
    private @Nullable CompletableFuture<Void> quiet;

    SessionUpload(Uploader uploader, FileComposer composer) {
        this.uploader = uploader;
        this.composer = composer;
        this.settings = uploader.settings();
        this.memory = uploader.memory();
        this.pool = new LeftoverPool(settings, memory.pooled());
        this.sender = new XorbSender(uploader.storage(), memory.sending(), settings.concurrency(), uploader::stored);
        this.directory = new XorbDirectory(Math.max(MIN_DIRECTORY, settings.dedupChunks()));
        KnownChunks own = (chunks, from, to) -> directory.find(chunks, from, to, Instant.MIN);
        this.known = own.or(uploader.stranded()).or(uploader.cache());
        this.global = settings.globalDedup() ? uploader.newGlobalDedup() : GlobalDedup.OFF;
        this.result = Mono.firstWithSignal(Mono.defer(this::doFinish), aborted.asMono())
                .cache();
    }

    @Override
    public Mono<UploadedContent> add(ContentSource source) {
        return Mono.create(sink -> {
            if (!enter()) {
                sink.error(new IllegalStateException("the upload session was finished or given up"));
                return;
            }
            AtomicBoolean cancelled = new AtomicBoolean();
            sink.onCancel(() -> cancelled.set(true));
            try {
                uploader.execute(() -> reserveAndClean(source, sink, cancelled));
            } catch (RuntimeException e) {
                leave();
                sink.error(StorageFailures.of(e));
            }
        });
    }

    @Override
    public Mono<UploadedContent> compose(ContentHash base, long baseSize, List<Edit> edits, LocalBase local) {
        return composer.compose(composing, base, baseSize, edits, local);
    }

    /** This session as its composer sees it. */
    private final FileComposer.Session composing = new FileComposer.Session() {
        @Override
        public Mono<UploadedContent> add(ContentSource source) {
            return SessionUpload.this.add(source);
        }

        @Override
        public Mono<UploadedContent> assemble(FileComposer.Composition composition) {
            return Mono.create(sink -> {
                if (!enter()) {
                    sink.error(new IllegalStateException("the upload session was finished or given up"));
                    return;
                }
                AtomicBoolean cancelled = new AtomicBoolean();
                sink.onCancel(() -> cancelled.set(true));
                long bytes = memoryFor(composition);
                memory.cleaning().acquire(bytes).thenRun(() -> {
                    try {
                        uploader.execute(() -> assembleAndReport(composition, bytes, sink, cancelled));
                    } catch (RuntimeException e) {
                        memory.cleaning().release(bytes);
                        leave();
                        sink.error(StorageFailures.of(e));
                    }
                });
            });
        }
    };

    private void assembleAndReport(
            FileComposer.Composition composition, long bytes, MonoSink<UploadedContent> sink, AtomicBoolean cancelled) {
        UploadedContent content;
        try {
            content = assemble(composition, wantedUnless(cancelled));
            synchronized (this) {
                composed.put(composition, content.hash());
            }
        } catch (RuntimeException | Error e) {
            memory.cleaning().release(bytes);
            leave();
            sink.error(e instanceof Error ? e : StorageFailures.of(e));
            return;
        }
        memory.cleaning().release(bytes);
        leave();
        sink.success(content);
    }

    private long memoryFor(FileComposer.Composition composition) {
        return FileCleaner.memoryFor(composition.newBytes(), settings) + composition.memory();
    }

    private UploadedContent assemble(FileComposer.Composition composition, FileCleaner.Session wanted) {
        long size = composition.newSize();
        GlobalDedup asked = composition.newBytes() < FileAssembly.LEAST_ASKED ? GlobalDedup.OFF : global;
        FileCleaner.Cleaned cleaned = composition
                .assemble(() -> new FileAssembly(size, settings, wanted, asked))
                .cleaned();
        accept(cleaned);
        FileDraft file = cleaned.file();
        return new UploadedContent(file.hash(), size, file.newBytes(), size - file.newBytes());
    }

    /**
     * Composes everything once more without what was remembered about stored content, because storage refused a file
     * (xet-protocol §13.9 rule 1).
     */
    private CompletableFuture<Void> composeAgain() {
        Map<FileComposer.Composition, ContentHash> again;
        synchronized (this) {
            again = new LinkedHashMap<>(composed);
            again.values().forEach(files::remove);
        }
        long bytes = again.keySet().stream().mapToLong(this::memoryFor).max().orElse(0);
        return memory.cleaning()
                .acquire(bytes)
                .thenRunAsync(() -> composeAgain(again), uploader::execute)
                .whenComplete((nothing, e) -> memory.cleaning().release(bytes));
    }

    private void composeAgain(Map<FileComposer.Composition, ContentHash> again) {
        again.forEach((composition, hash) -> {
            composition.distrust();
            UploadedContent content = assemble(composition, wantedUnless(new AtomicBoolean()));
            if (!content.hash().equals(hash)) {
                throw new StorageException(
                        StorageException.Kind.SOURCE,
                        "composing file " + hash + " again gave " + content.hash() + ": its edits have changed");
            }
        });
    }

    private synchronized boolean hasComposed() {
        return !composed.isEmpty();
    }

    private void reserveAndClean(ContentSource source, MonoSink<UploadedContent> sink, AtomicBoolean cancelled) {
        long size;
        try {
            size = source.size();
        } catch (RuntimeException e) {
            leave();
            sink.error(new StorageException(StorageException.Kind.SOURCE, "the content has no size", e));
            return;
        }
        long bytes = FileCleaner.memoryFor(size, settings);
        memory.cleaning().acquire(bytes).thenRun(() -> {
            try {
                uploader.execute(() -> cleanAndReport(source, size, bytes, sink, cancelled));
            } catch (RuntimeException e) {
                memory.cleaning().release(bytes);
                leave();
                sink.error(StorageFailures.of(e));
            }
        });
    }

    private void cleanAndReport(
            ContentSource source, long size, long bytes, MonoSink<UploadedContent> sink, AtomicBoolean cancelled) {
        UploadedContent content;
        try {
            content = clean(source, size, cancelled);
        } catch (RuntimeException | Error e) {
            memory.cleaning().release(bytes);
            leave();
            sink.error(e instanceof Error ? e : StorageFailures.of(e));
            return;
        }
        memory.cleaning().release(bytes);
        leave();
        sink.success(content);
    }

    private UploadedContent clean(ContentSource source, long size, AtomicBoolean cancelled) {
        FileCleaner cleaner = uploader.borrowCleaner();
        FileCleaner.Cleaned cleaned = cleaner.clean(source, size, wantedUnless(cancelled));
        // Not after a failure: records left in its writer would stand in the next file's xorb.
        uploader.giveBack(cleaner);
        accept(cleaned);
        FileDraft file = cleaned.file();
        return new UploadedContent(file.hash(), size, file.newBytes(), size - file.newBytes());
    }

    /** This session as one file sees it: its caller may lose interest in it alone. */
    private FileCleaner.Session wantedUnless(AtomicBoolean cancelled) {
        SessionUpload session = this;
        return new FileCleaner.Session() {
            @Override
            public KnownChunks known() {
                return known;
            }

            @Override
            public GlobalDedup global() {
                return global;
            }

            @Override
            public void cut(OpenXorb full) {
                session.cut(full);
            }

            @Override
            public void checkWanted() {
                if (cancelled.get()) {
                    throw new StorageException(
                            StorageException.Kind.UNAVAILABLE, "the upload of this file was cancelled");
                }
                session.checkWanted();
            }
        };
    }

    /** Takes a cleaned file: its leftover joins the pool, or one of the two becomes a xorb. */
    private void accept(FileCleaner.Cleaned cleaned) {
        synchronized (this) {
            files.putIfAbsent(cleaned.file().hash(), cleaned.file());
        }
        cut(pool.add(cleaned.leftover()));
    }

    private void cut(LeftoverPool.@Nullable Full full) {
        if (full != null) {
            try (full) {
                cut(full.xorb());
            }
        }
    }

    private void cut(OpenXorb full) {
        checkWanted();
        ContentHash hash = full.seal();
        directory.add(hash, full.chunkHashes(), Instant.MAX);
        synchronized (this) {
            sealed.add(full);
        }
        sender.send(full, hash);
    }

    private void checkWanted() {
        if (gaveUp) {
            throw givenUp();
        }
        Throwable failure = sender.failure();
        if (failure != null) {
            throw StorageFailures.of(failure);
        }
    }

    private synchronized boolean enter() {
        if (closed) {
            return false;
        }
        running++;
        return true;
    }

    private void leave() {
        CompletableFuture<Void> waiting;
        synchronized (this) {
            running--;
            waiting = running == 0 ? quiet : null;
        }
        if (waiting != null) {
            waiting.complete(null);
        }
    }

    @Override
    public Mono<Long> finish() {
        return result;
    }

    private Mono<Long> doFinish() {
        CompletableFuture<Void> allCleaned = new CompletableFuture<>();
        boolean idle;
        synchronized (this) {
            closed = true;
            quiet = allCleaned;
            idle = running == 0;
        }
        if (idle) {
            allCleaned.complete(null);
        }
        return storeAndRegister(allCleaned)
                .onErrorResume(e -> Uploader.isRefusal(e) && hasComposed(), e -> storeAndRegister(composeAgain()))
                .onErrorMap(StorageFailures::of)
                .flatMap(bytes -> Mono.fromFuture(end()).thenReturn(bytes))
                .doOnError(this::giveUp);
    }

    private Mono<Long> storeAndRegister(CompletableFuture<Void> allThere) {
        CompletableFuture<List<byte[]>> shards = allThere.thenRunAsync(this::cutPool, uploader::execute)
                .thenCompose(nothing -> sender.allStored())
                .thenApplyAsync(nothing -> packShards(), uploader::execute);
        // As a value: an error that comes after the session was given up would be logged as one that nobody handles.
        return Mono.fromFuture(
                        shards.handle((packed, e) -> e == null ? Mono.just(packed) : Mono.<List<byte[]>>error(e)), true)
                .flatMap(outcome -> outcome)
                .flatMap(this::register)
                .onErrorMap(StorageFailures::of);
    }

    private void cutPool() {
        checkWanted();
        cut(pool.take());
    }

    private synchronized List<byte[]> packShards() {
        List<FileEntry> entries = files.values().stream().map(FileDraft::entry).toList();
        List<XorbEntry> xorbs = new ArrayList<>(ShardPacker.xorbEntries(sealed));
        addStranded(entries, xorbs);
        return ShardPacker.pack(entries, xorbs, settings.shardBytes());
    }

    /** Describes the xorbs of failed sessions that {@code files} use. */
    private void addStranded(List<FileEntry> files, List<XorbEntry> xorbs) {
        Set<ContentHash> described = new HashSet<>();
        xorbs.forEach(xorb -> described.add(xorb.hash()));
        for (FileEntry file : files) {
            for (Segment segment : file.segments()) {
                List<Chunk> chunks = uploader.stranded().chunks(segment.xorb());
                if (chunks != null && described.add(segment.xorb())) {
                    xorbs.add(ShardPacker.entry(segment.xorb(), chunks));
                }
            }
        }
    }

    private Mono<Long> register(List<byte[]> shards) {
        long bytes = shards.stream().mapToLong(shard -> shard.length).sum();
        return Flux.fromIterable(shards)
                .concatMap(uploader.storage()::putShard)
                .then(Mono.fromSupplier(() -> sender.sentBytes() + bytes))
                .doOnError(uploader::refused);
    }

    private CompletableFuture<Void> end() {
        List<OpenXorb> stored;
        List<FileDraft> registered;
        synchronized (this) {
            ended = true;
            stored = List.copyOf(sealed);
            registered = List.copyOf(files.values());
        }
        memory.trim();
        return uploader.registered(stored, registered);
    }

    @Override
    public void abort() {
        synchronized (this) {
            if (ended) {
                return;
            }
            closed = true;
        }
        StorageException cause = givenUp();
        gaveUp = true;
        aborted.tryEmitError(cause);
        giveUp(cause);
    }

    /** Stops sending and leaves what was stored to the next session, unless storage refused to register it. */
    private void giveUp(Throwable cause) {
        sender.stop();
        pool.close();
        memory.trim();
        if (Uploader.isRefusal(cause)) {
            return;
        }
        sender.storedXorbs().forEach(xorb -> {
            ContentHash hash = xorb.hash();
            if (hash != null) {
                uploader.stranded().add(hash, xorb.chunks());
            }
        });
    }

    private static StorageException givenUp() {
        return new StorageException(StorageException.Kind.UNAVAILABLE, "the upload session was given up");
    }

    /** No less than the most memory that the sessions of this uploader held, in bytes; for tests. */
    long peakMemory() {
        return memory.peak();
    }
}
