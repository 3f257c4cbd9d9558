package io.hfmount.agent.mount;

import io.hfmount.agent.MountObserver;
import io.hfmount.agent.content.ContentObserver;
import io.hfmount.agent.flush.FlushObserver;
import io.hfmount.agent.flush.StorageTroubles;
import io.hfmount.agent.fs.FsObserver;
import io.hfmount.agent.remote.PollResult;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.hub.HubObserver;
import io.hfmount.model.api.FlushedFile;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageRoute;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** Passes what the parts of a mount tell to the one observer of the mount. Thread-safe. */
final class ObserverBridge implements ContentObserver, FlushObserver, FsObserver, HubObserver, StorageObserver {
    private final MountObserver target;
    private final StorageTroubles troubles = StorageTroubles.system();
    private final AtomicLong cacheBytes = new AtomicLong();
    private final AtomicLong plainCacheBytes = new AtomicLong();

    ObserverBridge(MountObserver target) {
        this.target = target;
    }

    /** What storage fails with, for those who run out of time. */
    StorageTroubles troubles() {
        return troubles;
    }

    long cacheBytes() {
        return cacheBytes.get() + plainCacheBytes.get();
    }

    /** The cache of content outside Xet storage now holds this many bytes. */
    void plainCacheBytes(long bytes) {
        plainCacheBytes.set(bytes);
    }

    void polled(PollResult result) {
        target.pollRound(result.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void served(Source source, long bytes) {
        target.bytesRead(
                switch (source) {
                    case STORAGE -> "cas";
                    case HUB -> "hub";
                    case MEMORY, DISK -> "cache";
                },
                bytes);
    }

    @Override
    public void cacheBytes(long bytes) {
        cacheBytes.set(bytes);
    }

    @Override
    public void cacheHits(int chunks) {
        target.cacheChunks("hit", chunks);
    }

    @Override
    public void cacheMisses(int chunks) {
        target.cacheChunks("miss", chunks);
    }

    @Override
    public void cacheDamaged(int chunks) {
        target.cacheChunks("damaged", chunks);
    }

    @Override
    public void cacheWriteDropped(long bytes) {
        target.cacheDropped(bytes);
    }

    @Override
    public void flushed(FlushedFile file) {
        target.flushed(file);
        if (file.bytesReused() > 0) {
            target.storageBytes("reused", file.bytesReused());
        }
    }

    @Override
    public void retried() {
        target.flushRetried();
    }

    @Override
    public void stagingRead(long bytes) {
        target.bytesRead("staging", bytes);
    }

    @Override
    public void dirtied() {
        target.dirtied();
    }

    @Override
    public void errorSurfaced(Errno errno) {
        target.errorSurfaced(errno.name());
    }

    @Override
    public void requested(String route, int status, long nanos, int retries) {
        target.hubRequest(route, status, nanos, retries);
    }

    @Override
    public void finished(StorageRoute route, int status, double seconds, long bytesUp, long bytesDown) {
        target.storageRequest(name(route), status, (long) (seconds * 1e9));
        if (bytesUp > 0) {
            target.storageBytes("up", bytesUp);
        }
        if (bytesDown > 0) {
            target.storageBytes("down", bytesDown);
        }
    }

    @Override
    public void reusedFromIndex(long chunks, long bytes) {
        target.indexReused(chunks, bytes);
    }

    @Override
    public void retrying(StorageRoute route, int retry, Duration pause, Throwable cause) {
        target.storageRetried(name(route));
        troubles.note(cause);
    }

    private static String name(StorageRoute route) {
        return route.name().toLowerCase(Locale.ROOT);
    }
}
