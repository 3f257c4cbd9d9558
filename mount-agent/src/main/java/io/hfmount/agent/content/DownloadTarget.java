package io.hfmount.agent.content;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where {@link ContentReader#download} puts the bytes of a whole file. */
@FunctionalInterface
public interface DownloadTarget {
    /**
     * Writes all of {@code data}. Called from the downloading thread, with ascending positions and no gaps.
     *
     * @param position offset in the file
     * @param data valid only during the call
     */
    void write(long position, ByteBuffer data) throws IOException;
}
