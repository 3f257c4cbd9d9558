package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.xorb.SegmentPool;
import io.hfmount.xet.xorb.XorbWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file, cuts it into chunks and hashes them while bytes arrive (xet-protocol §11.1). Reads and may wait, so it
 * runs on a thread that may block. Not thread-safe; used for one file after the other.
 */
final class FileCleaner {
    /** Below about one chunk, asking storage or the disk about content takes longer than sending it. */
    static final long LEAST_ASKED = 64 << 10;

    private final UploadSettings settings;
    private final Chunker chunker = new Chunker();
    private final Blake3Hasher hasher = XetHashes.chunkHasher();
    private final XorbWriter writer;

    FileCleaner(UploadSettings settings, SegmentPool segments) {
        this.settings = settings;
        this.writer = XorbWriter.automatic(segments);
    }

    /** What a cleaner asks its session. */
    interface Session {
        /** Which chunks are known in memory. */
        KnownChunks known();

        /** Which others are remembered on disk. */
        KnownChunks remembered();

        /** Where else to ask. */
        GlobalDedup global();

        /** Takes a full xorb for upload; may wait. */
        void cut(OpenXorb full);

        /** Throws when the work is no longer wanted. */
        void checkWanted();
    }

    /** What became of a file: its draft, and its new chunks that are in no full xorb. */
    record Cleaned(FileDraft file, OpenXorb leftover) {}

    /** Bytes of memory that cleaning {@code size} bytes takes at most, beside full xorbs handed over. */
    static long memoryFor(long size, UploadSettings settings) {
        return Math.min(size, settings.maxXorbBytes()) + Math.min(size, settings.blockBytes() + (long) Chunker.MAX);
    }

    /**
     * Cleans one file.
     *
     * @throws StorageException of kind {@code SOURCE} if it cannot be read in full
     */
    Cleaned clean(ContentSource source, long size, Session session) {
        FileDraft file = new FileDraft(settings.segmentLimit(size));
        boolean asks = size >= LEAST_ASKED;
        DedupDecisions decisions = new DedupDecisions(
                file,
                asks ? session.known().or(session.remembered()) : session.known(),
                asks ? session.global() : GlobalDedup.OFF,
                settings,
                session::cut,
                writer);
        MessageDigest sha256 = settings.sha256() ? newSha256() : null;
        boolean done = false;
        try {
            feed(source, size, session, decisions, sha256);
            ContentHash stored = sha256 == null ? null : XetHashes.storedSha256(sha256.digest());
            file.completeHashed(stored);
            if (file.bytes() != size) {
                throw new IllegalStateException("the segments have " + file.bytes() + " bytes, the file " + size);
            }
            OpenXorb leftover = decisions.end();
            done = true;
            return new Cleaned(file, leftover);
        } finally {
            if (!done) {
                // Empties the shared writer.
                decisions.end();
            }
        }
    }

    private void feed(
            ContentSource source,
            long size,
            Session session,
            DedupDecisions decisions,
            @Nullable MessageDigest sha256) {
        byte[] buffer = new byte[(int) Math.min(size, settings.blockBytes() + (long) Chunker.MAX)];
        chunker.reset();
        int carried = 0;
        for (long position = 0; position < size; ) {
            session.checkWanted();
            int fresh = (int) Math.min(Math.min(settings.blockBytes(), buffer.length - carried), size - position);
            readFully(source, position, ByteBuffer.wrap(buffer, carried, fresh), size);
            if (sha256 != null) {
                sha256.update(buffer, carried, fresh);
            }
            position += fresh;
            int used = decide(decisions, buffer, carried, carried + fresh);
            carried = carried + fresh - used;
            System.arraycopy(buffer, used, buffer, 0, carried);
        }
        if (carried > 0) {
            decisions.block(List.of(new Chunk(hasher.hash(buffer, 0, carried), carried)), buffer, 0);
        }
    }

    /** Decides about the chunks that end in {@code buffer[0..end)}, of which {@code scanned} bytes were scanned before. */
    private int decide(DedupDecisions decisions, byte[] buffer, int scanned, int end) {
        List<Chunk> chunks = new ArrayList<>();
        int start = 0;
        int at = scanned;
        while (at < end) {
            int taken = chunker.scan(buffer, at, end - at);
            if (taken < 0) {
                break;
            }
            at += taken;
            chunks.add(new Chunk(hasher.hash(buffer, start, at - start), at - start));
            start = at;
        }
        decisions.block(chunks, buffer, 0);
        return start;
    }

    private static void readFully(ContentSource source, long position, ByteBuffer target, long size) {
        long at = position;
        while (target.hasRemaining()) {
            int before = target.position();
            int count;
            try {
                count = source.read(at, target);
            } catch (IOException | RuntimeException e) {
                throw new StorageException(
                        StorageException.Kind.SOURCE, "the content cannot be read at " + at + ": " + e.getMessage(), e);
            }
            if (count <= 0 || target.position() != before + count) {
                throw new StorageException(
                        StorageException.Kind.SOURCE, "the content ends at " + at + " instead of " + size);
            }
            at += count;
        }
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
