package io.hfmount.hub;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What became of {@link RepoHub#read}. */
public sealed interface PlainRead {
    /**
     * Bytes of the file.
     *
     * @param bytes exactly the range that was asked for, as far as the file reaches; position 0
     * @param size of the whole file in bytes
     * @param etag names the content, without quotes; null when the answer did not tell
     */
    record Content(ByteBuffer bytes, long size, @Nullable String etag) implements PlainRead {}

    /** The file still has the ETag that was named. */
    record NotModified() implements PlainRead {}
}
