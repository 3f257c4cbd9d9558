package io.hfmount.emulator.http;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One request that is over.
 *
 * @param id the request id of its answer
 * @param at when its head arrived
 * @param method HTTP method
 * @param path raw path without the query, which may hold signatures
 * @param route the pattern that matched, or null when none did
 * @param range the {@code Range} header, or null
 * @param status of the answer, 0 when there was none
 * @param outcome whether the client got it
 * @param bytesIn of the request's body that were read
 * @param bytesOut of the answer's body that were handed to the connection
 * @param micros from head to end
 */
public record FinishedRequest(
        String id,
        Instant at,
        String method,
        String path,
        @Nullable String route,
        @Nullable String range,
        int status,
        Outcome outcome,
        long bytesIn,
        long bytesOut,
        long micros) {

    /** How it ended. */
    public enum Outcome {
        /** The answer was sent to its end. */
        SENT,
        /** A fault dropped the connection or cut the answer. */
        BROKEN,
        /** The client left, or the server failed while sending. */
        ABORTED
    }
}
