package io.hfmount.agent.content;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.model.ContentHash;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Reads content outside Xet storage for one mount, in blocks, each fetched once for all that wait for it. A few blocks
 * stay in memory, as many as the limit allows on disk. Thread-safe.
 */
public final class PlainReader implements AutoCloseable {
    /** Blocks on their way at once, those fetched ahead too. */
    static final int MAX_FETCHES = 4;

    /** Bytes of blocks kept in memory. */
    static final long MEMORY = 4L * PlainBlock.SIZE;

    private final PlainSource source;
    private final PlainBlockCache cache;
    private final ContentObserver observer;
    private final Scheduler disk;
    private final Semaphore places = new Semaphore(MAX_FETCHES);

    // Guarded by this.
    private final LinkedHashMap<PlainBlock, ByteBuffer> memory = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<PlainBlock, CompletableFuture<ByteBuffer>> underWay = new HashMap<>();
    private final Map<PlainBlock, Disposable> calls = new HashMap<>();
    private long inMemory;
    private boolean closed;

    /**
     * @param source where content comes from
     * @param cache blocks on disk; stays the caller's
     * @param observer told where bytes came from
     * @param disk where the cache is written; its tasks are never interrupted
     */
    public PlainReader(PlainSource source, PlainBlockCache cache, ContentObserver observer, Scheduler disk) {
        this.source = source;
        this.cache = cache;
        this.observer = observer;
        this.disk = disk;
    }

    /**
     * Opens one version of a file for one handle. Asks nothing of the Hub and never waits.
     *
     * @param identity names the version
     * @param size bytes of the file
     */
    public OpenContent open(ContentHash identity, long size) {
        if (size < 0 || size / PlainBlock.SIZE >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a file of " + size + " bytes");
        }
        return new PlainContent(this, identity, size);
    }

    /**
     * The bytes of a block.
     *
     * @param wanted how many of them the caller serves
     * @throws WouldBlockException if it is neither in memory nor on disk and {@code wait} is {@link Wait#NEVER}
     */
    ByteBuffer block(PlainBlock block, int wanted, Wait wait) throws FsException {
        ByteBuffer here = inMemory(block);
        if (here != null) {
            observer.served(ContentObserver.Source.MEMORY, wanted);
            return here;
        }
        ByteBuffer cached = cache.read(block);
        if (cached != null) {
            keep(block, cached);
            observer.served(ContentObserver.Source.DISK, wanted);
            return cached;
        }
        if (wait == Wait.NEVER) {
            throw WouldBlockException.INSTANCE;
        }
        ByteBuffer fetched = await(block);
        observer.served(ContentObserver.Source.HUB, wanted);
        return fetched;
    }

    private synchronized @Nullable ByteBuffer inMemory(PlainBlock block) {
        return memory.get(block);
    }

    private ByteBuffer await(PlainBlock block) throws FsException {
        try {
            CompletableFuture<ByteBuffer> coming = coming(block);
            if (coming == null) {
                places.acquire();
                coming = start(block);
            }
            return coming.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "the read was interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof FsException known
                    ? known
                    : new FsException(Errno.EIO, "a read over HTTP failed: " + e.getCause(), e.getCause());
        }
    }

    /** The block if it is here or on its way. */
    private synchronized @Nullable CompletableFuture<ByteBuffer> coming(PlainBlock block) throws FsException {
        if (closed) {
            throw new FsException(Errno.EIO, "the mount is ending");
        }
        ByteBuffer here = memory.get(block);
        return here != null ? CompletableFuture.completedFuture(here) : underWay.get(block);
    }

    /** Starts a fetch with the place that the caller took, unless another one has just started it. */
    private CompletableFuture<ByteBuffer> start(PlainBlock block) throws FsException {
        CompletableFuture<ByteBuffer> mine = new CompletableFuture<>();
        synchronized (this) {
            CompletableFuture<ByteBuffer> other = closed ? null : coming(block);
            if (closed || other != null) {
                places.release();
            }
            if (other != null) {
                return other;
            }
            if (closed) {
                throw new FsException(Errno.EIO, "the mount is ending");
            }
            underWay.put(block, mine);
        }
        Disposable call = Mono.defer(() -> source.read(block.identity(), block.range()))
                .publishOn(disk)
                .subscribe(
                        data -> arrived(block, mine, data),
                        failure -> failed(block, mine, failure),
                        () -> failed(block, mine, new FsException(Errno.EIO, "a read over HTTP gave nothing")));
        synchronized (this) {
            if (closed) {
                call.dispose();
            } else if (underWay.containsKey(block)) {
                calls.put(block, call);
            }
        }
        return mine;
    }

    private void arrived(PlainBlock block, CompletableFuture<ByteBuffer> waiting, ByteBuffer data) {
        if (data.remaining() != block.length()) {
            failed(block, waiting, new FsException(Errno.EIO, "a read over HTTP gave " + data.remaining() + " bytes"));
            return;
        }
        keep(block, data);
        if (ended(block, waiting)) {
            waiting.complete(data);
            cache.write(block, data);
        }
    }

    private void failed(PlainBlock block, CompletableFuture<ByteBuffer> waiting, Throwable failure) {
        if (ended(block, waiting)) {
            waiting.completeExceptionally(failure);
        }
    }

    /** Gives the place back, once. */
    private synchronized boolean ended(PlainBlock block, CompletableFuture<ByteBuffer> waiting) {
        calls.remove(block);
        if (!underWay.remove(block, waiting)) {
            return false;
        }
        places.release();
        return true;
    }

    private synchronized void keep(PlainBlock block, ByteBuffer data) {
        if (closed || memory.put(block, data) != null) {
            return;
        }
        inMemory += block.length();
        Iterator<PlainBlock> oldest = memory.keySet().iterator();
        while (inMemory > MEMORY && oldest.hasNext()) {
            PlainBlock next = oldest.next();
            if (!next.equals(block)) {
                oldest.remove();
                inMemory -= next.length();
            }
        }
    }

    /** Fetches a block that will be wanted soon, if a place is free. */
    void ahead(PlainBlock block) {
        if (inMemory(block) != null || cache.has(block) || !places.tryAcquire()) {
            return;
        }
        try {
            start(block);
        } catch (FsException e) {
            // Closed: nobody will read it.
        }
    }

    /** Bytes of blocks in memory. */
    synchronized long memoryInUse() {
        return inMemory;
    }

    /** Fails waiting reads with EIO and frees all buffers. Idempotent. */
    @Override
    public void close() {
        List<CompletableFuture<ByteBuffer>> waiting;
        List<Disposable> left;
        synchronized (this) {
            closed = true;
            waiting = List.copyOf(underWay.values());
            left = List.copyOf(calls.values());
            underWay.clear();
            calls.clear();
            memory.clear();
            inMemory = 0;
        }
        left.forEach(Disposable::dispose);
        places.release(1 << 20); // who waits for a place learns of the end
        waiting.forEach(w -> w.completeExceptionally(new FsException(Errno.EIO, "the mount is ending")));
    }
}
