package io.hfmount.emulator.storage.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hfmount.model.ByteRange;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirtyRangesHeaderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes=",
                "bytes=1-",
                "bytes=-1",
                "bytes=5-9,1-2",
                "bytes=0-5,5-9",
                "bytes=1-1,1-1",
                "0-5",
                "bytes=0-5 6-7"
            })
    void missingUnsortedOrOverlapping_isRefused(String header) {
        assertThatIllegalArgumentException().isThrownBy(() -> DirtyRangesHeader.parse(header));
    }

    @Property
    void ascendingRanges_parseBack(
            @ForAll @Size(min = 1, max = 20) List<@IntRange(max = 1_000_000) Integer> gaps,
            @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 1_000_000) Integer> lengths) {
        List<ByteRange> ranges = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < Math.min(gaps.size(), lengths.size()); i++) {
            at += gaps.get(i);
            ranges.add(ByteRange.of(at, lengths.get(i)));
            at += lengths.get(i);
        }
        String header = ranges.stream()
                .map(r -> r.start() + "-" + (r.end() - 1))
                .collect(Collectors.joining(",", "bytes=", ""));
        assertThat(DirtyRangesHeader.parse(header)).isEqualTo(ranges);
    }

    @Property
    void anyText_givesAscendingDisjointRangesOrIsRefused(@ForAll String text) {
        try {
            long end = 0;
            for (ByteRange range : DirtyRangesHeader.parse("bytes=" + text)) {
                assertThat(range.isEmpty()).isFalse();
                assertThat(range.start()).isGreaterThanOrEqualTo(end);
                end = range.end();
            }
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
