package io.hfmount.xet;

import io.hfmount.model.ByteRange;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes of a stored file that its editor has at hand, so that they need not be fetched. All positions are those of the
 * unedited file. What is said to be held must stay readable and unchanged until the composition's session has ended.
 *
 * <p>Implementations are called from one thread at a time, never from an event loop.
 */
public interface LocalBase {
    /** Whether every byte of {@code range} can be read. */
    boolean holds(ByteRange range);

    /**
     * Reads held bytes into {@code target} from {@code position}.
     *
     * @return bytes read, at least 1 unless {@code target} is full
     * @throws IOException when they cannot be had after all; they are then fetched from storage
     */
    int read(long position, ByteBuffer target) throws IOException;

    /** Holds nothing. */
    static LocalBase none() {
        return NoLocalBase.INSTANCE;
    }
}
