package io.hfmount.agent.content;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One handle on a file that is in the whole-file cache. When the copy turns out damaged, or is evicted under the handle,
 * it goes on from storage.
 */
final class WholeFileContent implements OpenContent {
    private final WholeFileCache cache;
    private final ContentHash hash;
    private final long size;

    // Guarded by this.
    private @Nullable CachedFile local;
    private @Nullable OpenContent storage;
    private boolean closed;

    WholeFileContent(WholeFileCache cache, ContentHash hash, long size) {
        this.cache = cache;
        this.hash = hash;
        this.size = size;
    }

    @Override
    public int read(long offset, MemorySegment target, Wait wait) throws FsException {
        if (offset < 0) {
            throw new FsException(Errno.EINVAL, "a read from offset " + offset);
        }
        long length = Math.min(Math.min(target.byteSize(), Integer.MAX_VALUE), size - offset);
        OpenContent remote = storage();
        if (remote == null && length <= 0) {
            return 0;
        }
        if (remote == null && readLocal(offset, target.asSlice(0, length))) {
            return (int) length;
        }
        return (remote == null ? goRemote() : remote).read(offset, target, wait);
    }

    private boolean readLocal(long offset, MemorySegment target) {
        try {
            if (file().read(offset, target)) {
                cache.served(target.byteSize());
                return true;
            }
            cache.forget(hash, new IOException("its checksum is wrong"));
        } catch (IOException failed) {
            cache.forget(hash, failed);
        }
        return false;
    }

    private synchronized CachedFile file() throws IOException {
        if (local == null) {
            local = cache.cachedFile(hash, size);
        }
        return local;
    }

    private synchronized @Nullable OpenContent storage() throws FsException {
        if (closed) {
            throw new FsException(Errno.EBADF, "the handle is closed");
        }
        return storage;
    }

    private synchronized OpenContent goRemote() throws FsException {
        OpenContent open = storage();
        if (open == null) {
            open = cache.fromStorage(hash, size);
            storage = open;
            local = null;
        }
        return open;
    }

    @Override
    public void close() {
        OpenContent open;
        synchronized (this) {
            closed = true;
            open = storage;
        }
        if (open != null) {
            open.close();
        }
    }
}
