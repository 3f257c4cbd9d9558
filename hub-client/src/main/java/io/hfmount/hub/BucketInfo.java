package io.hfmount.hub;

import java.time.Instant;

/**
 * Facts on a bucket.
 *
 * @param id {@code OWNER/NAME}
 * @param isPrivate whether only its owner sees it
 * @param revision the {@code updatedAt} text, compared as an opaque string by polling
 * @param updatedAt the same as an instant, or the epoch if it does not parse
 * @param size sum of file sizes in bytes
 * @param totalFiles number of files
 */
public record BucketInfo(
        String id, boolean isPrivate, String revision, Instant updatedAt, long size, long totalFiles) {}
