package io.hfmount.hub;

/** Told of every Hub request that ended, for metrics. Thread-safe, fast, never throws; called on event loops. */
@FunctionalInterface
public interface HubObserver {
    /** Ignores everything. */
    HubObserver NONE = (route, status, nanos, retries) -> {};

    /**
     * A request ended, with all its retries.
     *
     * @param route one of a small fixed set, e.g. {@code batch}
     * @param status the last HTTP status, 0 when there was no answer
     * @param nanos time from the first try to the end
     * @param retries tries beyond the first
     */
    void requested(String route, int status, long nanos, int retries);
}
