package io.hfmount.agent.fs;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files that are dirty and have a name, in the order in which they became dirty, and their sums, which are kept as
 * files change: asking for them costs the same however many files wait.
 *
 * <p>Guarded by the inode table's lock.
 */
final class DirtySet {
    /** What the sums hold for one file. */
    private static final class Share {
        long size;
        long generation;
        Instant since = Instant.EPOCH;
    }

    private final Map<Inode, Share> shares = new LinkedHashMap<>();
    /** How many files have been dirty since when. */
    private final TreeMap<Instant, Integer> ages = new TreeMap<>();

    private long bytes;
    private long generations;

    /** The file became dirty, or its size, generation or age changed. */
    void note(Inode inode) {
        Share share = shares.get(inode);
        if (share == null) {
            share = new Share();
            share.since = inode.dirtySince;
            shares.put(inode, share);
            ages.merge(share.since, 1, Integer::sum);
        } else if (!share.since.equals(inode.dirtySince)) {
            leaveAge(share.since);
            share.since = inode.dirtySince;
            ages.merge(share.since, 1, Integer::sum);
        }
        bytes += inode.size - share.size;
        generations += inode.dirtyGeneration - share.generation;
        share.size = inode.size;
        share.generation = inode.dirtyGeneration;
    }

    /** The file is clean, or has no name any more. */
    void remove(Inode inode) {
        Share share = shares.remove(inode);
        if (share != null) {
            bytes -= share.size;
            generations -= share.generation;
            leaveAge(share.since);
        }
    }

    private void leaveAge(Instant since) {
        ages.computeIfPresent(since, (_, count) -> count == 1 ? null : count - 1);
    }

    /** The files. */
    Collection<Inode> files() {
        return Collections.unmodifiableSet(shares.keySet());
    }

    boolean contains(Inode inode) {
        return shares.containsKey(inode);
    }

    /** The sums now. */
    DirtyTotals totals() {
        Map.@Nullable Entry<Instant, Integer> oldest = ages.firstEntry();
        return new DirtyTotals(shares.size(), bytes, generations, oldest == null ? null : oldest.getKey());
    }

    boolean checkInvariants() {
        long size = 0;
        long changes = 0;
        for (Map.Entry<Inode, Share> entry : shares.entrySet()) {
            Inode inode = entry.getKey();
            Share share = entry.getValue();
            assert inode.isDirty() && inode.isLinked() : "in the dirty set: " + inode.ino;
            assert share.size == inode.size
                            && share.generation == inode.dirtyGeneration
                            && share.since.equals(inode.dirtySince)
                    : "changed unnoticed: " + inode.ino;
            assert inode.checkInvariants();
            size += share.size;
            changes += share.generation;
        }
        assert size == bytes && changes == generations : "sums of dirty files";
        assert ages.values().stream().mapToInt(Integer::intValue).sum() == shares.size() : "ages of dirty files";
        return true;
    }
}
