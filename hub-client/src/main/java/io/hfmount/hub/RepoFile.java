package io.hfmount.hub;

import io.hfmount.model.ContentHash;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file of a repo at a revision.
 *
 * @param path full path from the repo's root
 * @param size bytes, or -1 when the answer did not tell (H-47)
 * @param hash content hash, null for content outside Xet storage
 * @param etag names the content: sha256 for large files, else the git blob id; without quotes, null when unknown
 * @param lastModified last change, null when unknown; listings do not tell it
 */
public record RepoFile(
        String path,
        long size,
        @Nullable ContentHash hash,
        @Nullable String etag,
        @Nullable Instant lastModified) {}
