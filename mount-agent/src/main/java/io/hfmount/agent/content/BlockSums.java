package io.hfmount.agent.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A CRC-32C for each block of a file, so that any part of it can be checked. Immutable once all bytes are in.
 *
 * <p>Stored behind the file's bytes, big-endian: the sums (4 bytes a block), magic (8), the file's length (8), the CRC-32C
 * of all these (4).
 */
final class BlockSums {
    /** Bytes of a block; the last may be shorter. */
    static final int BLOCK = 64 << 10;

    private static final long MAGIC = 0x48464d46_494c0001L; // "HFMFIL", version 1
    private static final int FIXED = 8 + 8 + 4;

    private final long size;
    private final int[] sums;

    private BlockSums(long size, int[] sums) {
        this.size = size;
        this.sums = sums;
    }

    /** Whether the sums of a file of {@code size} bytes can be held at all. */
    static boolean canHold(long size) {
        return size > 0 && size <= (long) BLOCK * (Integer.MAX_VALUE / 8);
    }

    /** Bytes of the stored form. */
    static int storedBytes(long size) {
        return FIXED + 4 * blocks(size);
    }

    private static int blocks(long size) {
        return Math.toIntExact((size + BLOCK - 1) / BLOCK);
    }

    /** Sums up a file as its bytes come, in order. Not thread-safe. */
    static final class Builder {
        private final BlockSums building;
        private final CRC32C crc = new CRC32C();
        private long length;

        Builder(long size) {
            building = new BlockSums(size, new int[blocks(size)]);
        }

        /** Takes all of {@code data}. */
        void update(ByteBuffer data) {
            ByteBuffer view = data.duplicate();
            int end = view.limit();
            while (view.position() < end) {
                int more = (int) Math.min(BLOCK - length % BLOCK, end - view.position());
                crc.update(view.limit(view.position() + more));
                length += more;
                if (length % BLOCK == 0 || length == building.size) {
                    building.sums[(int) ((length - 1) / BLOCK)] = (int) crc.getValue();
                    crc.reset();
                }
            }
        }

        /**
         * The sums.
         *
         * @throws IOException unless the file is complete
         */
        BlockSums finish() throws IOException {
            if (length != building.size) {
                throw new IOException("the file ends at " + length + " of " + building.size);
            }
            return building;
        }
    }

    /** The stored form. */
    ByteBuffer stored() {
        ByteBuffer stored = ByteBuffer.allocate(storedBytes(size));
        for (int sum : sums) {
            stored.putInt(sum);
        }
        stored.putLong(MAGIC).putLong(size);
        return stored.putInt(sumOf(stored.slice(0, stored.position()))).flip();
    }

    /**
     * Reads the stored form.
     *
     * @param size what the file's length must be
     * @throws IOException unless all agrees
     */
    static BlockSums parse(ByteBuffer stored, long size) throws IOException {
        int end = stored.capacity();
        if (end != storedBytes(size)
                || stored.getInt(end - 4) != sumOf(stored.slice(0, end - 4))
                || stored.getLong(end - FIXED) != MAGIC
                || stored.getLong(end - FIXED + 8) != size) {
            throw new IOException("the checksums are damaged");
        }
        int[] sums = new int[blocks(size)];
        stored.slice(0, end - FIXED).asIntBuffer().get(sums);
        return new BlockSums(size, sums);
    }

    /** Whether {@code data} is what blocks from {@code block} on were; whole blocks, its position does not move. */
    boolean sound(int block, ByteBuffer data) {
        int next = block;
        for (int at = data.position(); at < data.limit(); at += BLOCK) {
            if (sums[next++] != sumOf(data.slice(at, Math.min(BLOCK, data.limit() - at)))) {
                return false;
            }
        }
        return true;
    }

    private static int sumOf(ByteBuffer data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return (int) crc.getValue();
    }
}
