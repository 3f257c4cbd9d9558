package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes upload sessions and keeps what they share: threads, memory, scratch space and the knowledge of what is stored.
 * Thread-safe.
 */
public final class Uploader {
    private static final Logger LOG = LoggerFactory.getLogger(Uploader.class);

    private final StorageClient storage;
    private final UploadSettings settings;
    private final Executor executor;
    private final UploadListener listener;
    private final RememberedChunks remembered;
    private final InstantSource clock;
    private final DedupCache cache;
    private final StrandedXorbs stranded;
    private final UploadMemory memory;
    private final Queue<FileCleaner> cleaners = new ConcurrentLinkedQueue<>();

    /**
     * An uploader.
     *
     * @param executor runs the cleaning; its threads may block and are never interrupted; their number is how many files
     *     are read at once
     * @param listener told what was registered
     * @param remembered what other processes stored
     */
    public Uploader(
            StorageClient storage,
            UploadSettings settings,
            Executor executor,
            UploadListener listener,
            RememberedChunks remembered,
            InstantSource clock) {
        this.storage = storage;
        this.settings = settings;
        this.executor = executor;
        this.listener = listener;
        this.remembered = remembered;
        this.clock = clock;
        this.cache = new DedupCache(settings.dedupChunks(), clock);
        this.stranded = new StrandedXorbs(settings.dedupChunks(), settings.dedupLifetime(), clock);
        this.memory = new UploadMemory(settings);
    }

    /** Opens a session that composes nothing. */
    public UploadSession newSession() {
        return newSession(FileComposer.NONE);
    }

    /** Opens a session. */
    public UploadSession newSession(FileComposer composer) {
        return new SessionUpload(this, composer);
    }

    StorageClient storage() {
        return storage;
    }

    UploadSettings settings() {
        return settings;
    }

    DedupCache cache() {
        return cache;
    }

    StrandedXorbs stranded() {
        return stranded;
    }

    RememberedChunks remembered() {
        return remembered;
    }

    UploadMemory memory() {
        return memory;
    }

    GlobalDedup newGlobalDedup() {
        return new StorageDedup(storage, cache, settings.dedupLifetime(), clock);
    }

    void execute(Runnable task) {
        executor.execute(task);
    }

    FileCleaner borrowCleaner() {
        FileCleaner cleaner = cleaners.poll();
        return cleaner != null ? cleaner : new FileCleaner(settings, memory.segments());
    }

    void giveBack(FileCleaner cleaner) {
        cleaners.add(cleaner);
    }

    /** Learns what a session registered; completes, never with a failure, when the listener knows it too. */
    CompletableFuture<Void> registered(List<OpenXorb> xorbs, List<FileDraft> files) {
        Instant expiry = clock.instant().plus(settings.dedupLifetime());
        List<FileEntry> entries = files.stream().map(FileDraft::entry).toList();
        long reused = files.stream().mapToLong(FileDraft::indexedChunks).sum();
        if (reused > 0) {
            listener.reusedFromIndex(
                    reused, files.stream().mapToLong(FileDraft::indexedBytes).sum());
        }
        for (FileEntry file : entries) {
            file.segments().forEach(segment -> adoptStranded(segment.xorb(), expiry));
        }
        for (OpenXorb xorb : xorbs) {
            ContentHash hash = xorb.hash();
            if (hash != null) {
                cache.addRegistered(hash, xorb.chunkHashes(), expiry);
            }
        }
        return CompletableFuture.runAsync(() -> tellRegistered(xorbs, entries), this::execute)
                .exceptionally(e -> {
                    LOG.warn("what was registered is not remembered: {}", e.toString());
                    return null;
                });
    }

    private void tellRegistered(List<OpenXorb> xorbs, List<FileEntry> files) {
        for (OpenXorb xorb : xorbs) {
            ContentHash hash = xorb.hash();
            if (hash != null) {
                listener.xorbRegistered(hash, xorb.chunks());
            }
        }
        files.forEach(listener::fileRegistered);
    }

    private void adoptStranded(ContentHash xorb, Instant expiry) {
        List<Chunk> chunks = stranded.chunks(xorb);
        if (chunks != null) {
            cache.addRegistered(xorb, chunks.stream().map(Chunk::hash).toList(), expiry);
            stranded.forget(xorb);
        }
    }

    static boolean isRefusal(Throwable failure) {
        return failure instanceof StorageException e
                && switch (e.kind()) {
                    // A xorb of others may show as forbidden.
                    case REJECTED, NOT_FOUND, FORBIDDEN -> true;
                    default -> false;
                };
    }

    /**
     * Storage failed again and again to register a file that uses {@code xorb}, which was known to be stored: it may have
     * lost it, so the next attempt must do without.
     */
    void doubt(ContentHash xorb) {
        remembered.forget(xorb);
        cache.doubt(xorb);
    }

    /** A shard was refused: it may have referred to something storage lost, so nothing known counts any more. */
    void refused(Throwable failure) {
        if (isRefusal(failure)) {
            cache.clear();
            stranded.clear();
        }
    }
}
