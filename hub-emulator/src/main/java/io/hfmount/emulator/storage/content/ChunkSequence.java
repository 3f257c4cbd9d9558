package io.hfmount.emulator.storage.content;

import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.emulator.storage.plan.ReconstructionPlan;
import io.hfmount.emulator.storage.plan.ReconstructionPlan.Term;
import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.xorb.ChunkRecords;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** The chunks of a plan, read, decoded and checked one after the other. Not thread-safe. */
final class ChunkSequence {
    private final ReconstructionPlan plan;
    private final XorbStore xorbs;
    private final Blake3Hasher hasher = XetHashes.chunkHasher();
    private long remaining;
    private int skip;
    private int term;
    private int chunk = -1;
    private @Nullable FileChannel file;
    private @Nullable XorbLayout layout;

    /**
     * @param plan where the bytes are
     * @param length bytes wanted
     */
    ChunkSequence(ReconstructionPlan plan, long length, XorbStore xorbs) {
        this.plan = plan;
        this.remaining = length;
        this.skip = (int) plan.offsetIntoFirstTerm();
        this.xorbs = xorbs;
    }

    /** Bytes {@code [offset, offset + length)} of {@code data}. */
    record Piece(byte[] data, int offset, int length) {}

    /** The next piece, or null after the last. */
    @Nullable
    Piece next() throws IOException {
        if (remaining == 0) {
            return null;
        }
        if (term == plan.terms().size()) {
            throw new IOException("the terms of a file ended " + remaining + " bytes early");
        }
        Term current = plan.terms().get(term);
        if (chunk < 0) {
            chunk = current.chunkStart();
        }
        byte[] data = decode(current.xorb(), chunk);
        int offset = skip;
        int length = (int) Math.min(remaining, data.length - offset);
        skip = 0;
        remaining -= length;
        if (++chunk == current.chunkEnd()) {
            term++;
            chunk = -1;
        }
        return new Piece(data, offset, length);
    }

    private byte[] decode(ContentHash xorb, int index) throws IOException {
        XorbLayout known = layout;
        FileChannel open = file;
        if (known == null || open == null || !known.xorb().equals(xorb)) {
            close();
            known = xorbs.require(xorb);
            layout = known;
            open = xorbs.open(xorb);
            file = open;
        }
        ByteRange stored = known.storedRange(index, index + 1);
        ByteBuffer record = ByteBuffer.allocate((int) stored.length());
        while (record.hasRemaining()) {
            if (open.read(record, stored.start() + record.position()) < 0) {
                throw new EOFException("stored xorb " + xorb + " is shorter than its layout says");
            }
        }
        ChunkRun run = ChunkRecords.decode(xorb, index, record.array(), 1);
        if (!hasher.hash(run.data(), 0, run.data().length).equals(known.hash(index))) {
            throw new IOException("chunk " + index + " of stored xorb " + xorb + " does not have its hash");
        }
        return run.data();
    }

    void close() {
        FileChannel open = file;
        file = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
