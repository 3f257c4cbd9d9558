package io.hfmount.emulator.bucket;

/** One line of a listing. */
public sealed interface TreeEntry {
    /** A file. */
    record File(BucketFile file) implements TreeEntry {}

    /**
     * A directory: something exists below it.
     *
     * @param path without a slash at its end
     * @param uploadedAt of the newest file below, milliseconds since 1970
     */
    record Directory(String path, long uploadedAt) implements TreeEntry {}
}
