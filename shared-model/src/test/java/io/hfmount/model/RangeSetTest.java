package io.hfmount.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Names with underscores alone are those of mount-semantics §10.3. */
class RangeSetTest {
    private static final int SPACE = 120;

    record Step(boolean clip, int start, int length) {}

    @Provide
    Arbitrary<List<Step>> programs() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 9).map(n -> n == 0),
                        Arbitraries.integers().between(0, SPACE),
                        Arbitraries.integers().between(0, 25))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 500)
    void randomChanges_equalABitSet(@ForAll("programs") List<Step> program) {
        RangeSet set = RangeSet.EMPTY;
        BitSet model = new BitSet();
        List<RangeSet> snapshots = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (Step step : program) {
            snapshots.add(set);
            texts.add(set.toString());
            if (step.clip()) {
                set = set.clip(step.start());
                model.clear(step.start(), 10 * SPACE);
            } else {
                set = set.add(step.start(), step.start() + step.length());
                model.set(step.start(), step.start() + step.length());
            }
            set.checkInvariants();
            assertEqual(set, model);
        }
        for (int i = 0; i < snapshots.size(); i++) {
            assertThat(snapshots.get(i)).as("a snapshot never changes").hasToString(texts.get(i));
        }
    }

    private static void assertEqual(RangeSet set, BitSet model) {
        assertThat(set.ranges()).isEqualTo(ranges(model, 0, 2 * SPACE, true));
        assertThat(set.bytes()).isEqualTo(model.cardinality());
        assertThat(set.end()).isEqualTo(model.length());
        assertThat(set.isEmpty()).isEqualTo(model.isEmpty());
        for (int start = 0; start < SPACE + 30; start += 7) {
            for (int end = start; end < SPACE + 30; end += 5) {
                int in = model.get(start, end).cardinality();
                assertThat(set.contains(start, end)).isEqualTo(in == end - start);
                assertThat(set.intersects(start, end)).isEqualTo(in > 0);
                assertThat(set.holes(start, end)).isEqualTo(ranges(model, start, end, false));
                assertThat(set.within(start, end)).isEqualTo(ranges(model, start, end, true));
            }
        }
    }

    private static List<ByteRange> ranges(BitSet model, int start, int end, boolean value) {
        List<ByteRange> ranges = new ArrayList<>();
        for (int i = start; i < end; ) {
            int stop = i;
            while (stop < end && model.get(stop) == value) {
                stop++;
            }
            if (stop > i) {
                ranges.add(new ByteRange(i, stop));
            }
            i = Math.max(stop, i + 1);
        }
        return ranges;
    }

    @Property(tries = 200)
    void equalSets_areEqualWhateverTheirHistory(@ForAll("programs") List<Step> program) {
        RangeSet forth = RangeSet.EMPTY;
        RangeSet back = RangeSet.EMPTY;
        for (int i = 0; i < program.size(); i++) {
            Step a = program.get(i);
            Step b = program.get(program.size() - 1 - i);
            forth = forth.add(a.start(), a.start() + a.length());
            back = back.add(b.start(), b.start() + b.length());
        }
        assertThat(forth).isEqualTo(back).hasSameHashCodeAs(back);
        assertThat(forth.containsAll(back)).isTrue();
        assertThat(forth.add(500, 501)).isNotEqualTo(back);
        assertThat(back.containsAll(forth.add(500, 501))).isFalse();
    }

    @Test
    void manyRangesInOrder_makeNoDeepTree() {
        RangeSet up = RangeSet.EMPTY;
        RangeSet down = RangeSet.EMPTY;
        for (long i = 0; i < 50_000; i++) {
            up = up.add(i * 4096, i * 4096 + 1);
            down = down.add((50_000 - i) * 4096, (50_000 - i) * 4096 + 1);
        }
        assertThat(up.count()).isEqualTo(50_000);
        assertThat(up.depth()).isLessThan(60);
        assertThat(down.depth()).isLessThan(60);
    }

    @Test
    void scatteredRanges_keepTheirCountsWhileTheyMerge() {
        SplittableRandom random = new SplittableRandom(7);
        RangeSet set = RangeSet.EMPTY;
        BitSet model = new BitSet();
        for (int i = 0; i < 5_000; i++) {
            int start = random.nextInt(100_000);
            int end = start + random.nextInt(60);
            set = set.add(start, end);
            model.set(start, end);
        }
        set.checkInvariants();
        assertThat(set.bytes()).isEqualTo(model.cardinality());
    }

    @Test
    void changesWithoutEffect_giveTheSameSet() {
        RangeSet set = RangeSet.of(10, 20).add(30, 40);
        assertThat(set.add(12, 18)).isSameAs(set);
        assertThat(set.add(25, 25)).isSameAs(set);
        assertThat(set.clip(40)).isSameAs(set);
        assertThat(set.clip(0)).isSameAs(RangeSet.EMPTY);
    }

    @Test
    void offsetsUpToTheLargest_work() {
        RangeSet set = RangeSet.of(Long.MAX_VALUE - 2, Long.MAX_VALUE);
        assertThat(set.bytes()).isEqualTo(2);
        assertThat(set.ranges()).hasSize(1);
        assertThat(set.add(0, 1).holes(0, Long.MAX_VALUE)).containsExactly(new ByteRange(1, Long.MAX_VALUE - 2));
        assertThat(set.clip(Long.MAX_VALUE)).isSameAs(set);
        assertThat(set.clip(Long.MAX_VALUE - 1).bytes()).isEqualTo(1);
    }

    @Test
    void whatIsNoRange_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> RangeSet.EMPTY.add(-1, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> RangeSet.EMPTY.add(3, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> RangeSet.EMPTY.clip(-1));
    }

    @Test
    void merge_range_into_empty() {
        assertThat(RangeSet.EMPTY.add(10, 20)).hasToString("{[10,20)}");
    }

    @Test
    void merge_range_disjoint_keeps_separate() {
        assertThat(RangeSet.of(10, 20).add(30, 40)).hasToString("{[10,20) [30,40)}");
    }

    @Test
    void merge_range_coalesces_adjacent() {
        assertThat(RangeSet.of(10, 20).add(20, 30)).hasToString("{[10,30)}");
        assertThat(RangeSet.of(20, 30).add(10, 20)).hasToString("{[10,30)}");
    }

    @Test
    void merge_range_swallows_overlapping_left() {
        assertThat(RangeSet.of(10, 20).add(15, 30)).hasToString("{[10,30)}");
    }

    @Test
    void merge_range_swallows_overlapping_right() {
        assertThat(RangeSet.of(10, 20).add(5, 15)).hasToString("{[5,20)}");
    }

    @Test
    void merge_range_collapses_multiple() {
        assertThat(RangeSet.of(10, 20).add(30, 40).add(50, 60).add(15, 55)).hasToString("{[10,60)}");
    }

    @Test
    void merge_range_zero_length_is_noop() {
        assertThat(RangeSet.of(10, 20).add(15, 15)).hasToString("{[10,20)}");
    }

    @Test
    void clip_ranges_trims_past_size() {
        assertThat(RangeSet.of(10, 20).add(30, 40).add(50, 60).clip(35)).hasToString("{[10,20) [30,35)}");
        assertThat(RangeSet.of(10, 20).clip(10)).as("no empty leftover (H-17)").isEqualTo(RangeSet.EMPTY);
    }

    @Test
    void clip_ranges_to_zero_empties() {
        assertThat(RangeSet.of(0, 20).add(30, 40).clip(0).isEmpty()).isTrue();
    }

    @Test
    void subtract_ranges_finds_holes() {
        assertThat(RangeSet.of(10, 20).add(30, 40).holes(0, 50))
                .containsExactly(new ByteRange(0, 10), new ByteRange(20, 30), new ByteRange(40, 50));
    }

    @Test
    void subtract_ranges_handles_window_starting_before_first() {
        assertThat(RangeSet.of(10, 20).holes(5, 15)).containsExactly(new ByteRange(5, 10));
        assertThat(RangeSet.of(10, 20).holes(15, 25)).containsExactly(new ByteRange(20, 25));
    }
}
