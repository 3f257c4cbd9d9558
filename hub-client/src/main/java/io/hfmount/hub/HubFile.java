package io.hfmount.hub;

import io.hfmount.model.ContentHash;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file as the Hub knows it.
 *
 * @param path full path from the bucket's root
 * @param size bytes, or -1 when the answer did not tell (H-47)
 * @param hash content hash, null for content outside Xet storage
 * @param mtime last modification, null when unknown
 */
public record HubFile(
        String path,
        long size,
        @Nullable ContentHash hash,
        @Nullable Instant mtime) {}
