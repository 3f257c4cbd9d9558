package io.hfmount.emulator.bucket;

/** What an accepted operation does to a bucket. */
public sealed interface FileChange {
    /** The file is there from now on, whatever was at its path. The store sets its {@code uploadedAt}. */
    record Put(BucketFile file) implements FileChange {}

    /** Nothing is at the path from now on. */
    record Remove(String path) implements FileChange {}
}
