package io.hfmount.agent.mount;

import io.hfmount.agent.CacheMode;
import io.hfmount.agent.content.ChunkCache;
import io.hfmount.agent.content.ContentObserver;
import io.hfmount.agent.content.ContentReader;
import io.hfmount.agent.content.ContentSettings;
import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.LayoutStore;
import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.content.WholeFileCache;
import io.hfmount.agent.fs.ContentAccess;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentStore;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Content with one of the two caches in front of it. They exclude each other: the bytes of both would be more than the
 * limit, so what the other kind left on disk is removed.
 */
final class CachedContent {
    /** The share of the layouts in the limit: a layout is about a sixteen-thousandth of its file. */
    private static final int LAYOUT_SHARE = 64;

    private static final long MOST_LAYOUTS = 256L << 20;

    private CachedContent() {}

    /**
     * Opens content and its cache.
     *
     * @param directory the mount's own
     * @param limit most bytes on disk, 0 for no cache
     * @param closing gets what has to be closed
     */
    static ContentAccess open(
            ContentStore store,
            Path directory,
            CacheMode mode,
            long limit,
            ContentSettings settings,
            ContentObserver observer,
            Closing closing)
            throws IOException {
        Path chunks = directory.resolve("cache");
        Path layouts = directory.resolve("layouts");
        Path files = directory.resolve("file-cache");
        if (mode == CacheMode.FILE && limit > 0) {
            ChunkCache.discard(chunks);
            ChunkCache.discard(layouts);
            ContentReader reader =
                    closing.add(new ContentReader(store, settings, ChunkCache.NONE, LayoutStore.NONE, observer));
            return of(closing.add(WholeFileCache.open(files, limit, storage(reader), observer)), store);
        }
        ChunkCache.discard(files);
        long forLayouts = Math.min(limit / LAYOUT_SHARE, MOST_LAYOUTS);
        LayoutStore kept = closing.add(LayoutStore.open(layouts, forLayouts));
        ChunkCache cache =
                closing.add(ChunkCache.open(chunks, limit - forLayouts, settings.cacheWriteQueue(), observer));
        return of(closing.add(new ContentReader(store, settings, cache, kept, observer)), store);
    }

    private static WholeFileCache.Storage storage(ContentReader reader) {
        return new WholeFileCache.Storage() {
            @Override
            public OpenContent open(ContentHash hash, long size) {
                return reader.open(hash, size);
            }

            @Override
            public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
                reader.download(hash, size, target);
            }
        };
    }

    private static ContentAccess of(ContentReader reader, ContentStore store) {
        return new ContentAccess() {
            @Override
            public boolean knows(ContentHash hash, long size) {
                return store.knows(hash, size);
            }

            @Override
            public OpenContent open(ContentHash hash, long size) {
                return reader.open(hash, size);
            }

            @Override
            public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
                reader.download(hash, size, target);
            }
        };
    }

    private static ContentAccess of(WholeFileCache cache, ContentStore store) {
        return new ContentAccess() {
            @Override
            public boolean knows(ContentHash hash, long size) {
                return store.knows(hash, size);
            }

            @Override
            public OpenContent open(ContentHash hash, long size) {
                return cache.open(hash, size);
            }

            @Override
            public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
                cache.download(hash, size, target);
            }
        };
    }
}
