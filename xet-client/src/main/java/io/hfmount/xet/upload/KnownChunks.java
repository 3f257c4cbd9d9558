package io.hfmount.xet.upload;

import io.hfmount.xet.chunk.Chunk;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Knows which stored xorbs hold which chunks. Thread-safe. */
@FunctionalInterface
interface KnownChunks {
    /** The longest known run that begins with {@code chunks[from]} and ends at or before {@code chunks[to - 1]}. */
    @Nullable
    KnownRun find(List<Chunk> chunks, int from, int to);

    /** This one, and {@code next} where this one knows nothing. */
    default KnownChunks or(KnownChunks next) {
        return (chunks, from, to) -> {
            KnownRun run = find(chunks, from, to);
            return run != null ? run : next.find(chunks, from, to);
        };
    }
}
