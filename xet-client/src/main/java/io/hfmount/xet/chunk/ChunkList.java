package io.hfmount.xet.chunk;

import io.hfmount.model.ContentHash;
import java.util.AbstractList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * Chunks in two arrays: 36 bytes a chunk, less than half of what objects take, for lists that live as long as an upload.
 * Chunks are made when asked for. Immutable.
 */
public final class ChunkList extends AbstractList<Chunk> implements RandomAccess {
    private static final int WORDS = 4;

    private final long[] hashes;
    private final int[] lengths;

    private ChunkList(long[] hashes, int[] lengths) {
        this.hashes = hashes;
        this.lengths = lengths;
    }

    /** The same chunks; {@code chunks} itself if it is such a list. */
    public static ChunkList copyOf(List<Chunk> chunks) {
        if (chunks instanceof ChunkList same) {
            return same;
        }
        long[] hashes = new long[WORDS * chunks.size()];
        int[] lengths = new int[chunks.size()];
        for (int i = 0; i < lengths.length; i++) {
            Chunk chunk = chunks.get(i);
            ContentHash hash = chunk.hash();
            hashes[WORDS * i] = hash.w0();
            hashes[WORDS * i + 1] = hash.w1();
            hashes[WORDS * i + 2] = hash.w2();
            hashes[WORDS * i + 3] = hash.w3();
            lengths[i] = chunk.length();
        }
        return new ChunkList(hashes, lengths);
    }

    @Override
    public Chunk get(int index) {
        int at = WORDS * Objects.checkIndex(index, lengths.length);
        return new Chunk(new ContentHash(hashes[at], hashes[at + 1], hashes[at + 2], hashes[at + 3]), lengths[index]);
    }

    /** Whether the chunk at {@code index} equals {@code chunk}; makes no objects. */
    public boolean is(int index, Chunk chunk) {
        int at = WORDS * index;
        ContentHash hash = chunk.hash();
        return lengths[index] == chunk.length()
                && hashes[at] == hash.w0()
                && hashes[at + 1] == hash.w1()
                && hashes[at + 2] == hash.w2()
                && hashes[at + 3] == hash.w3();
    }

    @Override
    public int size() {
        return lengths.length;
    }
}
