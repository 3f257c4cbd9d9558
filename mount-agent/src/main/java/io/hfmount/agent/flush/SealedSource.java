package io.hfmount.agent.flush;

import io.hfmount.agent.fs.BaseEdit;
import io.hfmount.agent.fs.SealedEdit;
import io.hfmount.agent.fs.SealedFile;
import io.hfmount.model.ByteRange;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * A sealed file as an upload reads it. The reader's thread may be interrupted when an upload times out or is given up,
 * and an interrupt inside FileChannel I/O closes the channel for everybody (mount-semantics §1.8): so the disk is read
 * on the disk scheduler, into a buffer that an interrupted reader leaves behind. The seal is not released before the
 * last read has ended. Thread-safe; one read at a time.
 */
final class SealedSource implements ContentSource, AutoCloseable {
    /** Most bytes of one read: each is a change of threads. With its header not large to the collector. */
    private static final int PIECE = 512 * 1024 - 64;

    private final SealedFile file;
    private final Scheduler disk;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private int reading;
    /** Guarded by {@link #lock}. */
    private boolean closed;
    /** Free buffer; null while a read uses it. Guarded by {@link #lock}. */
    private @Nullable ByteBuffer spare;

    SealedSource(SealedFile file, Scheduler disk) {
        this.file = file;
        this.disk = disk;
    }

    SealedFile file() {
        return file;
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        ByteBuffer piece = begin(target.remaining());
        CompletableFuture<Integer> done = new CompletableFuture<>();
        disk.schedule(() -> readOnDisk(position, piece, done));
        int count;
        try {
            count = done.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("reading " + file.path() + ": interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException("reading " + file.path(), e.getCause());
        }
        if (count > 0) {
            target.put(piece.flip());
        }
        giveBack(piece);
        return count;
    }

    private void readOnDisk(long position, ByteBuffer piece, CompletableFuture<Integer> done) {
        try {
            int count = file.content().read(position, piece);
            ended();
            done.complete(count);
        } catch (Throwable e) {
            ended();
            done.completeExceptionally(e);
        }
    }

    /** The changes of the sealed edit, their bytes read from the seal. */
    List<Edit> edits(SealedEdit edit) {
        List<Edit> edits = new ArrayList<>(edit.changes().size());
        for (BaseEdit change : edit.changes()) {
            edits.add(new Edit(change.start(), change.end(), part(change.data())));
        }
        return edits;
    }

    private ContentSource part(ByteRange range) {
        return new ContentSource() {
            @Override
            public long size() {
                return range.length();
            }

            @Override
            public int read(long position, ByteBuffer target) throws IOException {
                long left = range.length() - position;
                if (left <= 0) {
                    return 0;
                }
                int limit = target.limit();
                target.limit((int) Math.min(limit, target.position() + left));
                try {
                    return SealedSource.this.read(range.start() + position, target);
                } finally {
                    target.limit(limit);
                }
            }
        };
    }

    /** Bytes of the base beside the changes, as far as the seal has them. */
    LocalBase localBase(SealedEdit edit) {
        return new LocalBase() {
            @Override
            public boolean holds(ByteRange range) {
                return edit.holds(range);
            }

            @Override
            public int read(long position, ByteBuffer target) throws IOException {
                return SealedSource.this.read(position, target);
            }
        };
    }

    private ByteBuffer begin(int wanted) throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the seal of " + file.path() + " is released");
            }
            reading++;
            ByteBuffer piece = spare == null ? ByteBuffer.allocate(Math.clamp(size(), 1, PIECE)) : spare;
            spare = null;
            return piece.clear().limit(Math.min(wanted, piece.capacity()));
        } finally {
            lock.unlock();
        }
    }

    private void ended() {
        boolean last;
        lock.lock();
        try {
            reading--;
            last = closed && reading == 0;
        } finally {
            lock.unlock();
        }
        if (last) {
            file.close();
        }
    }

    private void giveBack(ByteBuffer piece) {
        lock.lock();
        try {
            spare = piece;
        } finally {
            lock.unlock();
        }
    }

    /** Releases the seal, at the latest when a read under way has ended. Idempotent. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (reading > 0) {
                return;
            }
        } finally {
            lock.unlock();
        }
        file.close();
    }
}
