package io.hfmount.xet.compose;

import io.hfmount.xet.chunk.Chunk;
import java.util.List;

/** Takes the chunks of an edited file from front to back. */
interface SpliceSink {
    /** The next chunks are chunks {@code [from, to)} of segment {@code segment}, counted inside it. */
    void copied(int segment, int from, int to);

    /** What comes until the next copied chunks replaces something in segments {@code [from, to)}. */
    void replacing(int from, int to);

    /**
     * The next chunks were cut anew.
     *
     * @param data holds their bytes back to back from 0; valid during the call
     */
    void cut(List<Chunk> chunks, byte[] data);

    /**
     * The next chunk is an old one that is to be stored anew.
     *
     * @param data holds its bytes from 0; valid during the call
     */
    void moved(OldChunk chunk, byte[] data);

    /** Throws when the work is no longer wanted. */
    void checkWanted();
}
