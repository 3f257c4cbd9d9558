package io.hfmount.agent.flush;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.api.FlushedFile;
import org.jspecify.annotations.Nullable;

/**
 * How one try to publish a file ended. Immutable.
 *
 * @param kind what follows from it
 * @param line the same for reports
 * @param error what the application is told; null unless it failed
 * @param passing whether a failure may pass without anybody's doing
 * @param alone whether the next try must not share a session, because this file may be what fails it for others (H-08b)
 */
record Outcome(Kind kind, FlushedFile line, @Nullable FsException error, boolean passing, boolean alone) {
    enum Kind {
        /** On the Hub, and clean. */
        PUBLISHED,
        /** On the Hub, but the file has changed since. */
        SUPERSEDED,
        /** Nothing to publish: unknown, unlinked or clean. */
        STALE,
        /** The local bytes are gone; the file system has recorded it (H-29). */
        LOST,
        /** The seal broke or the name changed: tried again, no error. */
        AGAIN,
        /** Failed; tried again after a wait. */
        FAILED,
        /** The token was refused; tried again when there is hope. */
        UNAUTHORIZED
    }

    /** Whether it answers somebody who waits for {@code generation} of the same dirty episode. */
    boolean answers(long generation) {
        return switch (kind) {
            case AGAIN -> false;
            case STALE, LOST, PUBLISHED -> true;
            case SUPERSEDED, FAILED, UNAUTHORIZED -> line.generation() >= generation;
        };
    }
}
