package io.hfmount.xet.xorb;

import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.compress.ChunkCompressor;
import io.hfmount.xet.compress.Payload;
import io.hfmount.xet.compress.Scheme;
import io.hfmount.xet.compress.SchemeRuns;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects chunks into xorbs, one after the other. Compresses at once, into segments of a pool. Not thread-safe.
 */
public final class XorbWriter {
    private final @Nullable Scheme fixed;
    private final SchemeRuns runs;
    private final ChunkCompressor compressor = new ChunkCompressor();
    private final byte[] header = new byte[XorbLimits.RECORD_HEADER];
    private final SegmentPool pool;
    private XorbBody body;
    private List<XorbChunk> chunks = new ArrayList<>();
    private int stored;
    private int unpacked;

    private XorbWriter(@Nullable Scheme fixed, SchemeRuns runs, SegmentPool pool) {
        this.fixed = fixed;
        this.runs = runs;
        this.pool = pool;
        this.body = new XorbBody(pool);
    }

    /** A writer that chooses the scheme by content, as the reference does. */
    public static XorbWriter automatic() {
        return automatic(SchemeRuns.DEFAULT_INTERVAL);
    }

    /** The same with segments of {@code pool}. */
    public static XorbWriter automatic(SegmentPool pool) {
        return new XorbWriter(null, new SchemeRuns(SchemeRuns.DEFAULT_INTERVAL), pool);
    }

    /** A writer that chooses the scheme anew every {@code interval} chunks of a file; 0 for once per file. */
    public static XorbWriter automatic(int interval) {
        return new XorbWriter(null, new SchemeRuns(interval), new SegmentPool(0));
    }

    /** A writer that tries one scheme for every chunk. */
    public static XorbWriter fixed(Scheme scheme) {
        return new XorbWriter(scheme, new SchemeRuns(0), new SegmentPool(0));
    }

    /** Number of chunks so far. */
    public int count() {
        return chunks.size();
    }

    /** Unpacked bytes so far. */
    public int unpackedBytes() {
        return unpacked;
    }

    /** Whether a chunk of {@code length} bytes can still be added. */
    public boolean fits(int length) {
        return chunks.size() < XorbLimits.MAX_CHUNKS && length <= XorbLimits.MAX_BYTES - unpacked;
    }

    /** Says that the next chunk is the first of a file; affects the choice of scheme alone. */
    public void startFile() {
        runs.startFile();
    }

    /**
     * Adds a chunk.
     *
     * @param chunk its hash and length, taken as true
     * @param data {@code data[off..off+chunk.length())} are its bytes, copied
     * @throws IllegalStateException unless it {@link #fits}
     */
    public void add(Chunk chunk, byte[] data, int off) {
        int length = chunk.length();
        if (!fits(length)) {
            throw new IllegalStateException("the xorb is full: " + count() + " chunks, " + unpacked + " bytes");
        }
        Scheme requested = fixed != null ? fixed : runs.next(data, off, length);
        Payload payload = compressor.compress(data, off, length, requested);
        new RecordHeader(payload.length(), payload.scheme(), length).write(header, 0);
        body.add(header, 0, header.length);
        body.add(payload.bytes(), payload.off(), payload.length());
        stored += header.length + payload.length();
        unpacked += length;
        chunks.add(new XorbChunk(chunk.hash(), stored, unpacked));
    }

    /**
     * Ends the xorb; the writer is then empty again.
     *
     * @throws IllegalStateException if no chunk was added
     */
    public SerializedXorb finish() {
        if (chunks.isEmpty()) {
            throw new IllegalStateException("a xorb has at least one chunk");
        }
        body.trim();
        SerializedXorb xorb = new SerializedXorb(XorbIndex.of(chunks), body);
        body = new XorbBody(pool);
        chunks = new ArrayList<>();
        stored = 0;
        unpacked = 0;
        runs.startFile();
        return xorb;
    }
}
