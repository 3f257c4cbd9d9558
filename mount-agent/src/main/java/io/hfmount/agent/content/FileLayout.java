package io.hfmount.agent.content;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which chunk of which xorb holds which bytes of one file, as far as is known. A hint that may be forgotten at any time.
 * Not thread-safe: guarded by the {@link FileContent} that owns it.
 */
final class FileLayout {
    private final NavigableMap<Long, LayoutSpan> spans = new TreeMap<>();
    private long footprint;

    /** The span that holds {@code position}, or null if it is not known. */
    @Nullable
    LayoutSpan find(long position) {
        Map.Entry<Long, LayoutSpan> floor = spans.floorEntry(position);
        return floor != null && position < floor.getValue().end() ? floor.getValue() : null;
    }

    /** Where the next known span after {@code position} starts; {@link Long#MAX_VALUE} for none. */
    long nextStart(long position) {
        Long next = spans.higherKey(position);
        return next == null ? Long.MAX_VALUE : next;
    }

    /**
     * Adds {@code span}; older knowledge of the same bytes gives way.
     *
     * @return whether any of it is new
     */
    boolean learn(LayoutSpan span) {
        LayoutSpan known = find(span.start());
        if (known != null && known.holds(span)) {
            return false;
        }
        Map.Entry<Long, LayoutSpan> before = spans.lowerEntry(span.start());
        if (before != null && before.getValue().end() > span.start()) {
            LayoutSpan old = before.getValue();
            remove(old);
            int keep = old.indexAt(span.start());
            if (keep > 0) {
                add(old.part(0, keep));
            }
            keepTail(old, span.end());
        }
        Map.Entry<Long, LayoutSpan> inside = spans.ceilingEntry(span.start());
        while (inside != null && inside.getKey() < span.end()) {
            remove(inside.getValue());
            keepTail(inside.getValue(), span.end());
            inside = spans.higherEntry(inside.getKey());
            if (inside != null && inside.getKey() >= span.end()) {
                break;
            }
        }
        add(span);
        assert checkInvariants();
        return true;
    }

    /** All spans, in order. */
    List<LayoutSpan> spans() {
        return List.copyOf(spans.values());
    }

    /** Keeps the chunks of {@code old} that start at or after {@code end}. */
    private void keepTail(LayoutSpan old, long end) {
        if (old.end() <= end) {
            return;
        }
        int from = old.indexAt(end);
        if (old.startOf(from) < end) {
            from++;
        }
        if (from < old.count()) {
            add(old.part(from, old.count()));
        }
    }

    private void add(LayoutSpan span) {
        spans.put(span.start(), span);
        footprint += span.footprint();
    }

    private void remove(LayoutSpan span) {
        spans.remove(span.start());
        footprint -= span.footprint();
    }

    /** Rough heap bytes. */
    long footprint() {
        return footprint;
    }

    /** Forgets everything. */
    void clear() {
        spans.clear();
        footprint = 0;
    }

    /** Spans are in order, do not overlap, and their footprints sum up. */
    boolean checkInvariants() {
        long end = 0;
        long sum = 0;
        for (Map.Entry<Long, LayoutSpan> entry : spans.entrySet()) {
            LayoutSpan span = entry.getValue();
            if (entry.getKey() != span.start() || span.start() < end || span.end() <= span.start()) {
                throw new AssertionError("layout spans overlap at " + span.start());
            }
            end = span.end();
            sum += span.footprint();
        }
        if (sum != footprint) {
            throw new AssertionError("layout footprint is " + sum + ", counted " + footprint);
        }
        return true;
    }
}
