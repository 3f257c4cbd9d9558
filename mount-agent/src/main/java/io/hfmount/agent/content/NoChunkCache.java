package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.nio.ByteBuffer;

/** A cache of size zero. */
final class NoChunkCache implements ChunkCache {
    @Override
    public boolean enabled() {
        return false;
    }

    @Override
    public int length(ContentHash xorb, int chunk) {
        return -1;
    }

    @Override
    public boolean read(ContentHash xorb, int from, int to, ByteBuffer target) {
        return false;
    }

    @Override
    public void willRead(ContentHash xorb, int from, int to) {}

    @Override
    public boolean accepts(long bytes) {
        return true; // refusing costs nothing here
    }

    @Override
    public void offer(ChunkRun run, Runnable done) {
        done.run();
    }

    @Override
    public void close() {}
}
