package io.hfmount.hub;

import io.hfmount.model.ContentHash;
import java.time.Instant;

/** One operation of a batch (hub-api §2.7). */
public sealed interface BatchOperation {
    /** Bucket-relative path it concerns. */
    String path();

    /** Points {@code path} at registered content, overwriting what is there. */
    record AddFile(String path, ContentHash hash, Instant mtime) implements BatchOperation {}

    /** Removes {@code path}; an absent path is a success. */
    record DeleteFile(String path) implements BatchOperation {}
}
