package io.hfmount.xet.upload;

import io.hfmount.xet.chunk.Chunk;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Knows which stored xorbs hold which chunks. Thread-safe. */
@FunctionalInterface
public interface KnownChunks {
    /** The longest known run that begins with {@code chunks[from]} and ends at or before {@code chunks[to - 1]}. */
    @Nullable
    KnownRun find(List<Chunk> chunks, int from, int to);

    /** Told of chunks that will be asked for next. */
    default void prepare(List<Chunk> chunks) {}

    /** This one, and {@code next} where this one knows nothing. */
    default KnownChunks or(KnownChunks next) {
        KnownChunks first = this;
        return new KnownChunks() {
            @Override
            public @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
                KnownRun run = first.find(chunks, from, to);
                return run != null ? run : next.find(chunks, from, to);
            }

            @Override
            public void prepare(List<Chunk> chunks) {
                first.prepare(chunks);
                next.prepare(chunks);
            }
        };
    }

    /** This one, with its answers said to be by {@code source}. */
    default KnownChunks by(KnownRun.Source source) {
        return (chunks, from, to) -> {
            KnownRun run = find(chunks, from, to);
            return run == null ? null : run.by(source);
        };
    }
}
