package io.hfmount.xet.store;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.cas.ChunkFetcher;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.compose.EditComposer;
import io.hfmount.xet.hash.Blake3;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.index.IndexFiller;
import io.hfmount.xet.index.IndexedChunks;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.upload.FileComposer;
import io.hfmount.xet.upload.RememberedChunks;
import io.hfmount.xet.upload.UploadListener;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.upload.Uploader;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** {@link ContentStore} over a {@link StorageClient}. Owns the threads that read, hash, compress and decode. */
public final class XetContentStore implements ContentStore, AutoCloseable {
    /** Fetched bytes that may wait to be hashed for the index. */
    private static final long MAX_INDEX_BACKLOG = 16L << 20;

    private final StorageClient storage;
    private final ChunkIndex index;
    private final ChunkFetcher fetcher;
    private final FileComposer composer;
    private final Uploader uploader;
    private final ExecutorService cleaning;
    private final ExecutorService indexing;
    private final @Nullable IndexFiller filler;
    private final Scheduler decoding;

    /** As many as a mount uploads at once by default. */
    private static final int LEAST_CLEANING = 4;

    /**
     * How the store works.
     *
     * @param upload uploads
     * @param retry repetition of damaged or failed data fetches
     * @param cleaningThreads files read and hashed at once, 1..64
     * @param decodingThreads fetched ranges unpacked at once, 1..64
     */
    public record Settings(UploadSettings upload, RetryPolicy retry, int cleaningThreads, int decodingThreads) {
        public Settings {
            if (cleaningThreads < 1 || cleaningThreads > 64 || decodingThreads < 1 || decodingThreads > 64) {
                throw new IllegalArgumentException("thread counts must be 1..64");
            }
        }

        /**
         * What a mount uses: numbers of threads by processors, memory of uploads by the heap. Cleaning threads also wait
         * for storage, so there are some on a small machine too.
         */
        public static Settings defaults() {
            int processors = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 16);
            return new Settings(
                    UploadSettings.forHeap(Runtime.getRuntime().maxMemory()),
                    RetryPolicy.protocol(),
                    Math.max(LEAST_CLEANING, processors),
                    processors);
        }

        /** The same with other upload settings. */
        public Settings withUpload(UploadSettings value) {
            return new Settings(value, retry, cleaningThreads, decodingThreads);
        }

        /** The same with another retry policy. */
        public Settings withRetry(RetryPolicy value) {
            return new Settings(upload, value, cleaningThreads, decodingThreads);
        }
    }

    /** A store without an index of chunks. */
    public XetContentStore(StorageClient storage, Settings settings, StorageObserver observer) {
        this(storage, ChunkIndex.none(), settings, observer);
    }

    /**
     * A store.
     *
     * @param storage stays the caller's
     * @param index learns from uploads and downloads; stays the caller's
     * @param observer told about repeated fetches and what the index saved
     */
    public XetContentStore(StorageClient storage, ChunkIndex index, Settings settings, StorageObserver observer) {
        this.storage = storage;
        Blake3.prepare();
        this.indexing = Executors.newSingleThreadExecutor(daemons("xet-index-"));
        this.filler = index.equals(ChunkIndex.none()) ? null : new IndexFiller(index, indexing, MAX_INDEX_BACKLOG);
        // Plain threads that nobody interrupts: an interrupt would close the file channel a source reads from.
        this.cleaning = Executors.newFixedThreadPool(settings.cleaningThreads(), daemons("xet-clean-"));
        this.decoding = Schedulers.newParallel("xet-decode", settings.decodingThreads(), true);
        this.fetcher = new ChunkFetcher(storage, settings.retry(), decoding, observer);
        this.uploader = new Uploader(
                storage,
                settings.upload(),
                cleaning,
                filler == null ? UploadListener.NONE : new Learning(filler, observer),
                filler == null
                        ? RememberedChunks.NONE
                        : new IndexedChunks(index, settings.upload().dedupLifetime(), InstantSource.system()),
                InstantSource.system());
        this.index = index;
        this.composer = new EditComposer(storage, fetcher, index);
    }

    /** Passes on to the index what uploads tell, and to the observer what the index saved. */
    private record Learning(IndexFiller filler, StorageObserver observer) implements UploadListener {
        @Override
        public void xorbRegistered(ContentHash xorb, List<Chunk> chunks) {
            filler.xorbRegistered(xorb, chunks);
        }

        @Override
        public void fileRegistered(FileEntry file) {
            filler.fileRegistered(file);
        }

        @Override
        public void reusedFromIndex(long chunks, long bytes) {
            observer.reusedFromIndex(chunks, bytes);
        }
    }

    private static ThreadFactory daemons(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public UploadSession newUploadSession() {
        return uploader.newSession(composer);
    }

    @Override
    public Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range) {
        return storage.reconstruct(file, range);
    }

    @Override
    public Mono<ChunkRun> fetch(Reconstruction.Fetch fetch, Reconstruction origin) {
        Mono<ChunkRun> run = fetcher.fetch(fetch, origin);
        return filler == null ? run : run.doOnNext(filler::fetched);
    }

    @Override
    public boolean knows(ContentHash file, long size) {
        return index.wholeFile(file, size) != null;
    }

    /** Ends the threads when their present work is done; uploads still waiting fail. */
    @Override
    public void close() {
        cleaning.shutdown();
        indexing.shutdown();
        decoding.dispose();
    }
}
