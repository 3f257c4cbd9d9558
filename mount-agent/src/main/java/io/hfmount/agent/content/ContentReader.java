package io.hfmount.agent.content;

import io.hfmount.agent.content.ReadMemory.Reservation;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Reads content by hash for one mount: what its handles share (buffers, layouts, calls in flight). Thread-safe.
 *
 * <p>Calls in flight are shared between handles; every buffer counts against one byte budget.
 */
public final class ContentReader implements AutoCloseable {
    private static final int DOWNLOAD_STEP = 1 << 20;

    private final ReadContext context;
    private final FileContents contents;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param store where content comes from
     * @param settings limits
     * @param cache the chunk cache on disk, or {@link ChunkCache#NONE}; stays open, others may share it
     * @param layouts layouts on disk, or {@link LayoutStore#NONE}; stays open
     * @param observer told what happens
     */
    public ContentReader(
            ContentStore store,
            ContentSettings settings,
            ChunkCache cache,
            LayoutStore layouts,
            ContentObserver observer) {
        this(store, settings, cache, layouts, observer, Schedulers.parallel());
    }

    /** With a clock and timers of its own. */
    ContentReader(
            ContentStore store,
            ContentSettings settings,
            ChunkCache cache,
            LayoutStore layouts,
            ContentObserver observer,
            Scheduler timer) {
        ReadMemory memory = new ReadMemory(settings.maxReadMemory(), settings.retainedMemory());
        FetchFlights flights = new FetchFlights(store, memory, cache, observer, timer, settings);
        this.context = new ReadContext(store, settings, memory, flights, cache, layouts, observer, timer);
        this.contents = new FileContents(settings.layoutMemory());
    }

    /**
     * Opens content for one handle. Asks nothing of storage and never waits.
     *
     * @param hash file hash; may be {@link ContentHash#ZERO} if {@code size} is 0
     * @param size bytes of the file; storage that holds fewer or more gives EIO on read
     * @throws IllegalStateException after {@link #close()}
     */
    public OpenContent open(ContentHash hash, long size) {
        return open(hash, size, false);
    }

    private HandleReader open(ContentHash hash, long size, boolean expectAll) {
        if (size < 0) {
            throw new IllegalArgumentException("a file of " + size + " bytes");
        }
        if (closed.get()) {
            throw new IllegalStateException("the reader is closed");
        }
        FileContent content = contents.open(context, hash, size);
        return new HandleReader(context, content, expectAll, () -> {
            if (contents.release(content)) {
                context.memory().clear(); // nobody reads: an idle mount holds no buffers
            }
        });
    }

    /**
     * Copies a whole file, in order, in bounded memory. Every storage call is bounded like that of a read (H-44c).
     *
     * @throws FsException EIO when the exact bytes cannot be had, ENOSPC, EDQUOT or EIO when {@code target} fails, else
     *     as {@link OpenContent#read}; what was written so far is a correct prefix
     */
    public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
        if (size == 0) {
            return;
        }
        int step = (int) Math.min(size, DOWNLOAD_STEP);
        Reservation room = context.memory().force(step);
        try (HandleReader handle = open(hash, size, true);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(step);
            long position = 0;
            while (position < size) {
                int length = handle.read(position, buffer, Wait.ALLOWED);
                try {
                    target.write(position, buffer.asSlice(0, length).asByteBuffer());
                } catch (IOException failed) {
                    throw writeFailed(hash, failed);
                }
                position += length;
            }
        } finally {
            room.release();
        }
    }

    /** The target of a download failed. */
    static FsException writeFailed(ContentHash hash, IOException failed) {
        return new FsException(errnoOf(failed), "the download of " + hash + " cannot be written", failed);
    }

    private static Errno errnoOf(IOException failed) {
        String message = String.valueOf(failed.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("no space left")) {
            return Errno.ENOSPC;
        }
        return message.contains("quota exceeded") ? Errno.EDQUOT : Errno.EIO;
    }

    /** Bytes that all buffers hold now; 0 once every handle is closed and nothing is in flight. */
    public long memoryInUse() {
        return context.memory().used();
    }

    /** Cancels everything in flight, which fails waiting reads with EIO, and frees all buffers. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            context.flights().close();
            contents.open().forEach(FileContent::close);
            contents.saveLayouts();
            context.memory().close();
        }
    }
}
