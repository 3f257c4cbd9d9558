package io.hfmount.xet.chunk;

import io.hfmount.model.ContentHash;

/**
 * A content-defined slice of a file.
 *
 * @param hash chunk hash
 * @param length unpacked bytes, 1 to {@link Chunker#MAX}
 */
public record Chunk(ContentHash hash, int length) {
    public Chunk {
        if (length < 1 || length > Chunker.MAX) {
            throw new IllegalArgumentException("a chunk has 1 to " + Chunker.MAX + " bytes, not " + length);
        }
    }
}
