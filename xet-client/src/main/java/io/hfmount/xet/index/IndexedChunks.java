package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.upload.KnownRun;
import io.hfmount.xet.upload.RememberedChunks;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the chunks of new content in the lists of a {@link ChunkIndex}. The index gives hints; what counts is the whole
 * hash and the length in a list that was read and found sound. Keeps the lists it used last, which are where the next chunks
 * are, also those the index has no hint for: at most {@value #MAX_CHUNKS} chunks, about 3 MB. Uses only xorbs that storage
 * was known to have within a lifetime. Thread-safe; blocks on the disk.
 */
public final class IndexedChunks implements RememberedChunks {
    private static final int MAX_LISTS = 16;
    private static final int MAX_CHUNKS = 65_536;

    private final ChunkIndex index;
    private final Duration lifetime;
    private final InstantSource clock;

    // Guarded by this.
    /** Last used first. */
    private final List<XorbPlaces> lists = new ArrayList<>();

    private int listed;
    private Instant since = Instant.MAX;

    /** Where the last run ended in the first list. */
    private int next;

    /** @param lifetime how long after it was known to be stored a xorb is used */
    public IndexedChunks(ChunkIndex index, Duration lifetime, InstantSource clock) {
        this.index = index;
        this.lifetime = lifetime;
        this.clock = clock;
    }

    @Override
    public synchronized void prepare(List<Chunk> chunks) {
        since = clock.instant().minus(lifetime);
        for (int i = 0; i < chunks.size(); i++) {
            listWith(chunks.get(i));
        }
    }

    @Override
    public synchronized @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
        Chunk first = chunks.get(from);
        int at = next;
        if (lists.isEmpty() || !lists.getFirst().is(at, first)) {
            XorbPlaces list = listWith(first);
            if (list == null) {
                return null;
            }
            lists.remove(list);
            lists.addFirst(list);
            at = list.find(first);
        }
        XorbPlaces list = lists.getFirst();
        if (!index.isStoredSince(list.xorb(), since)) {
            drop(list);
            return null;
        }
        int count = list.runLength(at, chunks, from, to);
        next = at + count;
        return new KnownRun(list.xorb(), list.number(at), count, KnownRun.Source.INDEX);
    }

    /** A list that has {@code chunk}; read now if it is not here. */
    private @Nullable XorbPlaces listWith(Chunk chunk) {
        for (int i = 0; i < lists.size(); i++) {
            if (lists.get(i).find(chunk) >= 0) {
                return lists.get(i);
            }
        }
        ContentHash xorb = index.holder(chunk.hash(), since);
        if (xorb == null || isHere(xorb)) {
            return null;
        }
        XorbPlaces list = new XorbPlaces(index.xorb(xorb));
        add(list);
        return list.find(chunk) < 0 ? null : list;
    }

    private void add(XorbPlaces list) {
        lists.addFirst(list);
        listed += list.count();
        next = list.count();
        while (lists.size() > 1 && (lists.size() > MAX_LISTS || listed > MAX_CHUNKS)) {
            drop(lists.getLast());
        }
        assert checkInvariants();
    }

    private boolean isHere(ContentHash xorb) {
        for (XorbPlaces list : lists) {
            if (list.xorb().equals(xorb)) {
                return true;
            }
        }
        return false;
    }

    private void drop(XorbPlaces list) {
        if (lists.remove(list)) {
            listed -= list.count();
            next = 0;
        }
    }

    @Override
    public synchronized void forget(ContentHash xorb) {
        for (XorbPlaces list : List.copyOf(lists)) {
            if (list.xorb().equals(xorb)) {
                drop(list);
            }
        }
        index.forgetXorb(xorb);
    }

    private boolean checkInvariants() {
        int count = 0;
        for (XorbPlaces list : lists) {
            count += list.count();
        }
        return count == listed && lists.size() <= MAX_LISTS;
    }
}
