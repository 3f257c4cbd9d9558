package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;

/**
 * Consecutive chunks that a stored xorb already has.
 *
 * @param xorb its hash
 * @param start index of the first chunk inside it
 * @param count number of chunks, at least 1
 * @param source who says so
 */
public record KnownRun(ContentHash xorb, int start, int count, Source source) {
    /** Who knows that a xorb is stored. */
    public enum Source {
        /** The session, which stored it itself. */
        SESSION,
        /** Earlier sessions of this process and answers of storage, which may have lost it since. */
        MEMORY,
        /** The index on disk; storage may have lost it since. */
        INDEX
    }

    /** The same by another source. */
    KnownRun by(Source other) {
        return new KnownRun(xorb, start, count, other);
    }
}
