package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.xorb.XorbWriter;
import java.util.List;

/**
 * A file that is put together, from front to back, out of stored pieces and new chunks (xet-protocol §13.9). Not
 * thread-safe; may wait for memory when a xorb is full.
 */
public final class FileAssembly {
    /** Below so much new data, asking storage or the index about it costs more than it may save. */
    static final long LEAST_ASKED = 1 << 20;

    private final FileDraft file;
    private final DedupDecisions decisions;
    private final FileCleaner.Session session;
    private final long size;

    /**
     * An empty one.
     *
     * @param size bytes of the whole file
     * @param newBytes bytes of it that may become new chunks
     */
    FileAssembly(long size, long newBytes, UploadSettings settings, FileCleaner.Session session) {
        this.size = size;
        this.session = session;
        this.file = FileDraft.withoutHash(settings.segmentLimit(size));
        boolean asks = newBytes >= LEAST_ASKED;
        this.decisions = new DedupDecisions(
                file,
                asks ? session.known().or(session.remembered()) : session.known(),
                asks ? session.global() : GlobalDedup.OFF,
                settings,
                session::cut,
                XorbWriter.automatic());
    }

    /** The next piece is a segment as storage has it. */
    public void keep(Segment segment, ContentHash verification) {
        file.keep(segment, verification);
    }

    /** The next chunks are those of a stored xorb from index {@code start} on. */
    public void copy(ContentHash xorb, int start, List<Chunk> chunks) {
        file.append(xorb, start, chunks, 0, chunks.size());
    }

    /**
     * The next chunks have these bytes; those that storage is known to have are not sent.
     *
     * @param data holds their bytes back to back from {@code off}
     */
    public void add(List<Chunk> chunks, byte[] data, int off) {
        decisions.block(chunks, data, off);
    }

    /**
     * The next chunks have these bytes and are sent even if storage has them elsewhere, so that they lie together.
     *
     * @param data holds their bytes back to back from {@code off}
     */
    public void store(List<Chunk> chunks, byte[] data, int off) {
        decisions.store(chunks, data, off);
    }

    /** Throws when the work is no longer wanted. */
    public void checkWanted() {
        session.checkWanted();
    }

    /** Bytes so far. */
    public long bytes() {
        return file.bytes();
    }

    /**
     * Ends the file.
     *
     * @param hash its hash
     * @throws IllegalStateException if its segments have not the bytes they should (xet-protocol §13.5)
     */
    public FileAssembly complete(ContentHash hash) {
        if (file.bytes() != size) {
            throw new IllegalStateException("the segments have " + file.bytes() + " bytes, the file " + size);
        }
        file.complete(hash);
        return this;
    }

    /** The completed file and its new chunks that are in no full xorb. */
    FileCleaner.Cleaned cleaned() {
        return new FileCleaner.Cleaned(file, decisions.end());
    }
}
