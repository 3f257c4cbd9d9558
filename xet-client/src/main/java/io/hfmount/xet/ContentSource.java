package io.hfmount.xet;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Stable content to upload, read by position. An upload may read a region again after a failure, so the same position
 * must give the same bytes until the upload has ended; a source that cannot promise this any more throws.
 *
 * <p>Implementations are called from one thread at a time, never from an event loop.
 */
public interface ContentSource {
    /** Number of bytes; constant for the life of the source. */
    long size();

    /**
     * Reads into {@code target} from {@code position}.
     *
     * @return bytes read, at least 1 unless {@code target} is full or {@code position} is the end
     * @throws IOException when the bytes cannot be had; the upload of this file then fails and nothing is registered
     */
    int read(long position, ByteBuffer target) throws IOException;
}
