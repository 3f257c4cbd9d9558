package io.hfmount.agent.content;

import io.hfmount.agent.content.RunChecks.PlannedTerm;
import io.hfmount.model.ByteRange;
import io.hfmount.xet.Reconstruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What storage has told of bytes that sequential readers have not come to: one plan that reaches far costs one question
 * where blocks cost one each, and names stored ranges whole that blocks cut in two.
 *
 * <p>An address is good for exactly the range planned (xet-protocol §9.5), so only ranges that fit into a block's memory
 * are used; for the others blocks are planned one by one. A hint: what is not here is asked for when it is needed.
 * Not thread-safe: guarded by its {@link Prefetcher}.
 */
final class PlanAhead {
    /** How far one plan reaches. */
    static final long REACH = 128L << 20;

    /** What is known ahead is added to when it gets shorter than this. */
    static final long LEAST = REACH / 2;

    /** Addresses live for an hour at most (mount-semantics §6.4); a refused one is renewed when it is met. */
    static final long LIFETIME_MILLIS = 10 * 60 * 1000;

    /** A plan in more pieces saves too little to be kept. */
    static final int MOST_STRETCHES = 64;

    static final int MOST_TERMS = 2048;

    /** Plans kept, at most so many times {@link #MOST_STRETCHES}. */
    private static final int PLANS = 4;

    /** Longest chunk: what a block may read of the stretch before it (xet-protocol §1). */
    private static final long CHUNK = 128 << 10;

    private final long largest;
    private final LongSupplier clock;
    private final NavigableMap<Long, Stretch> stretches = new TreeMap<>();
    private long oldest;
    private int plans;

    /**
     * @param largest longest stored range to use
     * @param clock milliseconds
     */
    PlanAhead(long largest, LongSupplier clock) {
        this.largest = largest;
        this.clock = clock;
    }

    /**
     * Terms that follow each other in the file and are together exactly one fetch.
     *
     * @param plan which plan told
     * @param known how to get it; null if that is not known or not to be used
     */
    private record Stretch(
            long start, long end, int plan, @Nullable Known known) {}

    /**
     * A part of a plan that can be carried out by itself.
     *
     * @param origin the whole plan
     * @param terms in order, without gaps
     */
    record Known(Reconstruction origin, List<PlannedTerm> terms) {}

    /**
     * Where a block from {@code position} on should end, so that it takes stored ranges whole.
     *
     * @param block its length if it may be chosen freely
     * @param most its greatest length
     * @return 0 if there is nothing to go by
     */
    long end(long position, long block, long most) {
        Stretch first = at(position);
        if (first == null) {
            Long next = stretches.higherKey(position);
            return next != null && next - position <= Math.min(most, block + block / 2) ? next : 0;
        }
        if (!usable(first, position)) {
            return first.end - position <= Math.min(most, block + block / 2) ? first.end : 0;
        }
        if (first.end - position > most) {
            return 0;
        }
        long end = first.end;
        Stretch next = at(end);
        while (next != null && follows(first, next) && next.end - position <= Math.min(most, block)) {
            end = next.end;
            next = at(end);
        }
        return end;
    }

    /** How to get the bytes {@code [start, end)}, or null if that is not known of exactly these. */
    @Nullable
    Known known(long start, long end) {
        Stretch first = at(start);
        if (first == null || first.known == null || !usable(first, start)) {
            return null;
        }
        List<PlannedTerm> terms = new ArrayList<>(first.known.terms);
        long reached = first.end;
        while (reached < end) {
            Stretch next = at(reached);
            if (next == null || next.known == null || !follows(first, next)) {
                return null;
            }
            terms.addAll(next.known.terms);
            reached = next.end;
        }
        return reached == end ? new Known(first.known.origin, terms) : null;
    }

    /** What to ask for next, for a reader that has asked for everything before {@code position}; null for nothing. */
    @Nullable
    ByteRange wanted(long position, long size) {
        if (clock.getAsLong() - oldest > LIFETIME_MILLIS) {
            stretches.clear();
        }
        long start = position;
        for (Stretch next = at(start); next != null; next = at(start)) {
            start = next.end;
            if (start - position >= LEAST) {
                return null;
            }
        }
        if (size - start <= largest) {
            return null; // a block or two
        }
        return new ByteRange(start, size - start <= REACH + REACH / 2 ? size : start + REACH);
    }

    /**
     * Takes a plan.
     *
     * @param terms its terms, placed in the file
     * @param size bytes of the file
     */
    void add(Reconstruction plan, List<PlannedTerm> terms, long size) {
        List<Stretch> told = new ArrayList<>();
        int from = 0;
        while (from < terms.size()) {
            int to = endOfFetch(terms, from);
            List<PlannedTerm> whole = to > from ? List.copyOf(terms.subList(from, to)) : List.of();
            to = Math.max(to, from + 1);
            long start = terms.get(from).start();
            long end = terms.get(to - 1).end();
            boolean use = !whole.isEmpty() && end - start <= largest;
            told.add(new Stretch(start, end, plans, use ? new Known(plan, whole) : null));
            from = to;
        }
        if (told.size() > MOST_STRETCHES || terms.size() > MOST_TERMS) {
            refused(plan.range());
            return;
        }
        if (told.size() > 1 && told.getLast().end < size) {
            told.removeLast(); // the range asked for may have cut it
        }
        put(told);
    }

    /** Storage did not tell, or too much: {@code range} is not asked for again. */
    void refused(ByteRange range) {
        put(List.of(new Stretch(range.start(), range.end(), plans, null)));
    }

    private void put(List<Stretch> told) {
        if (stretches.size() + told.size() > PLANS * MOST_STRETCHES) {
            stretches.clear();
        }
        if (stretches.isEmpty()) {
            oldest = clock.getAsLong();
        }
        plans++;
        told.forEach(stretch -> stretches.put(stretch.start, stretch));
    }

    /** One past the last of the terms from {@code from} on that are exactly one fetch; {@code from} if they are not. */
    private static int endOfFetch(List<PlannedTerm> terms, int from) {
        Reconstruction.Fetch fetch = terms.get(from).fetch();
        int chunk = fetch.chunkStart();
        int to = from;
        while (to < terms.size()
                && chunk < fetch.chunkEnd()
                && terms.get(to).fetch().equals(fetch)
                && terms.get(to).term().chunkStart() == chunk) {
            chunk = terms.get(to).term().chunkEnd();
            to++;
        }
        return chunk == fetch.chunkEnd() ? to : from;
    }

    private @Nullable Stretch at(long position) {
        Map.Entry<Long, Stretch> floor = stretches.floorEntry(position);
        return floor != null && position < floor.getValue().end ? floor.getValue() : null;
    }

    /** Whether a block from {@code position} on gets no more than a chunk that it does not need. */
    private static boolean usable(Stretch stretch, long position) {
        return stretch.known != null && position - stretch.start < CHUNK;
    }

    /** Whether {@code next} can be carried out together with {@code first}. */
    private static boolean follows(Stretch first, Stretch next) {
        return next.known != null && next.plan == first.plan;
    }
}
