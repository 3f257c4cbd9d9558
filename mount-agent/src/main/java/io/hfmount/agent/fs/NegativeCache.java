package io.hfmount.agent.fs;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;

/**
 * Paths that the Hub said are absent, for a short time (mount-semantics §4.8). Never seeded by a failed probe (H-48).
 * Thread-safe; its own lock is the innermost.
 */
final class NegativeCache {
    private static final int MAX = 1000;

    private final InstantSource time;
    private final Duration ttl;
    private final LinkedHashMap<String, Instant> absentUntil = new LinkedHashMap<>(); // guarded by this

    NegativeCache(InstantSource time, Duration ttl) {
        this.time = time;
        this.ttl = ttl;
    }

    /** {@code path} is absent. */
    synchronized void add(String path) {
        if (ttl.isZero()) {
            return;
        }
        absentUntil.remove(path);
        if (absentUntil.size() >= MAX) {
            absentUntil.pollFirstEntry(); // the oldest: all live equally long
        }
        absentUntil.put(path, time.instant().plus(ttl));
    }

    /** Whether {@code path} is known to be absent. */
    synchronized boolean contains(String path) {
        Instant until = absentUntil.get(path);
        if (until == null) {
            return false;
        }
        if (time.instant().isBefore(until)) {
            return true;
        }
        absentUntil.remove(path);
        return false;
    }

    /** {@code path} may exist now. */
    synchronized void remove(String path) {
        absentUntil.remove(path);
    }

    /** Everything below {@code directory} may exist now. */
    synchronized void removeBelow(String directory) {
        absentUntil.keySet().removeIf(path -> io.hfmount.model.RemotePath.isBelow(path, directory));
    }

    /** Anything may exist now. */
    synchronized void clear() {
        absentUntil.clear();
    }
}
