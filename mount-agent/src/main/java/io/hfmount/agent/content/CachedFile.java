package io.hfmount.agent.content;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A whole file on local disk, checked block by block as it is read. Immutable, thread-safe. */
final class CachedFile {
    private final CacheFiles files;
    private final String name;
    private final long size;
    private final BlockSums sums;

    private CachedFile(CacheFiles files, String name, long size, BlockSums sums) {
        this.files = files;
        this.name = name;
        this.size = size;
        this.sums = sums;
    }

    /** What a file of {@code size} bytes takes on disk. */
    static long diskBytes(long size) {
        return size + BlockSums.storedBytes(size);
    }

    /**
     * Reads the checksums of {@code name}.
     *
     * @throws IOException if they are not those of {@code size} bytes
     */
    static CachedFile open(CacheFiles files, String name, long size) throws IOException {
        ByteBuffer stored = ByteBuffer.allocate(BlockSums.storedBytes(size));
        files.read(name, size, stored);
        return new CachedFile(files, name, size, BlockSums.parse(stored, size));
    }

    /**
     * Fills {@code target}, which must lie inside the file, from {@code offset}.
     *
     * @return false if some of it is damaged; {@code target} is undefined then
     */
    boolean read(long offset, MemorySegment target) throws IOException {
        long end = offset + target.byteSize();
        long position = offset;
        while (position < end) {
            long start = position - position % BlockSums.BLOCK;
            // All blocks that lie inside go straight to the target, the others through memory of their own.
            long stop = end == size ? size : end - end % BlockSums.BLOCK;
            boolean inside = start == position && stop > start;
            long to = inside ? stop : Math.min(size, start + BlockSums.BLOCK);
            ByteBuffer blocks = inside
                    ? target.asSlice(position - offset, to - position).asByteBuffer()
                    : ByteBuffer.allocate((int) (to - start));
            files.read(name, start, blocks);
            if (!sums.sound((int) (start / BlockSums.BLOCK), blocks.flip())) {
                return false;
            }
            long until = Math.min(to, end);
            if (!inside) {
                MemorySegment.copy(
                        MemorySegment.ofBuffer(blocks), position - start, target, position - offset, until - position);
            }
            position = until;
        }
        return true;
    }
}
