package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.http.RangeHeader;
import io.hfmount.model.ByteRange;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code X-Range-Dirty} header: {@code bytes=A-B,C-D}, ends inclusive, ascending and disjoint (xet-protocol §13.3).
 */
final class DirtyRangesHeader {
    private static final int MAX_RANGES = 4_096;

    private DirtyRangesHeader() {}

    /**
     * Parses a header.
     *
     * @return at least one range, half open; none is empty
     * @throws IllegalArgumentException if it is missing, malformed, unsorted or overlapping; the message says why
     */
    static List<ByteRange> parse(String header) {
        RangeHeader parsed = RangeHeader.parse(header, MAX_RANGES);
        List<ByteRange> ranges = new ArrayList<>(parsed.specs().size());
        long end = 0;
        for (RangeHeader.Spec spec : parsed.specs()) {
            if (spec.first() < 0 || spec.last() < 0) {
                throw new IllegalArgumentException("every dirty range needs a first and a last byte");
            }
            if (spec.first() < end) {
                throw new IllegalArgumentException("dirty ranges must ascend and not overlap");
            }
            end = spec.last() + 1;
            ranges.add(new ByteRange(spec.first(), end));
        }
        return List.copyOf(ranges);
    }
}
