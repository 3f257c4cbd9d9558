package io.hfmount.agent.content;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.upload.FileHasher;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whole files on local disk by content hash, up to a byte limit (mount-semantics §6.4). A file that is opened and not
 * here is read from storage, and fetched in the background, {@value #FETCHES} files at once; the next open finds it. A
 * copy appears at once and whole, with size and hash checked, and every read of it is checked by {@link BlockSums}.
 * Thread-safe; opening never waits.
 */
public final class WholeFileCache implements AutoCloseable {
    /** Files fetched at once. */
    static final int FETCHES = 8;

    private static final Logger log = LoggerFactory.getLogger(WholeFileCache.class);
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");
    private static final int MOST_WAITING = 4096;
    private static final int MOST_REFUSED = 4096;
    private static final long CLOSE_SECONDS = 10;
    private static final int COPY_STEP = 1 << 20;
    private static final long MARK_MILLIS = TimeUnit.MINUTES.toMillis(10);

    /** Where content comes from that is not here. */
    public interface Storage {
        /** As {@link ContentReader#open}. */
        OpenContent open(ContentHash hash, long size);

        /** As {@link ContentReader#download}. */
        void download(ContentHash hash, long size, DownloadTarget target) throws FsException;
    }

    private final DiskCacheFiles files;
    private final long limit;
    private final Storage storage;
    private final ContentObserver observer;
    private final InstantSource clock;
    private final ThreadPoolExecutor workers;

    // Guarded by this.
    private final LinkedHashMap<ContentHash, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<ContentHash, CompletableFuture<Boolean>> underWay = new HashMap<>();
    private final Set<ContentHash> refused = new HashSet<>();
    private final ArrayDeque<Entry> undeleted = new ArrayDeque<>();
    private long bytes;

    private volatile boolean closed;

    /** A file in the cache; {@code marked} is its time of modification in milliseconds since the epoch. */
    private static final class Entry {
        final String name;
        final long bytes;
        long marked;

        Entry(String name, long bytes, long marked) {
            this.name = name;
            this.bytes = bytes;
            this.marked = marked;
        }
    }

    private WholeFileCache(
            DiskCacheFiles files, long limit, Storage storage, ContentObserver observer, InstantSource clock) {
        this.files = files;
        this.limit = limit;
        this.storage = storage;
        this.observer = observer;
        this.clock = clock;
        this.workers = new ThreadPoolExecutor(
                FETCHES,
                FETCHES,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("file-cache-", 1).factory());
        workers.allowCoreThreadTimeOut(true);
    }

    /**
     * Opens or creates the cache in {@code directory}, which must belong to nobody else (mode 0700 is set), and finds
     * what an earlier process left there.
     *
     * @param limit most bytes on disk, also while filling; positive
     * @param storage stays the caller's, and open longer than this
     * @throws IOException if the directory cannot be used or another process has it open
     */
    public static WholeFileCache open(Path directory, long limit, Storage storage, ContentObserver observer)
            throws IOException {
        return open(directory, limit, storage, observer, InstantSource.system());
    }

    /** With a clock of its own. */
    static WholeFileCache open(
            Path directory, long limit, Storage storage, ContentObserver observer, InstantSource clock)
            throws IOException {
        if (limit <= 0) {
            throw new IllegalArgumentException("a cache of " + limit + " bytes");
        }
        DiskCacheFiles files = new DiskCacheFiles(directory);
        try {
            WholeFileCache cache = new WholeFileCache(files, limit, storage, observer, clock);
            cache.scan();
            return cache;
        } catch (IOException | RuntimeException failed) {
            files.close();
            throw failed;
        }
    }

    /** Newest first as far as the limit goes; the rest is deleted. */
    private synchronized void scan() throws IOException {
        List<CacheFiles.Found> found = files.list().stream()
                .sorted(Comparator.comparingLong(CacheFiles.Found::modified).reversed())
                .toList();
        ArrayDeque<CacheFiles.Found> kept = new ArrayDeque<>();
        for (CacheFiles.Found file : found) {
            boolean keep = NAME.matcher(file.name()).matches() && bytes + file.size() <= limit;
            bytes += file.size();
            if (keep) {
                kept.push(file);
            } else {
                delete(new Entry(file.name(), file.size(), file.modified()));
            }
        }
        for (CacheFiles.Found file : kept) {
            entries.put(ContentHash.parse(file.name()), new Entry(file.name(), file.size(), file.modified()));
        }
        observer.cacheBytes(bytes);
    }

    /** Opens content for one handle: the copy here if there is one, else from storage. Never waits. */
    public OpenContent open(ContentHash hash, long size) {
        if (!BlockSums.canHold(size)) {
            return storage.open(hash, size);
        }
        if (isHere(hash, size)) {
            observer.cacheHits(1);
            return new WholeFileContent(this, hash, size);
        }
        observer.cacheMisses(1);
        populate(hash, size);
        return storage.open(hash, size);
    }

    /** Copies a whole file as {@link ContentReader#download} does, from the copy here if there is one. */
    public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
        if (!BlockSums.canHold(size) || !isHere(hash, size)) {
            storage.download(hash, size, target);
            return;
        }
        try (Arena arena = Arena.ofConfined();
                OpenContent content = open(hash, size)) {
            MemorySegment buffer = arena.allocate(Math.min(size, COPY_STEP));
            long position = 0;
            while (position < size) {
                int length = content.read(position, buffer, Wait.ALLOWED);
                try {
                    target.write(position, buffer.asSlice(0, length).asByteBuffer());
                } catch (IOException failed) {
                    throw ContentReader.writeFailed(hash, failed);
                }
                position += length;
            }
        }
    }

    private boolean isHere(ContentHash hash, long size) {
        Entry entry;
        boolean mark;
        long now = clock.millis();
        synchronized (this) {
            entry = entries.get(hash);
            if (entry == null || entry.bytes != CachedFile.diskBytes(size)) {
                return false;
            }
            mark = now - entry.marked >= MARK_MILLIS;
            if (mark) {
                entry.marked = now;
            }
        }
        if (mark) {
            mark(entry, now);
        }
        return true;
    }

    private void mark(Entry entry, long now) {
        try {
            workers.execute(() -> {
                try {
                    files.touch(entry.name, now);
                } catch (IOException gone) {
                    log.debug("The cached file {} could not be marked as used: {}", entry.name, gone.toString());
                }
            });
        } catch (RejectedExecutionException closing) {
            log.debug("The cached file {} is not marked as used any more", entry.name);
        }
    }

    /**
     * Fetches a file into the cache unless it is here, on its way, larger than the cache, or was found to have another
     * hash.
     *
     * @return completes with whether it is here; never with a failure, whatever happens to the fetch
     */
    CompletableFuture<Boolean> populate(ContentHash hash, long size) {
        CompletableFuture<Boolean> future = new CompletableFuture<>();
        synchronized (this) {
            CompletableFuture<Boolean> known = underWay.get(hash);
            if (known != null) {
                return known;
            }
            Entry entry = entries.get(hash);
            if (entry != null && entry.bytes == CachedFile.diskBytes(size)) {
                return CompletableFuture.completedFuture(true);
            }
            if (closed
                    || CachedFile.diskBytes(size) > limit
                    || refused.contains(hash)
                    || underWay.size() >= MOST_WAITING) {
                return CompletableFuture.completedFuture(false);
            }
            underWay.put(hash, future);
        }
        try {
            workers.execute(() -> {
                boolean here = false;
                try {
                    here = fetch(hash, size);
                } finally {
                    ended(hash, future, here);
                }
            });
        } catch (RejectedExecutionException closing) {
            ended(hash, future, false);
        }
        return future;
    }

    private void ended(ContentHash hash, CompletableFuture<Boolean> future, boolean here) {
        synchronized (this) {
            underWay.remove(hash);
        }
        future.complete(here);
    }

    private boolean fetch(ContentHash hash, long size) {
        long room = CachedFile.diskBytes(size);
        if (!makeRoom(room)) {
            observer.cacheWriteDropped(room);
            return false;
        }
        Entry kept = null;
        try (DiskCacheFiles.Draft draft = files.draft()) {
            if (write(draft, hash, size)) {
                draft.commit(hash.text());
                kept = new Entry(hash.text(), room, clock.millis());
            }
        } catch (IOException | FsException | RuntimeException failed) {
            observer.cacheWriteDropped(room);
            if (!closed) {
                log.warn("{} is not cached: {}", hash, failed.getMessage());
            }
        } finally {
            settle(hash, room, kept);
        }
        return kept != null;
    }

    private boolean write(DiskCacheFiles.Draft draft, ContentHash hash, long size) throws IOException, FsException {
        BlockSums.Builder sums = new BlockSums.Builder(size);
        FileHasher hasher = new FileHasher();
        byte[] copy = new byte[(int) Math.min(size, COPY_STEP)];
        storage.download(hash, size, (position, data) -> {
            if (closed) {
                throw new IOException("the cache is closing");
            }
            while (data.hasRemaining()) {
                int n = Math.min(copy.length, data.remaining());
                data.get(copy, 0, n);
                hasher.update(copy, 0, n);
                ByteBuffer piece = ByteBuffer.wrap(copy, 0, n);
                sums.update(piece);
                draft.write(piece);
            }
        });
        draft.write(sums.finish().stored());
        if (hasher.finish().equals(hash)) {
            return true;
        }
        // Chunks that are not cut as from the first byte hash differently: right for readers, not to be proved here.
        log.warn("{} is not cached: its bytes hash to something else", hash);
        synchronized (this) {
            if (refused.size() >= MOST_REFUSED) {
                refused.clear();
            }
            refused.add(hash);
        }
        return false;
    }

    /** Turns reserved bytes into an entry, or gives them back. */
    private synchronized void settle(ContentHash hash, long room, @Nullable Entry kept) {
        if (kept == null) {
            bytes -= room;
        } else {
            Entry old = entries.put(hash, kept); // the same name: its file was replaced
            bytes -= old == null ? 0 : old.bytes;
            undeleted.removeIf(gone -> {
                boolean same = gone.name.equals(kept.name);
                bytes -= same ? gone.bytes : 0;
                return same;
            });
        }
        observer.cacheBytes(bytes);
    }

    /** Evicts until {@code wanted} more bytes fit, and reserves them; false if they cannot. */
    private boolean makeRoom(long wanted) {
        ArrayDeque<Entry> again;
        synchronized (this) {
            again = new ArrayDeque<>(undeleted);
            undeleted.clear();
        }
        again.forEach(this::delete);
        while (true) {
            Entry oldest;
            synchronized (this) {
                if (bytes + wanted <= limit) {
                    bytes += wanted;
                    observer.cacheBytes(bytes);
                    return true;
                }
                Map.Entry<ContentHash, Entry> first = entries.pollFirstEntry();
                if (first == null) {
                    return false;
                }
                oldest = first.getValue();
            }
            delete(oldest);
        }
    }

    /** Deletes a file that is in no entry; its bytes count until it is gone. */
    private void delete(Entry entry) {
        try {
            files.delete(entry.name);
            synchronized (this) {
                bytes -= entry.bytes;
                observer.cacheBytes(bytes);
            }
        } catch (IOException failed) {
            log.warn("Cannot delete {} from the file cache: {}", entry.name, failed.toString());
            synchronized (this) {
                undeleted.add(entry);
            }
        }
    }

    /** The copy of a file that was here. */
    CachedFile cachedFile(ContentHash hash, long size) throws IOException {
        return CachedFile.open(files, hash.text(), size);
    }

    /** A copy cannot be read or is damaged. It may also have been evicted under its reader, which is no damage. */
    void forget(ContentHash hash, IOException trouble) {
        Entry entry;
        synchronized (this) {
            entry = entries.remove(hash);
        }
        if (entry != null) {
            log.warn("Dropping the cached file {}: {}", hash, trouble.toString());
            observer.cacheDamaged(1);
            delete(entry);
        }
    }

    /** A read was served from here. */
    void served(long length) {
        observer.served(ContentObserver.Source.DISK, length);
    }

    /** The content as storage has it, while the file is fetched anew. */
    OpenContent fromStorage(ContentHash hash, long size) {
        populate(hash, size);
        return storage.open(hash, size);
    }

    /** Bytes on disk or reserved. */
    synchronized long bytes() {
        return bytes;
    }

    /** Ends all fetches; the files stay for the next start. Idempotent. */
    @Override
    public void close() {
        closed = true;
        workers.shutdownNow().clear();
        boolean idle = false;
        try {
            idle = workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            underWay.values().forEach(waiting -> waiting.complete(false));
            underWay.clear();
        }
        if (!idle) {
            log.warn("The file cache is still writing; its directory stays locked");
            return;
        }
        try {
            files.close();
        } catch (IOException failed) {
            log.warn("The file cache did not close cleanly: {}", failed.toString());
        }
    }
}
