package io.hfmount.agent;

/** What the content cache on disk keeps (mount-semantics §6.4). */
public enum CacheMode {
    /** The chunks that were fetched: what is read twice is fetched once. */
    CHUNK,
    /** Whole files: a file that is opened for reading is fetched as a whole in the background. */
    FILE
}
