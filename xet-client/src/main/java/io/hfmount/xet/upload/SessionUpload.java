package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
    private static final Logger LOG = LoggerFactory.getLogger(SessionUpload.class);
    private static final int MIN_DIRECTORY = 100_000;

    private final Uploader uploader;
    private final FileComposer composer;
    private final UploadSettings settings;
    private final UploadMemory memory;
    private final LeftoverPool pool;
    private final XorbSender sender;
    private final SessionContents contents = new SessionContents();
    private final XorbDirectory directory;
    private final KnownChunks own;
    private final KnownChunks known;
    private final GlobalDedup global;
    // A sink, for nobody may be waiting any more when it fails.
    private final Sinks.One<Long> aborted = Sinks.one();
    private volatile boolean gaveUp;
    private final Mono<Long> result;

    // Guarded by this.
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
        this.sender = new XorbSender(uploader.storage(), memory.sending(), settings.concurrency());
        this.directory = new XorbDirectory(Math.max(MIN_DIRECTORY, settings.dedupChunks()));
        this.own = (chunks, from, to) -> directory.find(chunks, from, to, Instant.MIN);
        this.known = own.or(uploader.stranded().or(uploader.cache()).by(KnownRun.Source.MEMORY));
        this.global = settings.globalDedup() ? uploader.newGlobalDedup() : GlobalDedup.OFF;
        this.result = Mono.firstWithSignal(Mono.defer(this::doFinish), aborted.asMono())
                .cache();
    }

    @Override
    public Mono<UploadedContent> add(ContentSource source) {
        return submit(FileWork.of(source, uploader));
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
            return submit(FileWork.of(composition, settings));
        }
    };

    private Mono<UploadedContent> submit(FileWork work) {
        return Mono.create(sink -> {
            if (!enter()) {
                sink.error(new IllegalStateException("the upload session was finished or given up"));
                return;
            }
            AtomicBoolean cancelled = new AtomicBoolean();
            sink.onCancel(() -> cancelled.set(true));
            try {
                uploader.execute(() -> reserveAndMake(work, sink, cancelled));
            } catch (RuntimeException e) {
                leave();
                sink.error(StorageFailures.of(e));
            }
        });
    }

    private void reserveAndMake(FileWork work, MonoSink<UploadedContent> sink, AtomicBoolean cancelled) {
        long bytes;
        try {
            bytes = work.memory();
        } catch (RuntimeException e) {
            leave();
            sink.error(StorageFailures.of(e));
            return;
        }
        memory.cleaning().acquire(bytes).thenRun(() -> {
            try {
                uploader.execute(() -> makeAndReport(work, bytes, sink, cancelled));
            } catch (RuntimeException e) {
                memory.cleaning().release(bytes);
                leave();
                sink.error(StorageFailures.of(e));
            }
        });
    }

    private void makeAndReport(FileWork work, long bytes, MonoSink<UploadedContent> sink, AtomicBoolean cancelled) {
        UploadedContent content;
        try {
            FileDraft file = make(work, wantedUnless(cancelled, known, uploader.remembered(), global));
            content = new UploadedContent(file.hash(), file.bytes(), file.newBytes(), file.bytes() - file.newBytes());
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

    private FileDraft make(FileWork work, FileCleaner.Session wanted) {
        FileCleaner.Cleaned cleaned = work.make(wanted);
        contents.put(work, cleaned.file());
        cut(pool.add(cleaned.leftover()));
        return cleaned.file();
    }

    /**
     * Makes the files again that use what was stored before this session, this time without it, because storage refused a
     * shard (xet-protocol §13.9 rule 1). What the index said of it is forgotten.
     */
    private CompletableFuture<Void> makeAgain() {
        Map<FileWork, FileDraft> again = contents.doubtful();
        CompletableFuture<Void> done =
                CompletableFuture.runAsync(() -> forgetOthersXorbs(again.values()), uploader::execute);
        for (Map.Entry<FileWork, FileDraft> each : again.entrySet()) {
            done = done.thenCompose(nothing -> makeAgain(each.getKey(), each.getValue()));
        }
        return done;
    }

    private void forgetOthersXorbs(Collection<FileDraft> refused) {
        LOG.info(
                "storage refused a shard: {} files are uploaded again without what was known to be stored",
                refused.size());
        contents.trusted(refused).forEach(uploader.remembered()::forget);
    }

    private CompletableFuture<Void> makeAgain(FileWork work, FileDraft refused) {
        long bytes = work.memory();
        return memory.cleaning()
                .acquire(bytes)
                .thenRunAsync(
                        () -> {
                            work.distrust();
                            AtomicBoolean never = new AtomicBoolean();
                            FileDraft file =
                                    make(work, wantedUnless(never, own, RememberedChunks.NONE, GlobalDedup.OFF));
                            if (!file.hash().equals(refused.hash())) {
                                throw new StorageException(
                                        StorageException.Kind.SOURCE,
                                        "making file " + refused.hash() + " again gave " + file.hash()
                                                + ": its content has changed");
                            }
                        },
                        uploader::execute)
                .whenComplete((nothing, e) -> memory.cleaning().release(bytes));
    }

    /** This session as one file sees it: its caller may lose interest in it alone. */
    private FileCleaner.Session wantedUnless(
            AtomicBoolean cancelled, KnownChunks inMemory, KnownChunks onDisk, GlobalDedup inStorage) {
        SessionUpload session = this;
        return new FileCleaner.Session() {
            @Override
            public KnownChunks known() {
                return inMemory;
            }

            @Override
            public KnownChunks remembered() {
                return onDisk;
            }

            @Override
            public GlobalDedup global() {
                return inStorage;
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
        contents.add(full);
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
                .onErrorResume(this::mayBeDoubted, e -> storeAndRegister(makeAgain()))
                .onErrorMap(StorageFailures::of)
                .onErrorResume(
                        this::mayBeForWhatWasKnown,
                        e -> Mono.fromFuture(doubtWhatWasKnown()).then(Mono.error(e)))
                .flatMap(bytes -> Mono.fromFuture(end()).thenReturn(bytes))
                .doOnError(this::giveUp);
    }

    /** Whether storage refused a shard, and not a xorb, and it may do better without what was known. */
    private boolean mayBeDoubted(Throwable failure) {
        return Uploader.isRefusal(failure)
                && sender.failure() == null
                && !gaveUp
                && !contents.doubtful().isEmpty();
    }

    /** Whether storage, which took all xorbs, failed itself at a shard that refers to what was known to be stored. */
    private boolean mayBeForWhatWasKnown(Throwable failure) {
        return failure instanceof StorageException e
                && e.isServerFault()
                && sender.failure() == null
                && !gaveUp
                && !contents.doubtful().isEmpty();
    }

    /** Makes the next attempt do without what this one knew to be stored. What failed sessions stored stays known. */
    private CompletableFuture<Void> doubtWhatWasKnown() {
        return CompletableFuture.runAsync(
                () -> contents.trusted(contents.doubtful().values()).forEach(uploader::doubt), uploader::execute);
    }

    private Mono<Long> storeAndRegister(CompletableFuture<Void> allThere) {
        CompletableFuture<List<byte[]>> shards = allThere.thenRunAsync(this::cutPool, uploader::execute)
                .thenCompose(nothing -> sender.allStored())
                .thenApplyAsync(
                        nothing -> contents.shards(uploader.stranded(), settings.shardBytes()), uploader::execute);
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

    private Mono<Long> register(List<byte[]> shards) {
        long bytes = shards.stream().mapToLong(shard -> shard.length).sum();
        return Flux.fromIterable(shards)
                .concatMap(uploader.storage()::putShard)
                .then(Mono.fromSupplier(() -> sender.sentBytes() + bytes))
                .doOnError(uploader::refused);
    }

    private CompletableFuture<Void> end() {
        synchronized (this) {
            ended = true;
        }
        memory.trim();
        return uploader.registered(contents.xorbs(), contents.files());
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
