package io.hfmount.agent.content;

import io.hfmount.xet.StorageException;
import java.time.Duration;

/**
 * What reading tells about itself; the place to hang meters on. Implementations are thread-safe and never block, for
 * calls come from readers, event loops and disk threads alike.
 */
public interface ContentObserver {
    /** Tells nobody. */
    ContentObserver NONE = new ContentObserver() {};

    /** Where served bytes came from. */
    enum Source {
        /** Chunks in memory, prefetched or recently used. */
        MEMORY,
        /** The chunk cache on disk. */
        DISK,
        /** A storage call the read waited for. */
        STORAGE,
        /** A read over HTTP from the Hub, of content outside Xet storage, that the read waited for. */
        HUB
    }

    /** A read was served {@code bytes} from {@code source}. */
    default void served(Source source, long bytes) {}

    /** A storage fetch ended well; {@code bytes} are decoded bytes. */
    default void fetched(long bytes, Duration took) {}

    /** A storage call failed or timed out; the read may try again. */
    default void fetchFailed(StorageException.Kind kind) {}

    /** Chunks needed for a read or a plan were in the disk cache. */
    default void cacheHits(int chunks) {}

    /** Chunks had to be fetched although the disk cache is on. */
    default void cacheMisses(int chunks) {}

    /** The disk cache now holds this many bytes. */
    default void cacheBytes(long bytes) {}

    /** Chunks found damaged in the disk cache and dropped. */
    default void cacheDamaged(int chunks) {}

    /** A fetched run was not cached: the queue was full, or the disk refused it. */
    default void cacheWriteDropped(long bytes) {}
}
