package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which chunk is in which file of the cache, and which file was used longest ago. Files never overlap. Thread-safe,
 * memory only.
 */
final class CacheIndex {
    // Guarded by this.
    private final Map<ContentHash, TreeMap<Integer, CachedRun>> xorbs = new HashMap<>();
    private final LinkedHashSet<CachedRun> recency = new LinkedHashSet<>();

    /**
     * Consecutive chunks.
     *
     * @param from first index inside the xorb
     * @param to one past the last
     */
    record Gap(int from, int to) {}

    /** The file that holds a chunk, or null. */
    synchronized @Nullable CachedRun find(ContentHash xorb, int chunk) {
        TreeMap<Integer, CachedRun> runs = xorbs.get(xorb);
        Map.Entry<Integer, CachedRun> floor = runs == null ? null : runs.floorEntry(chunk);
        return floor != null && chunk < floor.getValue().chunkEnd() ? floor.getValue() : null;
    }

    /** Marks a file as just used; false if it is not there any more. */
    synchronized boolean touch(CachedRun run) {
        return recency.remove(run) && recency.add(run);
    }

    /** Which of the chunks {@code [from, to)} no file holds. */
    synchronized List<Gap> gaps(ContentHash xorb, int from, int to) {
        List<Gap> gaps = new ArrayList<>(1);
        int position = from;
        while (position < to) {
            CachedRun run = find(xorb, position);
            if (run != null) {
                position = run.chunkEnd();
                continue;
            }
            TreeMap<Integer, CachedRun> runs = xorbs.get(xorb);
            Integer next = runs == null ? null : runs.higherKey(position);
            int end = next == null ? to : Math.min(to, next);
            gaps.add(new Gap(position, end));
            position = end;
        }
        return gaps;
    }

    /** Adds a file as the most recently used; false if it overlaps another. */
    synchronized boolean add(CachedRun run) {
        List<Gap> gaps = gaps(run.xorb(), run.chunkStart(), run.chunkEnd());
        if (gaps.size() != 1
                || gaps.getFirst().from() != run.chunkStart()
                || gaps.getFirst().to() != run.chunkEnd()) {
            return false;
        }
        xorbs.computeIfAbsent(run.xorb(), xorb -> new TreeMap<>()).put(run.chunkStart(), run);
        recency.add(run);
        return true;
    }

    /** Removes a file; false if it was not there. */
    synchronized boolean remove(CachedRun run) {
        if (!recency.remove(run)) {
            return false;
        }
        TreeMap<Integer, CachedRun> runs = xorbs.get(run.xorb());
        if (runs != null) {
            runs.remove(run.chunkStart(), run);
            if (runs.isEmpty()) {
                xorbs.remove(run.xorb());
            }
        }
        return true;
    }

    /** Takes out the file used longest ago; null if there is none. */
    synchronized @Nullable CachedRun removeOldest() {
        if (recency.isEmpty()) {
            return null;
        }
        CachedRun oldest = recency.getFirst();
        remove(oldest);
        return oldest;
    }

    /** Removes all. */
    synchronized void clear() {
        xorbs.clear();
        recency.clear();
    }

    /** Bytes of all files. */
    synchronized long bytes() {
        long sum = 0;
        for (CachedRun run : recency) {
            sum += run.fileBytes();
        }
        return sum;
    }
}
