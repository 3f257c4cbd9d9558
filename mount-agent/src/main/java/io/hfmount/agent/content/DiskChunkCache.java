package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ChunkCache} in files. One thread writes and evicts, so the byte limit holds at every moment; readers read on
 * their own threads. Nothing is synced: what a crash leaves behind half-written fails its checksum and is dropped.
 */
final class DiskChunkCache implements ChunkCache {
    private static final Logger log = LoggerFactory.getLogger(DiskChunkCache.class);
    private static final long CLOSE_SECONDS = 10;

    /** A file used again is marked as such on disk at most this often, for the order after a restart. */
    private static final long MARK_MILLIS = TimeUnit.MINUTES.toMillis(10);

    /** Hints that may wait; a disk that does not follow is not helped by more. */
    private static final int MOST_HINTS = 64;

    private final CacheFiles files;
    private final long limit;
    private final long queueLimit;
    private final ContentObserver observer;
    private final CacheIndex index = new CacheIndex();
    private final InstantSource clock;
    private final ExecutorService writer;
    private final ExecutorService hints;
    private final AtomicLong queued = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final CompletableFuture<Boolean> scanned = new CompletableFuture<>();
    private volatile boolean closed;

    // Used by the writer thread alone.
    private final ArrayDeque<Doomed> undeleted = new ArrayDeque<>();
    private boolean writesFail;
    private boolean unusable;

    private record Doomed(String name, long bytes) {
        Doomed(CachedRun run) {
            this(run.name(), run.fileBytes());
        }
    }

    private DiskChunkCache(
            CacheFiles files, long limit, long queueLimit, ContentObserver observer, InstantSource clock) {
        this.files = files;
        this.limit = limit;
        this.queueLimit = queueLimit;
        this.observer = observer;
        this.clock = clock;
        this.hints = new ThreadPoolExecutor(
                0,
                1,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(MOST_HINTS),
                Thread.ofPlatform().daemon().name("chunk-cache-ahead").factory(),
                new ThreadPoolExecutor.DiscardPolicy());
        this.writer = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("chunk-cache").factory());
    }

    /** Opens the cache; what is in {@code files} is found again in the background. */
    static DiskChunkCache open(CacheFiles files, long limit, long queueLimit, ContentObserver observer) {
        return open(files, limit, queueLimit, observer, InstantSource.system());
    }

    /** With a clock of its own. */
    static DiskChunkCache open(
            CacheFiles files, long limit, long queueLimit, ContentObserver observer, InstantSource clock) {
        if (limit <= 0) {
            throw new IllegalArgumentException("a cache of " + limit + " bytes");
        }
        DiskChunkCache cache = new DiskChunkCache(files, limit, queueLimit, observer, clock);
        cache.writer.execute(cache::scan);
        return cache;
    }

    @Override
    public boolean enabled() {
        return true;
    }

    @Override
    public int length(ContentHash xorb, int chunk) {
        CachedRun run = index.find(xorb, chunk);
        return run == null ? -1 : run.length(chunk);
    }

    @Override
    public boolean read(ContentHash xorb, int from, int to, ByteBuffer target) {
        int chunk = from;
        while (chunk < to) {
            CachedRun run = index.find(xorb, chunk);
            if (run == null) {
                return false;
            }
            int end = Math.min(to, run.chunkEnd());
            int length = run.length(chunk, end);
            if (length > target.remaining()) {
                return false;
            }
            ByteBuffer slice = target.slice(target.position(), length);
            if (!read(run, chunk, end, slice)) {
                return false;
            }
            target.position(target.position() + length);
            chunk = end;
        }
        return !target.hasRemaining();
    }

    private boolean read(CachedRun run, int from, int to, ByteBuffer slice) {
        String trouble = "its checksum is wrong";
        try {
            files.read(run.name(), run.position(from), slice.duplicate());
            if (run.sound(from, to, slice)) {
                used(run);
                return true;
            }
        } catch (IOException failed) {
            trouble = failed.toString();
        }
        if (index.remove(run)) {
            log.warn("Dropping the cached chunks {}: {}", run.name(), trouble);
            observer.cacheDamaged(run.chunkEnd() - run.chunkStart());
            onWriter(() -> delete(new Doomed(run)));
        }
        return false; // else it was evicted under the reader
    }

    private void used(CachedRun run) {
        index.touch(run);
        long now = clock.millis();
        if (now - run.marked() >= MARK_MILLIS) {
            run.mark(now); // before it is true, so that one reader sees to it
            onWriter(() -> {
                try {
                    files.touch(run.name(), now);
                } catch (IOException gone) {
                    log.debug("The cached chunks {} could not be marked as used: {}", run.name(), gone.toString());
                }
            });
        }
    }

    @Override
    public void willRead(ContentHash xorb, int from, int to) {
        int chunk = from;
        while (chunk < to) {
            CachedRun run = index.find(xorb, chunk);
            if (run == null) {
                return;
            }
            int end = Math.min(to, run.chunkEnd());
            long position = run.position(chunk);
            int length = run.length(chunk, end);
            hints.execute(() -> files.readAhead(run.name(), position, length));
            chunk = end;
        }
    }

    @Override
    public boolean accepts(long more) {
        return queued.get() + more <= queueLimit;
    }

    @Override
    public void offer(ChunkRun run, Runnable done) {
        long length = run.data().length;
        if (closed || index.gaps(run.xorb(), run.chunkStart(), run.chunkEnd()).isEmpty()) {
            done.run();
            return;
        }
        // A run that finds nobody waiting goes in, however large: else it never would.
        if (queued.getAndAdd(length) > Math.max(0, queueLimit - length)) {
            queued.addAndGet(-length);
            observer.cacheWriteDropped(length);
            done.run();
            return;
        }
        Runnable task = () -> {
            try {
                if (!closed) {
                    write(run);
                }
            } finally {
                queued.addAndGet(-length);
                done.run();
            }
        };
        if (!onWriter(task)) {
            queued.addAndGet(-length);
            done.run();
        }
    }

    /** Whether the disk does not follow, so that fetched runs may soon be dropped. */
    private boolean fallsBehind() {
        return queued.get() > queueLimit - queueLimit / 4;
    }

    private boolean onWriter(Runnable task) {
        try {
            writer.execute(task);
            return true;
        } catch (RejectedExecutionException afterClose) {
            return false;
        }
    }

    private void write(ChunkRun run) {
        for (CacheIndex.Gap gap : index.gaps(run.xorb(), run.chunkStart(), run.chunkEnd())) {
            for (int from = gap.from(); from < gap.to(); from += CachedRun.MAX_CHUNKS) {
                write(run, from, Math.min(gap.to(), from + CachedRun.MAX_CHUNKS));
            }
        }
    }

    private void write(ChunkRun run, int from, int to) {
        CachedRun cached = CachedRun.of(run, from, to);
        if (!makeRoom(cached.fileBytes())) {
            observer.cacheWriteDropped(cached.fileBytes());
            return;
        }
        count(cached.fileBytes());
        try {
            int start = run.startOf(from);
            files.write(
                    cached.name(),
                    List.of(cached.header(), ByteBuffer.wrap(run.data(), start, run.endOf(to - 1) - start)),
                    fallsBehind());
            cached.mark(clock.millis());
            index.add(cached);
            forgive(cached.name());
            if (writesFail) {
                writesFail = false;
                log.info("The chunk cache can be written again");
            }
        } catch (IOException failed) {
            count(-cached.fileBytes());
            observer.cacheWriteDropped(cached.fileBytes());
            if (!writesFail) {
                writesFail = true;
                log.warn("The chunk cache cannot be written, reads go on without: {}", failed.toString());
            }
        }
    }

    /** Evicts until {@code wanted} more bytes fit; false if they cannot. */
    private boolean makeRoom(long wanted) {
        if (wanted > limit || unusable) {
            return false;
        }
        for (int i = undeleted.size(); i > 0; i--) {
            delete(undeleted.remove());
        }
        while (bytes.get() + wanted > limit) {
            CachedRun oldest = index.removeOldest();
            if (oldest == null) {
                return false;
            }
            delete(new Doomed(oldest));
        }
        return true;
    }

    /** Deletes a file that is not in the index; its bytes count until it is gone. */
    private void delete(Doomed file) {
        try {
            files.delete(file.name());
            count(-file.bytes());
        } catch (IOException failed) {
            if (undeleted.isEmpty()) {
                log.warn("Cannot delete {} from the chunk cache: {}", file.name(), failed.toString());
            }
            undeleted.add(file);
        }
    }

    /** A file that could not be deleted has been replaced by a good one. */
    private void forgive(String name) {
        undeleted.removeIf(file -> {
            boolean same = file.name().equals(name);
            if (same) {
                count(-file.bytes());
            }
            return same;
        });
    }

    private void count(long difference) {
        observer.cacheBytes(bytes.addAndGet(difference));
    }

    /** Finds the files of an earlier process, newest first as far as the limit goes; the rest is deleted. */
    private void scan() {
        try {
            List<CacheFiles.Found> found = new ArrayList<>(files.list());
            found.sort(Comparator.comparingLong(CacheFiles.Found::modified).reversed());
            List<CachedRun> kept = new ArrayList<>();
            long sum = 0;
            for (CacheFiles.Found file : found) {
                if (closed) {
                    return;
                }
                CachedRun run = sum + file.size() <= limit ? load(file) : null;
                if (run == null) {
                    count(file.size());
                    delete(new Doomed(file.name(), file.size()));
                } else {
                    kept.add(run);
                    sum += file.size();
                }
            }
            for (CachedRun run : kept.reversed()) {
                count(run.fileBytes());
                if (!index.add(run)) {
                    delete(new Doomed(run));
                }
            }
        } catch (IOException failed) {
            log.warn("The chunk cache cannot be scanned, it stays unused: {}", failed.toString());
            unusable = true; // bytes that nobody counts lie there
        } finally {
            scanned.complete(true);
        }
    }

    private @Nullable CachedRun load(CacheFiles.Found file) {
        int length = CachedRun.headerLength(file.name());
        if (length < 0 || length > file.size()) {
            return null;
        }
        try {
            ByteBuffer header = ByteBuffer.allocate(length);
            files.read(file.name(), 0, header);
            CachedRun run = CachedRun.parse(file.name(), header, file.size());
            run.mark(file.modified());
            return run;
        } catch (IOException damaged) {
            log.info("Dropping a file of the chunk cache: {}", damaged.toString());
            return null;
        }
    }

    /** Completes when the files of an earlier process have been found. */
    CompletableFuture<Boolean> scanned() {
        return scanned;
    }

    /** Runs everything queued before this call, then returns; for tests and shutdown. */
    void drain() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        if (onWriter(() -> done.complete(true))) {
            done.join();
        }
    }

    /** Bytes on disk. */
    long bytes() {
        return bytes.get();
    }

    @Override
    public void close() {
        closed = true;
        hints.shutdownNow();
        writer.shutdown();
        boolean idle = false;
        try {
            idle = writer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        index.clear();
        if (!idle) {
            log.warn("The chunk cache is still writing; its directory stays locked");
            return;
        }
        try {
            files.close();
        } catch (IOException failed) {
            log.warn("The chunk cache did not close cleanly: {}", failed.toString());
        }
    }
}
