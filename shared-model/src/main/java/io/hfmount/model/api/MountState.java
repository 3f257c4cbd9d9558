package io.hfmount.model.api;

/** Where a mount stands. */
public enum MountState {
    /** Accepted; the kernel is not served yet. */
    STARTING,
    /** Serving. */
    READY,
    /** Being unmounted: what is dirty is on its way to the Hub. */
    DRAINING,
    /** Not serving, by a fault. */
    FAILED
}
