package io.hfmount.emulator.bucket;

import io.hfmount.model.ContentHash;
import org.jspecify.annotations.Nullable;

/**
 * A file of a bucket.
 *
 * @param path full path
 * @param hash its content; {@link ContentHash#ZERO} when empty
 * @param size bytes
 * @param mtime milliseconds since 1970 as the uploader gave them, or null
 * @param contentType as the uploader gave it, or null
 * @param uploadedAt milliseconds since 1970
 */
public record BucketFile(
        String path,
        ContentHash hash,
        long size,
        @Nullable Long mtime,
        @Nullable String contentType,
        long uploadedAt) {
    public BucketFile {
        if (size < 0) {
            throw new IllegalArgumentException("a size is not negative");
        }
    }

    /** The same file, uploaded at {@code at}. */
    BucketFile uploadedAt(long at) {
        return new BucketFile(path, hash, size, mtime, contentType, at);
    }
}
