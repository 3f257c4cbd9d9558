package io.hfmount.emulator.http;

import io.hfmount.model.ByteRange;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@code Range} header in bytes: {@code bytes=a-b}, {@code a-}, {@code -n}, separated by commas (RFC 9110 §14.1.2).
 * Immutable.
 *
 * @param specs what is asked for, in the order asked; at least one
 */
public record RangeHeader(List<Spec> specs) {
    /** More digits than a file has bytes would overflow. */
    private static final Pattern SPEC = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18})");

    private static final String UNIT = "bytes=";

    public RangeHeader {
        specs = List.copyOf(specs);
    }

    /**
     * One range as written.
     *
     * @param first first byte, or -1 for a suffix
     * @param last last byte inclusive, -1 when open; for a suffix its length
     */
    public record Spec(long first, long last) {
        /**
         * The range in a body of {@code size} bytes, cut at its end; null when it starts at or after the end.
         */
        public @Nullable ByteRange in(long size) {
            if (first < 0) {
                return last == 0 || size == 0 ? null : new ByteRange(Math.max(0, size - last), size);
            }
            if (first >= size) {
                return null;
            }
            return new ByteRange(first, last < 0 ? size : Math.min(size, last + 1));
        }
    }

    /**
     * Parses a header.
     *
     * @param maxRanges most ranges accepted
     * @throws IllegalArgumentException if it is not such a header; the message says why
     */
    public static RangeHeader parse(String header, int maxRanges) {
        String text = header.strip();
        if (!text.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            throw new IllegalArgumentException("a Range must start with " + UNIT);
        }
        List<Spec> specs = new ArrayList<>();
        for (String part : text.substring(UNIT.length()).split(",", -1)) {
            if (specs.size() == maxRanges) {
                throw new IllegalArgumentException("more than " + maxRanges + " ranges");
            }
            specs.add(spec(part.strip()));
        }
        return new RangeHeader(specs);
    }

    /** What a header asks of a body when at most one range is served. */
    public sealed interface Wish {
        /** Everything: no header, several ranges, or one that is to be ignored. */
        record Whole() implements Wish {}

        /** These bytes, at least one, all of them existing. */
        record Part(ByteRange range) implements Wish {}

        /** Nothing that exists: 416. */
        record Unsatisfiable() implements Wish {}
    }

    /**
     * Reads a header against a body; what is no single range is ignored, as RFC 9110 §14.2 allows.
     *
     * @param header or null
     * @param size bytes of the whole body
     */
    public static Wish wish(@Nullable String header, long size) {
        if (header == null) {
            return new Wish.Whole();
        }
        try {
            ByteRange range = parse(header, 1).specs().getFirst().in(size);
            return range == null ? new Wish.Unsatisfiable() : new Wish.Part(range);
        } catch (IllegalArgumentException e) {
            return new Wish.Whole();
        }
    }

    private static Spec spec(String text) {
        Matcher matcher = SPEC.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a Range is written a-b, a- or -n");
        }
        if (matcher.group(3) != null) {
            return new Spec(-1, Long.parseLong(matcher.group(3)));
        }
        long first = Long.parseLong(matcher.group(1));
        long last = matcher.group(2) == null ? -1 : Long.parseLong(matcher.group(2));
        if (last >= 0 && last < first) {
            throw new IllegalArgumentException("a Range ends before it starts");
        }
        return new Spec(first, last);
    }
}
