package io.hfmount.agent.fs;

import io.hfmount.model.RemotePath;
import java.util.LinkedHashMap;

/**
 * Paths that went away a short while ago, with the clock of that moment: an answer that was asked for earlier may still
 * show them and must not bring them back (H-62). Bounded; what falls out raises a floor below which no
 * old answer may add anything.
 *
 * <p>Guarded by the inode table's lock.
 */
final class RemovedNames {
    private static final int MAX = 100_000;

    private final LinkedHashMap<String, Long> removed = new LinkedHashMap<>();
    private long floor;

    /** {@code path} is gone since {@code clock}: a change of ours, or a question that found it gone. */
    void add(String path, long clock) {
        Long before = removed.remove(path);
        removed.put(path, before == null ? clock : Math.max(before, clock));
        if (removed.size() > MAX) {
            floor = Math.max(floor, removed.pollFirstEntry().getValue());
        }
    }

    /** What is known of {@code path} since {@code clock} has left memory: an answer asked for earlier must not replace it. */
    void forgotten(String path, long clock) {
        Long before = removed.get(path);
        if (clock > 0 && (before == null || before < clock)) {
            add(path, clock);
        }
    }

    /** Whether {@code path} itself was removed after {@code clock}; false where that is not remembered. */
    boolean wasRemovedAfter(String path, long clock) {
        Long at = removed.get(path);
        return at != null && at > clock;
    }

    /** Whether an answer asked for at {@code asOf} is too old to show {@code path}. */
    boolean isNewerThan(String path, long asOf) {
        if (asOf < floor) {
            return true;
        }
        for (String p = path; !p.isEmpty(); p = RemotePath.parent(p)) {
            Long at = removed.get(p);
            if (at != null && at > asOf) {
                return true; // it, or a directory above it
            }
        }
        return false;
    }
}
