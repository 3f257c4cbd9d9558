package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.upload.UploadListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Teaches the index what passes through the client, away from the threads it passes through: uploads know their chunk
 * hashes, downloads are hashed. Downloads that come faster than they can be hashed are skipped. Thread-safe.
 */
public final class IndexFiller implements UploadListener {
    private final ChunkIndex index;
    private final Executor executor;
    private final long maxPending;
    private final AtomicLong pending = new AtomicLong();

    /**
     * A filler.
     *
     * @param executor one thread is enough; it may block
     * @param maxPending unpacked bytes that may wait to be hashed, which they stay in memory for
     */
    public IndexFiller(ChunkIndex index, Executor executor, long maxPending) {
        this.index = index;
        this.executor = executor;
        this.maxPending = maxPending;
    }

    @Override
    public void xorbRegistered(ContentHash xorb, List<Chunk> chunks) {
        index.addChunks(xorb, 0, chunks);
    }

    @Override
    public void fileRegistered(FileEntry file) {
        index.addFile(file);
    }

    /** Takes decoded chunks; does not wait. */
    public void fetched(ChunkRun run) {
        long bytes = run.data().length;
        if (pending.addAndGet(bytes) > maxPending) {
            pending.addAndGet(-bytes);
            return;
        }
        try {
            executor.execute(() -> {
                try {
                    learn(run);
                } finally {
                    pending.addAndGet(-bytes);
                }
            });
        } catch (RejectedExecutionException e) {
            // The store is closing; the reader gets its bytes all the same.
            pending.addAndGet(-bytes);
        }
    }

    private void learn(ChunkRun run) {
        if (index.covers(run.xorb(), run.chunkStart(), run.chunkEnd())) {
            return;
        }
        Blake3Hasher hasher = XetHashes.chunkHasher();
        List<Chunk> chunks = new ArrayList<>(run.count());
        for (int i = run.chunkStart(); i < run.chunkEnd(); i++) {
            int start = run.startOf(i);
            int length = run.endOf(i) - start;
            chunks.add(new Chunk(hasher.hash(run.data(), start, length), length));
        }
        index.addChunks(run.xorb(), run.chunkStart(), chunks);
    }
}
