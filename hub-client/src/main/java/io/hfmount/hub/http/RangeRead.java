package io.hfmount.hub.http;

import io.hfmount.model.ByteRange;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a file a GET wants.
 *
 * @param range not empty; a server that ignores it sends the whole file, of which only this much is kept
 * @param unlessEtag the ETag, without quotes, for which no bytes are wanted; null for none
 * @param elsewhere whether the address is at another origin, where the token must not go
 */
record RangeRead(ByteRange range, @Nullable String unlessEtag, boolean elsewhere) {
    /** The header for {@link #range}. */
    String header() {
        return "bytes=" + range.start() + "-" + (range.end() - 1);
    }

    /** The same at an address that a redirect led to; once elsewhere, always elsewhere. */
    RangeRead at(boolean otherOrigin) {
        return new RangeRead(range, unlessEtag, elsewhere || otherOrigin);
    }
}
