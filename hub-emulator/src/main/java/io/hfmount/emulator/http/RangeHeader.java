package io.hfmount.emulator.http;

import io.hfmount.model.ByteRange;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A single {@code Range: bytes=…} (RFC 9110 §14.2): {@code a-b}, {@code a-} or {@code -n}. */
public final class RangeHeader {
    private static final Pattern SINGLE = Pattern.compile("bytes=\\s*([0-9]{0,18})\\s*-\\s*([0-9]{0,18})\\s*");

    private RangeHeader() {}

    /** What a range header asks of a body. */
    public sealed interface Wish {
        /** Everything: no header, several ranges, or one that is to be ignored. */
        record Whole() implements Wish {}

        /** These bytes, at least one, all of them existing. */
        record Part(ByteRange range) implements Wish {}

        /** Nothing that exists: 416. */
        record Unsatisfiable() implements Wish {}
    }

    /**
     * Reads a header against a body.
     *
     * @param header or null
     * @param size bytes of the whole body
     */
    public static Wish parse(@Nullable String header, long size) {
        Matcher single = header == null ? null : SINGLE.matcher(header.strip());
        if (single == null || !single.matches()) {
            return new Wish.Whole();
        }
        Optional<Long> first = number(single.group(1));
        Optional<Long> last = number(single.group(2));
        if (first.isEmpty()) {
            return last.<Wish>map(suffix -> part(Math.max(0, size - suffix), size, suffix > 0 && size > 0))
                    .orElseGet(Wish.Whole::new);
        }
        if (last.isPresent() && last.get() < first.get()) {
            return new Wish.Whole();
        }
        long end = last.map(l -> Math.min(l + 1, size)).orElse(size);
        return part(first.get(), end, first.get() < size);
    }

    private static Wish part(long start, long end, boolean satisfiable) {
        return satisfiable ? new Wish.Part(new ByteRange(start, end)) : new Wish.Unsatisfiable();
    }

    private static Optional<Long> number(String digits) {
        return digits.isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(digits));
    }
}
