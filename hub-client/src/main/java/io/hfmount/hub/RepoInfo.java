package io.hfmount.hub;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Facts on a repo at a revision.
 *
 * @param id {@code OWNER/NAME} or {@code NAME}, as the Hub calls it now
 * @param isPrivate whether only its owner sees it
 * @param commit id of the commit that the revision names now; polling compares it
 * @param lastModified time of that commit, null when unknown
 */
public record RepoInfo(
        String id,
        boolean isPrivate,
        String commit,
        @Nullable Instant lastModified) {}
