package io.hfmount.emulator.storage;

/** Where the windows of {@code file-chunk-hashes} end (xet-protocol §13.3). */
public enum WindowMode {
    /** On segment boundaries. */
    ALIGNED,
    /** On the next stable chunk boundary, which may lie inside a segment. */
    PLAIN
}
