package io.hfmount.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hfmount.emulator.http.RangeHeader.Spec;
import io.hfmount.model.ByteRange;
import java.util.List;
import java.util.StringJoiner;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangeHeaderTest {
    private static final long MAX = 999_999_999_999_999_999L;

    @Test
    void allForms_parseAsWritten() {
        assertThat(RangeHeader.parse(" Bytes=0-0, 5- ,-7", 3).specs())
                .containsExactly(new Spec(0, 0), new Spec(5, -1), new Spec(-1, 7));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=,",
                "bytes=-",
                "bytes=1",
                "bytes=1-2,",
                "bytes=2-1",
                "bytes=a-b",
                "bytes=1-2;3-4",
                "items=1-2",
                "bytes=0x1-2",
                "bytes=+1-2",
                "bytes=1--2",
                "bytes=1-1000000000000000000",
                "bytes= 1 - 2",
                "bytes=١-٢",
                "bytes=1-2,3-4,5-6,7-8"
            })
    void otherText_isRefused(String header) {
        assertThatIllegalArgumentException().isThrownBy(() -> RangeHeader.parse(header, 3));
    }

    @Property
    void anyText_isParsedOrRefusedWithASentence(@ForAll String text) {
        for (String header : List.of(text, "bytes=" + text)) {
            try {
                assertThat(RangeHeader.parse(header, 5).specs()).isNotEmpty().hasSizeLessThanOrEqualTo(5);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageMatching("[A-Za-z0-9].+");
            }
        }
    }

    @Property
    void writtenSpecs_parseBack(@ForAll("specs") List<Spec> specs) {
        StringJoiner text = new StringJoiner(",", "bytes=", "");
        for (Spec spec : specs) {
            text.add((spec.first() < 0 ? "" : "" + spec.first()) + "-" + (spec.last() < 0 ? "" : "" + spec.last()));
        }
        assertThat(RangeHeader.parse(text.toString(), specs.size()).specs()).isEqualTo(specs);
    }

    @Property
    void rangeIn_isTheBytesThatExist(@ForAll("spec") Spec spec, @ForAll @LongRange(max = 300) long size) {
        ByteRange range = spec.in(size);
        for (long at = 0; at < size; at++) {
            boolean asked = spec.first() < 0
                    ? at >= size - spec.last()
                    : at >= spec.first() && (spec.last() < 0 || at <= spec.last());
            boolean given = range != null && range.start() <= at && at < range.end();
            assertThat(given).as("byte %d of %d in %s", at, size, spec).isEqualTo(asked);
        }
        assertThat(range == null || (!range.isEmpty() && range.end() <= size)).isTrue();
    }

    @Provide
    Arbitrary<List<Spec>> specs() {
        return Arbitraries.oneOf(spec(), wide()).list().ofMinSize(1).ofMaxSize(8);
    }

    @Provide
    Arbitrary<Spec> spec() {
        return between(400);
    }

    private Arbitrary<Spec> wide() {
        return between(MAX);
    }

    private static Arbitrary<Spec> between(long max) {
        Arbitrary<Long> number = Arbitraries.longs().between(0, max);
        return Arbitraries.oneOf(
                Combinators.combine(number, number).as((a, b) -> new Spec(Math.min(a, b), Math.max(a, b))),
                number.map(a -> new Spec(a, -1)),
                number.map(n -> new Spec(-1, n)));
    }
}
