package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.ChunkList;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Xorbs that a failed session has stored but that no shard describes yet, so that repeating the work does not send them
 * again (xet-protocol §11.4). A session that uses one describes it in its own shard. Bounded by chunks, oldest dropped
 * first. Thread-safe.
 */
final class StrandedXorbs implements KnownChunks {
    private final int maxChunks;
    private final Duration lifetime;
    private final InstantSource clock;
    private final XorbDirectory directory;

    // Guarded by this.
    private final Map<ContentHash, List<Chunk>> xorbs = new LinkedHashMap<>();
    private int chunkCount;

    StrandedXorbs(int maxChunks, Duration lifetime, InstantSource clock) {
        this.maxChunks = maxChunks;
        this.lifetime = lifetime;
        this.clock = clock;
        this.directory = new XorbDirectory(maxChunks);
    }

    /** Keeps a stored xorb. */
    synchronized void add(ContentHash xorb, List<Chunk> chunks) {
        if (xorbs.putIfAbsent(xorb, ChunkList.copyOf(chunks)) != null) {
            return;
        }
        chunkCount += chunks.size();
        while (chunkCount > maxChunks) {
            forget(xorbs.keySet().iterator().next());
        }
        if (xorbs.containsKey(xorb)) {
            directory.add(
                    xorb,
                    chunks.stream().map(Chunk::hash).toList(),
                    clock.instant().plus(lifetime));
        }
    }

    /** The chunks of a kept xorb. */
    synchronized @Nullable List<Chunk> chunks(ContentHash xorb) {
        return xorbs.get(xorb);
    }

    /** Drops a xorb, because a shard describes it now. */
    synchronized void forget(ContentHash xorb) {
        List<Chunk> chunks = xorbs.remove(xorb);
        if (chunks != null) {
            chunkCount -= chunks.size();
            directory.remove(xorb);
        }
    }

    /** Drops everything. */
    synchronized void clear() {
        xorbs.clear();
        chunkCount = 0;
        directory.clear();
    }

    @Override
    public @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
        Instant now = clock.instant();
        return directory.find(chunks, from, to, now);
    }
}
