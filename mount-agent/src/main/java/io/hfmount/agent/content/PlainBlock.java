package io.hfmount.agent.content;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;

/**
 * One block of a plain file: the unit that is fetched and cached.
 *
 * @param identity names the version of the file
 * @param index counted from 0
 * @param length bytes; only the last block of a file is shorter than {@link #SIZE}
 */
record PlainBlock(ContentHash identity, int index, int length) {
    /** Bytes of every block but the last. */
    static final int SIZE = 2 << 20;

    /** The block that holds {@code offset} of a file of {@code size} bytes. */
    static PlainBlock at(ContentHash identity, long offset, long size) {
        long start = offset / SIZE * SIZE;
        return new PlainBlock(identity, (int) (offset / SIZE), (int) Math.min(SIZE, size - start));
    }

    /** Its bytes in the file. */
    ByteRange range() {
        long start = (long) index * SIZE;
        return new ByteRange(start, start + length);
    }

    /** Its name in the cache on disk. */
    String fileName() {
        return identity.text() + "-" + index;
    }
}
