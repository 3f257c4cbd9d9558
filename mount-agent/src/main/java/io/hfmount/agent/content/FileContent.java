package io.hfmount.agent.content;

import io.hfmount.agent.content.ReadMemory.Owner;
import io.hfmount.agent.content.ReadMemory.Reservation;
import io.hfmount.agent.content.RunChecks.PlannedTerm;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One content as all its handles see it: its layout and the ranges on their way. Thread-safe; its monitor is held for
 * look-ups only and taken before that of {@link ReadMemory}.
 */
final class FileContent {
    /** Layouts that push each other out of memory are not read from disk more often than this. */
    private static final int MOST_RECALLS = 3;

    private final ReadContext context;
    private final FileContents registry;
    private final ContentHash hash;
    private final long size;

    // Guarded by this.
    private final FileLayout layout = new FileLayout();
    private final TreeMap<Long, RangeFetch> underWay = new TreeMap<>();
    private long learntChunks;
    private long savedChunks;
    private int recalls;
    private int forgets;

    /** Whether the layout has all that is on disk; else writing it would lose some. */
    private boolean includesStored;

    /** Held while the layout on disk is read, before any other lock. */
    private final Object recalling = new Object();

    private volatile boolean recalled;

    FileContent(ReadContext context, FileContents registry, ContentHash hash, long size) {
        this.context = context;
        this.registry = registry;
        this.hash = hash;
        this.size = size;
    }

    /** File hash. */
    ContentHash hash() {
        return hash;
    }

    /** Bytes of the file. */
    long size() {
        return size;
    }

    /** Where the bytes {@code [start, end)} of a file are right now. */
    sealed interface Part {
        /** First file offset. */
        long start();

        /** One past the last file offset. */
        long end();
    }

    /**
     * In memory.
     *
     * @param data array that holds them
     * @param offset where they start in it
     */
    record InMemory(long start, long end, byte[] data, int offset) implements Part {}

    /**
     * In the cache on disk.
     *
     * @param span the chunks that hold them: the first and the last may stick out of the range
     */
    record OnDisk(long start, long end, LayoutSpan span) implements Part {}

    /**
     * On their way.
     *
     * @param fetch counts the resolving read as one that waits for it
     */
    record UnderWay(long start, long end, RangeFetch fetch) implements Part {}

    /** Nowhere here. */
    record Missing(long start, long end) implements Part {}

    /**
     * Where a range is.
     *
     * @param parts in order, without gaps
     * @param made range fetches among them that are new and have to be begun
     */
    record Resolution(List<Part> parts, List<RangeFetch> made) {}

    /** Where {@code [start, end)} is; nothing changes. */
    synchronized List<Part> look(long start, long end) {
        List<Part> parts = new ArrayList<>(4);
        long position = start;
        while (position < end) {
            Part part = partAt(position, end);
            Part last = parts.isEmpty() ? null : parts.getLast();
            if (part instanceof Missing more && last instanceof Missing gap) {
                parts.set(parts.size() - 1, new Missing(gap.start(), more.end()));
            } else {
                parts.add(part);
            }
            position = part.end();
        }
        return parts;
    }

    /**
     * Where {@code [start, end)} is, after making a range fetch for all that is missing. The caller begins the new ones
     * and gives every fetch back by {@link #giveBack}.
     *
     * @param bypassCache whether new fetches disregard what seems to be here
     */
    synchronized Resolution resolve(long start, long end, boolean bypassCache) {
        List<Part> parts = look(start, end);
        List<RangeFetch> made = new ArrayList<>(1);
        for (int i = 0; i < parts.size(); i++) {
            switch (parts.get(i)) {
                case Missing gap -> {
                    RangeFetch fetch =
                            new RangeFetch(context, this, gap.start(), gap.end(), null, null, bypassCache, ended -> {});
                    underWay.put(gap.start(), fetch);
                    fetch.addWaiter();
                    made.add(fetch);
                    parts.set(i, new UnderWay(gap.start(), gap.end(), fetch));
                }
                case UnderWay known -> known.fetch().addWaiter();
                case InMemory here -> {}
                case OnDisk here -> {}
            }
        }
        return new Resolution(parts, made);
    }

    /**
     * Makes range fetches for what is missing of {@code [start, end)}, as far as the owner's share of memory goes, and
     * has the disk read what it holds.
     *
     * @param plans knows the plans of some ranges
     * @param made receives the new fetches, which the caller begins
     * @param whenEnded called when any of them has ended
     * @return file offset up to which all is here or on its way
     */
    synchronized long prefetch(
            long start, long end, Owner owner, PlanAhead plans, List<RangeFetch> made, Consumer<RangeFetch> whenEnded) {
        for (Part part : look(start, end)) {
            if (part instanceof OnDisk here) {
                LayoutSpan span = here.span();
                context.cache().willRead(span.xorb(), span.chunkStart(), span.chunkStart() + span.count());
            }
            if (part instanceof Missing gap) {
                Reservation room = context.memory().tryReserveAhead(gap.end() - gap.start() + RangeFetch.EDGES, owner);
                if (room == null) {
                    return gap.start();
                }
                RangeFetch fetch = new RangeFetch(
                        context,
                        this,
                        gap.start(),
                        gap.end(),
                        room,
                        plans.known(gap.start(), gap.end()),
                        false,
                        whenEnded);
                underWay.put(gap.start(), fetch);
                made.add(fetch);
            }
        }
        return end;
    }

    /** Ends the wait of one read for {@code fetch}; one that nobody waits for may be cancelled. */
    void giveBack(RangeFetch fetch, boolean cancelIfIdle) {
        boolean cancel;
        synchronized (this) {
            fetch.removeWaiter();
            cancel = cancelIfIdle && !fetch.awaited();
            if (cancel) {
                underWay.remove(fetch.start(), fetch);
            }
        }
        if (cancel) {
            fetch.cancel();
        }
    }

    /** Cancels {@code fetch} unless a read waits for it. */
    void cancelIfIdle(RangeFetch fetch) {
        synchronized (this) {
            if (fetch.awaited()) {
                return;
            }
            underWay.remove(fetch.start(), fetch);
        }
        fetch.cancel();
    }

    /** {@code fetch} is not on its way any more: what came is in the layout, what did not is missing. */
    synchronized void forget(RangeFetch fetch) {
        underWay.remove(fetch.start(), fetch);
    }

    /** Cancels everything on its way. */
    void close() {
        List<RangeFetch> all;
        synchronized (this) {
            all = List.copyOf(underWay.values());
        }
        all.forEach(RangeFetch::cancel);
    }

    /** Learns where chunks are. */
    void learn(LayoutSpan span) {
        registry.learn(this, span);
    }

    /** Adds to the layout, for the registry, which counts; gives the bytes it grew by. */
    synchronized long addToLayout(LayoutSpan span) {
        long before = layout.footprint();
        if (layout.learn(span)) {
            learntChunks += span.count();
        }
        return layout.footprint() - before;
    }

    /** Learns, once, what is kept on disk of the layout. Reads the disk, so only on a thread that may wait. */
    void recall() {
        if (recalled) {
            return;
        }
        synchronized (recalling) {
            if (!recalled) {
                int before;
                synchronized (this) {
                    recalls++;
                    before = forgets;
                }
                context.layouts().find(hash, size).forEach(this::learn);
                synchronized (this) {
                    if (forgets == before) { // else some of it is gone again
                        savedChunks += learntChunks;
                        learntChunks = 0;
                        includesStored = true;
                        recalled = true;
                    }
                }
            }
        }
    }

    /**
     * Has the layout kept on disk if it has grown.
     *
     * @param all whether any growth counts; else a quarter more, so that many short reads do not write it many times
     */
    synchronized void saveLayout(boolean all) {
        if (includesStored && learntChunks > (all ? 0 : savedChunks / 4)) {
            savedChunks += learntChunks;
            learntChunks = 0;
            context.layouts().offer(hash, size, layout.spans());
        }
    }

    /**
     * Learns a planned piece from what is known here about its chunks.
     *
     * @return false if a chunk is neither in memory nor on disk
     */
    boolean learnLocal(PlannedTerm planned) {
        int from = planned.term().chunkStart();
        int count = planned.term().chunkEnd() - from;
        if (localLength(planned.term().xorb(), from) < 0) {
            return false; // the common case costs no array
        }
        int[] ends = new int[count];
        int end = 0;
        for (int i = 0; i < count; i++) {
            int length = localLength(planned.term().xorb(), from + i);
            if (length < 0) {
                return false;
            }
            end += length;
            ends[i] = end;
        }
        if (end != planned.term().unpackedLength()) {
            return false;
        }
        context.observer().cacheHits(count);
        learn(new LayoutSpan(planned.start(), planned.term().xorb(), from, ends));
        return true;
    }

    private int localLength(ContentHash xorb, int chunk) {
        ChunkRun run = context.memory().find(new ChunkKey(xorb, chunk));
        return run != null
                ? run.endOf(chunk) - run.startOf(chunk)
                : context.cache().length(xorb, chunk);
    }

    /** Bytes of the layout. */
    synchronized long footprint() {
        return layout.footprint();
    }

    /**
     * Forgets the layout; gives the bytes freed.
     *
     * @param recall whether it may be read from disk again; not if it is too large by itself
     */
    synchronized long forgetLayout(boolean recall) {
        long freed = layout.footprint();
        layout.clear();
        learntChunks = 0;
        savedChunks = 0;
        includesStored = false;
        forgets++;
        recalled = !recall || recalls >= MOST_RECALLS;
        return freed;
    }

    /** The longest part from {@code position} on that is in one place. */
    private Part partAt(long position, long end) {
        Map.Entry<Long, RangeFetch> floor = underWay.floorEntry(position);
        LayoutSpan span = layout.find(position);
        if (span != null) {
            int index = span.indexAt(position);
            Part here = inMemory(span, index, position, end);
            if (here == null) {
                here = onDisk(span, index, position, end);
            }
            if (here != null) {
                return here;
            }
        }
        if (floor != null && position < floor.getValue().end()) {
            RangeFetch fetch = floor.getValue();
            return new UnderWay(position, Math.min(end, fetch.end()), fetch);
        }
        long stop = Math.min(end, span != null ? span.endOf(span.indexAt(position)) : layout.nextStart(position));
        Long next = underWay.higherKey(position);
        return new Missing(position, next == null ? stop : Math.min(stop, next));
    }

    private @Nullable Part inMemory(LayoutSpan span, int index, long position, long end) {
        int chunk = span.chunkStart() + index;
        ChunkRun run = context.memory().find(new ChunkKey(span.xorb(), chunk));
        if (run == null || run.endOf(chunk) - run.startOf(chunk) != span.lengthOf(index)) {
            return null;
        }
        int last = index;
        while (span.endOf(last) < end
                && last + 1 < span.count()
                && span.chunkStart() + last + 1 < run.chunkEnd()
                && run.endOf(span.chunkStart() + last + 1) - run.endOf(span.chunkStart() + last)
                        == span.lengthOf(last + 1)) {
            last++;
        }
        int offset = run.startOf(chunk) + (int) (position - span.startOf(index));
        return new InMemory(position, Math.min(end, span.endOf(last)), run.data(), offset);
    }

    private @Nullable Part onDisk(LayoutSpan span, int index, long position, long end) {
        int next = index;
        while (next < span.count()
                && (next == index || span.startOf(next) < end)
                && context.cache().length(span.xorb(), span.chunkStart() + next) == span.lengthOf(next)
                && (next == index
                        || context.memory().find(new ChunkKey(span.xorb(), span.chunkStart() + next)) == null)) {
            next++;
        }
        return next == index ? null : new OnDisk(position, Math.min(end, span.endOf(next - 1)), span.part(index, next));
    }
}
