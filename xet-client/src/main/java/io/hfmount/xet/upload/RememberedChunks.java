package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chunks of stored xorbs that are remembered beyond the life of a process. Thread-safe; may block. */
public interface RememberedChunks extends KnownChunks {
    /** Remembers nothing. */
    RememberedChunks NONE = new RememberedChunks() {
        @Override
        public @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
            return null;
        }

        @Override
        public void forget(ContentHash xorb) {}
    };

    /** Drops a xorb that storage may have lost. */
    void forget(ContentHash xorb);
}
