package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.Edit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which ranges of a file to ask windows for: those of edits, begun with the segment they begin in so that every window
 * begins with one, joined where they overlap or touch (xet-protocol §13.2), and joined across the smallest gaps until the
 * request header is short enough (§16). They are not grown to the end of a segment, for a window reaches beyond what was
 * asked for, and so would always take in a part of the next segment too.
 */
final class WindowQuery {
    /** Longest header value in characters; servers commonly take 8 KiB for all headers, of which the token needs some. */
    static final int MAX_HEADER = 6_000;

    private static final int UNIT = "bytes=".length();

    private WindowQuery() {}

    /** The ranges for {@code edits} of {@code base}, which is not empty: at least one if there are edits. */
    static List<ByteRange> of(BaseFile base, EditList edits) {
        return shortened(snapped(base, edits), MAX_HEADER);
    }

    static List<ByteRange> snapped(BaseFile base, EditList edits) {
        List<ByteRange> ranges = new ArrayList<>();
        for (int i = 0; i < edits.count(); i++) {
            Edit edit = edits.get(i);
            int first = Math.min(base.segmentAt(edit.start()), base.count() - 1);
            long start = base.start(first);
            long end = edit.start() == base.size() ? base.size() : Math.max(edit.end(), edit.start() + 1);
            ByteRange before = ranges.isEmpty() ? null : ranges.getLast();
            if (before != null && start <= before.end()) {
                ranges.set(ranges.size() - 1, new ByteRange(before.start(), Math.max(before.end(), end)));
            } else {
                ranges.add(new ByteRange(start, end));
            }
        }
        return ranges;
    }

    /** The same ranges, the nearest of them joined until their header has at most {@code limit} characters. */
    static List<ByteRange> shortened(List<ByteRange> ranges, int limit) {
        long length = UNIT - 1L;
        for (ByteRange range : ranges) {
            length += digits(range.start()) + digits(range.end() - 1) + 2;
        }
        if (length <= limit) {
            return ranges;
        }
        List<Integer> byGap = new ArrayList<>(ranges.size());
        for (int i = 1; i < ranges.size(); i++) {
            byGap.add(i);
        }
        byGap.sort(Comparator.comparingLong(
                i -> ranges.get(i).start() - ranges.get(i - 1).end()));
        boolean[] joined = new boolean[ranges.size()];
        for (int i : byGap) {
            if (length <= limit) {
                break;
            }
            joined[i] = true;
            length -= digits(ranges.get(i - 1).end() - 1) + digits(ranges.get(i).start()) + 2;
        }
        List<ByteRange> result = new ArrayList<>();
        for (int i = 0; i < ranges.size(); i++) {
            if (joined[i]) {
                result.set(
                        result.size() - 1,
                        new ByteRange(result.getLast().start(), ranges.get(i).end()));
            } else {
                result.add(ranges.get(i));
            }
        }
        return result;
    }

    private static int digits(long value) {
        return Long.toString(value).length();
    }
}
