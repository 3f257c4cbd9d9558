package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.chunk.Chunk;

/**
 * A chunk of the file that is edited.
 *
 * @param segment which segment it is in
 * @param index its index inside the xorb
 * @param position where it begins in the file
 * @param chunk its hash and length
 */
record OldChunk(int segment, int index, long position, Chunk chunk) {
    long end() {
        return position + chunk.length();
    }

    ByteRange range() {
        return new ByteRange(position, end());
    }
}
