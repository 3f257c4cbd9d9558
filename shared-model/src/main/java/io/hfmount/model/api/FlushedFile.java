package io.hfmount.model.api;

import org.jspecify.annotations.Nullable;

/**
 * What became of one file in a flush.
 *
 * @param path relative to the mount
 * @param route how its bytes travelled
 * @param result whether it is published now
 * @param generation dirty generation that was, or was to be, published
 * @param bytesUp bytes sent to storage
 * @param bytesReused bytes that storage already had
 * @param hash content hash as published, null unless it was
 * @param durationMs milliseconds from seal to commit
 * @param error why it is not published and what next; null when it is, or when it merely waits
 */
public record FlushedFile(
        String path,
        Route route,
        Result result,
        long generation,
        long bytesUp,
        long bytesReused,
        @Nullable String hash,
        long durationMs,
        @Nullable String error) {
    /** How a file's bytes travel (mount-semantics §3.3). */
    public enum Route {
        /** The whole staging file was chunked and uploaded. */
        FULL,
        /** Only what differs from the published content was uploaded. */
        RANGE,
        /** The Hub already had this content at this path. */
        NOOP,
        /** Nothing to upload: a name was removed. */
        DELETE,
        /** Not decided yet. */
        NONE
    }

    /** How the publication ended. */
    public enum Result {
        /** On the Hub. */
        PUBLISHED,
        /** Changed again meanwhile: the newer content is still dirty. */
        SUPERSEDED,
        /** Still dirty: waiting or under way when the time ran out. */
        PENDING,
        /** Refused or failed; it is tried again unless the error says otherwise. */
        FAILED
    }
}
