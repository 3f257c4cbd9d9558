package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link LayoutStore} in files, one a content. One thread writes and evicts, those used longest ago first, so the byte
 * limit holds at every moment. Nothing is synced: what a crash leaves half-written fails its checksum and is dropped.
 */
final class DiskLayoutStore extends LayoutStore {
    private static final Logger log = LoggerFactory.getLogger(DiskLayoutStore.class);
    private static final long CLOSE_SECONDS = 10;

    /** Tasks that may wait; a disk that does not follow is not helped by more. */
    private static final int MOST_TASKS = 256;

    /** What a file takes on disk at least, and the unit in which it is counted. */
    static final int BLOCK = 4 << 10;

    private final CacheFiles files;
    private final long limit;
    private final InstantSource clock;
    private final ThreadPoolExecutor writer;
    private final AtomicBoolean closed = new AtomicBoolean();

    // Used by the writer thread alone.
    /** At least what the files take: one that was replaced counts twice until the next listing. */
    private long bytes;

    private boolean usable;
    private boolean writesFail;

    private DiskLayoutStore(CacheFiles files, long limit, InstantSource clock) {
        this.files = files;
        this.limit = limit;
        this.clock = clock;
        this.writer = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(MOST_TASKS),
                Thread.ofPlatform().daemon().name("layouts").factory(),
                new ThreadPoolExecutor.DiscardPolicy());
        writer.allowCoreThreadTimeOut(true);
    }

    /** Opens the store; what is in {@code files} is counted in the background. */
    static DiskLayoutStore open(CacheFiles files, long limit) {
        return open(files, limit, InstantSource.system());
    }

    /** With a clock of its own. */
    static DiskLayoutStore open(CacheFiles files, long limit, InstantSource clock) {
        if (limit <= 0) {
            throw new IllegalArgumentException("layouts in " + limit + " bytes");
        }
        DiskLayoutStore store = new DiskLayoutStore(files, limit, clock);
        store.writer.execute(() -> store.makeFit(0));
        return store;
    }

    private static long blocks(long length) {
        return (length + BLOCK - 1) / BLOCK * BLOCK;
    }

    @Override
    List<LayoutSpan> find(ContentHash file, long size) {
        String name = StoredLayout.name(file, size);
        for (int attempt = 1; ; attempt++) {
            try {
                ByteBuffer prefix = ByteBuffer.allocate(StoredLayout.PREFIX);
                files.read(name, 0, prefix);
                ByteBuffer stored = ByteBuffer.allocate(StoredLayout.length(prefix));
                files.read(name, 0, stored);
                List<LayoutSpan> spans = StoredLayout.read(stored, file, size);
                writer.execute(() -> touch(name));
                return spans;
            } catch (NoSuchFileException unknown) {
                return List.of();
            } catch (IOException damaged) {
                if (attempt == 2) { // once, it may have been replaced between the two reads
                    log.warn("Dropping the layout {}, it will be asked for again: {}", name, damaged.toString());
                    writer.execute(() -> delete(name));
                    return List.of();
                }
            }
        }
    }

    private void touch(String name) {
        try {
            files.touch(name, clock.millis());
        } catch (IOException gone) {
            log.debug("The layout {} could not be marked as used: {}", name, gone.toString());
        }
    }

    /** Deletes a file; its bytes count until the next listing. */
    private boolean delete(String name) {
        try {
            files.delete(name);
            return true;
        } catch (IOException failed) {
            log.warn("Cannot delete the layout {}: {}", name, failed.toString());
            return false;
        }
    }

    @Override
    void offer(ContentHash file, long size, List<LayoutSpan> spans) {
        writer.execute(() -> write(file, size, spans));
    }

    private void write(ContentHash file, long size, List<LayoutSpan> spans) {
        ByteBuffer stored = StoredLayout.write(file, size, spans);
        if (stored == null || !makeRoom(blocks(stored.remaining()))) {
            return;
        }
        bytes += blocks(stored.remaining());
        try {
            files.write(StoredLayout.name(file, size), List.of(stored), true);
            if (writesFail) {
                writesFail = false;
                log.info("Layouts can be written again");
            }
        } catch (IOException failed) {
            if (!writesFail) {
                writesFail = true;
                log.warn("Layouts cannot be written, a later mount asks for plans: {}", failed.toString());
            }
        }
    }

    /** Whether {@code wanted} bytes more may be written. */
    private boolean makeRoom(long wanted) {
        if (wanted > limit / 4) {
            return false; // it would drive too many others out
        }
        if (!usable || bytes + wanted > limit) {
            makeFit(wanted);
        }
        return usable && bytes + wanted <= limit;
    }

    /** Counts what is there; if {@code wanted} bytes more do not fit, makes it three quarters of the limit. */
    private void makeFit(long wanted) {
        try {
            List<CacheFiles.Found> found = new ArrayList<>(files.list());
            found.removeIf(file -> !StoredLayout.isName(file.name()));
            found.sort(Comparator.comparingLong(CacheFiles.Found::modified));
            bytes = found.stream().mapToLong(file -> blocks(file.size())).sum();
            usable = true;
            long most = bytes + wanted <= limit ? limit : limit - limit / 4;
            for (CacheFiles.Found oldest : found) {
                if (bytes <= most) {
                    return;
                }
                if (delete(oldest.name())) {
                    bytes -= blocks(oldest.size());
                }
            }
        } catch (IOException failed) {
            if (usable) {
                log.warn("The layouts cannot be listed, no more are kept for now: {}", failed.toString());
            }
            usable = false; // bytes that nobody counts lie there
        }
    }

    /** Runs everything queued before this call, then returns; for tests. */
    void drain() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        writer.execute(() -> done.complete(true));
        done.join();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        writer.shutdown();
        boolean idle = false;
        try {
            idle = writer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!idle) {
            log.warn("Layouts are still being written; their directory stays locked");
            return;
        }
        try {
            files.close();
        } catch (IOException failed) {
            log.warn("The layouts did not close cleanly: {}", failed.toString());
        }
    }
}
