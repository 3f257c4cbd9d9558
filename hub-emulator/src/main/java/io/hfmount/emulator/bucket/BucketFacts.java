package io.hfmount.emulator.bucket;

/**
 * Facts on a bucket at one moment.
 *
 * @param id {@code OWNER/NAME}
 * @param isPrivate whether only its owner sees it
 * @param region where it says it is
 * @param createdAt milliseconds since 1970
 * @param updatedAt milliseconds since 1970; grows with every mutation (hub-api §2.2)
 * @param size sum of file sizes
 * @param totalFiles number of files
 */
public record BucketFacts(
        String id, boolean isPrivate, String region, long createdAt, long updatedAt, long size, long totalFiles) {
    /** The part of the id before the slash. */
    public String owner() {
        return id.substring(0, id.indexOf('/'));
    }
}
