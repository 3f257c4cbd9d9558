package io.hfmount.agent.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks of plain files on local disk, up to a byte limit, least recently used first out. A file holds a block's bytes
 * and their CRC-32C (4 bytes, big-endian); it is written beside its place and renamed, and checked when it is read: what
 * is damaged is dropped. Its name tells the version of the content, so a hit needs no question to the Hub. Survives
 * restarts. Thread-safe.
 */
public final class PlainBlockCache implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PlainBlockCache.class);
    private static final int TRAILER = 4;
    private static final long CLOSE_SECONDS = 10;
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}-[0-9]{1,10}");

    private final @Nullable CacheFiles files;
    private final long limit;
    private final LongConsumer gauge;

    /** Held for reading by writes to the directory, and for ever for writing once it is given back. */
    private final ReentrantReadWriteLock writes = new ReentrantReadWriteLock();

    // Guarded by this.
    private final LinkedHashMap<String, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private boolean closed;

    private PlainBlockCache(@Nullable CacheFiles files, long limit, LongConsumer gauge) {
        this.files = files;
        this.limit = limit;
        this.gauge = gauge;
    }

    /**
     * Opens or creates the cache in a directory that must belong to nobody else (mode 0700 is set).
     *
     * @param limit most bytes on disk; 0 caches nothing and touches no directory
     * @param gauge told how many bytes it holds, whenever that changes; fast
     * @throws IOException if the directory cannot be used or another process has it open
     */
    public static PlainBlockCache open(Path directory, long limit, LongConsumer gauge) throws IOException {
        return limit == 0 ? new PlainBlockCache(null, 0, gauge) : open(new DiskCacheFiles(directory), limit, gauge);
    }

    static PlainBlockCache open(CacheFiles files, long limit, LongConsumer gauge) throws IOException {
        PlainBlockCache cache = new PlainBlockCache(files, limit, gauge);
        List<CacheFiles.Found> found;
        try {
            found = files.list();
        } catch (IOException | RuntimeException refused) {
            files.close();
            throw refused;
        }
        found.stream()
                .filter(file -> NAME.matcher(file.name()).matches())
                .sorted(Comparator.comparingLong(CacheFiles.Found::modified))
                .forEach(cache::adopt);
        cache.makeRoom(0);
        return cache;
    }

    private synchronized void adopt(CacheFiles.Found file) {
        sizes.put(file.name(), file.size());
        bytes += file.size();
    }

    /**
     * A whole block, checked.
     *
     * @return null if it is not here, or no longer
     */
    @Nullable
    ByteBuffer read(PlainBlock block) {
        CacheFiles disk = files;
        String name = block.fileName();
        synchronized (this) {
            if (closed || disk == null || sizes.get(name) == null) {
                return null;
            }
        }
        ByteBuffer whole = ByteBuffer.allocate(block.length() + TRAILER);
        try {
            Objects.requireNonNull(disk).read(name, 0, whole);
            ByteBuffer data = whole.slice(0, block.length());
            if (checksum(data) == whole.getInt(block.length())) {
                return data.asReadOnlyBuffer();
            }
            log.warn("a cached block of a file outside Xet storage was damaged; it is fetched again");
        } catch (IOException e) {
            log.warn("a cached block cannot be read, it is fetched again: {}", e.getMessage());
        }
        drop(name);
        return null;
    }

    /** Whether {@link #read} would find it, damage aside. */
    synchronized boolean has(PlainBlock block) {
        return !closed && sizes.containsKey(block.fileName());
    }

    /** Keeps a block, or does not: a disk that refuses is no error of the reader. */
    void write(PlainBlock block, ByteBuffer data) {
        CacheFiles disk = files;
        long size = data.remaining() + (long) TRAILER;
        if (disk == null || size > limit) {
            return;
        }
        if (!writes.readLock().tryLock()) {
            return; // closed
        }
        try {
            if (!isClosed() && !has(block)) {
                write(disk, block.fileName(), data, size);
            }
        } finally {
            writes.readLock().unlock();
        }
    }

    private void write(CacheFiles disk, String name, ByteBuffer data, long size) {
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER).putInt(checksum(data)).flip();
        makeRoom(size);
        try {
            disk.write(name, List.of(data.duplicate(), trailer), true);
            synchronized (this) {
                Long before = sizes.put(name, size);
                bytes += size - (before == null ? 0 : before);
            }
        } catch (IOException e) {
            log.warn("a block cannot be cached: {}", e.getMessage());
        }
        makeRoom(0);
    }

    /** Drops the least recently used until {@code more} bytes fit. */
    private synchronized void makeRoom(long more) {
        Iterator<Map.Entry<String, Long>> oldest = sizes.entrySet().iterator();
        while (bytes + more > limit && oldest.hasNext()) {
            Map.Entry<String, Long> entry = oldest.next();
            oldest.remove();
            bytes -= entry.getValue();
            delete(entry.getKey());
        }
        gauge.accept(bytes);
    }

    private synchronized void drop(String name) {
        Long size = closed ? null : sizes.remove(name);
        if (size != null) {
            bytes -= size;
            delete(name);
            gauge.accept(bytes);
        }
    }

    private void delete(String name) {
        try {
            Objects.requireNonNull(files).delete(name);
        } catch (IOException e) {
            log.warn("a cached block cannot be removed, it goes at the next start: {}", e.getMessage());
        }
    }

    private static int checksum(ByteBuffer data) {
        CRC32C crc = new CRC32C();
        crc.update(data.duplicate());
        return (int) crc.getValue();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Bytes on disk. */
    synchronized long bytes() {
        return bytes;
    }

    /** Forgets the index; the files stay for the next start. Idempotent. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        if (files == null) {
            return;
        }
        if (!awaitWrites()) {
            log.warn("A block is still being written; the directory of the cache stays locked");
            return;
        }
        files.close();
    }

    /** No write begins any more; whether those under way have ended. */
    private boolean awaitWrites() {
        try {
            return writes.writeLock().tryLock(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return writes.writeLock().tryLock();
        }
    }
}
