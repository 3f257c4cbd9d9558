package io.hfmount.agent.content;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import java.lang.foreign.MemorySegment;

/**
 * Immutable content as one file handle reads it; holds the handle's prefetch state. Thread-safe: any number of reads
 * may run at once, in any order, and one that waits does not hold up the others.
 */
public interface OpenContent extends AutoCloseable {
    /**
     * Reads into the front of {@code target}, up to its size. Never short before the end of the content (H-44).
     *
     * @param offset position in the content, not negative
     * @param target written by the calling thread alone, so a confined segment will do; its bytes are undefined after a
     *     failure
     * @param wait {@link Wait#NEVER} serves from memory and the local disk only
     * @return bytes read; 0 at or past the end
     * @throws WouldBlockException if storage has to be asked and {@code wait} is {@link Wait#NEVER}; nothing has
     *     happened then
     * @throws FsException EIO when storage did not give the exact bytes in any attempt, EACCES when it refuses the
     *     token, EINTR when the thread was interrupted while it waited (its interrupt status stays set), EBADF after
     *     {@link #close()}
     */
    int read(long offset, MemorySegment target, Wait wait) throws FsException;

    /** Gives up prefetched bytes and cancels fetches ahead that nobody waits for. Idempotent, never waits. */
    @Override
    void close();
}
