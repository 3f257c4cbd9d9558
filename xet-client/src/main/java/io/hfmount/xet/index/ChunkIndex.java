package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chunk lists by xorb and segments by file (xet-protocol §13.9 rule 1). Entries may vanish at any time; what is returned
 * passed its checks. Failures of the disk show as missing entries. Thread-safe; methods may block on the disk.
 */
public interface ChunkIndex extends AutoCloseable {
    /** Learns consecutive chunks of a stored xorb, of which the first has index {@code chunkStart}. */
    void addChunks(ContentHash xorb, int chunkStart, List<Chunk> chunks);

    /** Whether chunks {@code [from, to)} of a xorb are listed; does not touch the disk. */
    boolean covers(ContentHash xorb, int from, int to);

    /** What is known of a xorb, possibly nothing. */
    KnownXorb xorb(ContentHash xorb);

    /**
     * A xorb whose list is likely to have a chunk and that storage was known to have at {@code since} or later: a hint, to be
     * looked up in the {@linkplain #xorb list}. Reads the disk when it is asked for the first time; not all chunks are
     * found when there are very many.
     */
    @Nullable
    ContentHash holder(ContentHash chunk, Instant since);

    /** Whether a xorb is listed and storage was known to have it at {@code since} or later; does not touch the disk. */
    boolean isStoredSince(ContentHash xorb, Instant since);

    /** Learns the segments of a registered file, replacing what was known. */
    void addFile(FileEntry file);

    /** Segments and verification entries of a file. */
    @Nullable
    FileEntry file(ContentHash file);

    /**
     * The entry of a file all of whose chunks are listed, so that nothing has to be asked about it.
     *
     * @param size length of the file in bytes
     */
    default @Nullable FileEntry wholeFile(ContentHash file, long size) {
        FileEntry entry = file(file);
        boolean known = entry != null
                && entry.size() == size
                && entry.segments().stream()
                        .allMatch(segment -> covers(segment.xorb(), segment.chunkStart(), segment.chunkEnd()));
        return known ? entry : null;
    }

    /** Drops a file whose entry storage did not accept. */
    void forgetFile(ContentHash file);

    /** Drops a xorb whose list turned out wrong. */
    void forgetXorb(ContentHash xorb);

    @Override
    void close();

    /** An index that knows nothing. */
    static ChunkIndex none() {
        return NoChunkIndex.INSTANCE;
    }
}
