package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The index of a client that keeps none. */
final class NoChunkIndex implements ChunkIndex {
    static final NoChunkIndex INSTANCE = new NoChunkIndex();

    private NoChunkIndex() {}

    @Override
    public void addChunks(ContentHash xorb, int chunkStart, List<Chunk> chunks) {}

    @Override
    public boolean covers(ContentHash xorb, int from, int to) {
        return false;
    }

    @Override
    public KnownXorb xorb(ContentHash xorb) {
        return new KnownXorb(xorb, List.of());
    }

    @Override
    public @Nullable ContentHash holder(ContentHash chunk, Instant since) {
        return null;
    }

    @Override
    public boolean isStoredSince(ContentHash xorb, Instant since) {
        return false;
    }

    @Override
    public void addFile(FileEntry file) {}

    @Override
    public @Nullable FileEntry file(ContentHash file) {
        return null;
    }

    @Override
    public void forgetFile(ContentHash file) {}

    @Override
    public void forgetXorb(ContentHash xorb) {}

    @Override
    public void close() {}
}
