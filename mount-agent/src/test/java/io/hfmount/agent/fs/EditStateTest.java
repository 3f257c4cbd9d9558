package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RangeSet;
import java.util.ArrayList;
import java.util.Arrays;
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

/** Names with underscores alone are those of mount-semantics §10.1 and §10.3. */
class EditStateTest {
    private static final ContentHash BASE = new ContentHash(1, 2, 3, 4);

    private static EditState of(long size) {
        return EditState.empty(BASE, size);
    }

    private static EditState written(long size, long... offsetsAndLengths) {
        EditState state = of(size);
        for (int i = 0; i < offsetsAndLengths.length; i += 2) {
            state = state.trackWrite(offsetsAndLengths[i], offsetsAndLengths[i + 1], size);
        }
        return state;
    }

    private static void assertDirty(EditState state, String expected) {
        assertThat(state.dirty()).hasToString(expected);
        assertThat(state.coverage().containsAll(state.dirty())).isTrue();
    }

    @Test
    void sparse_new_defaults_to_empty_holes() {
        EditState state = of(100);
        assertThat(state.baseHash()).isEqualTo(BASE);
        assertThat(state.baseSize()).isEqualTo(100);
        assertThat(state.dirty().isEmpty()).isTrue();
        assertThat(state.isFullyCovered(100)).isFalse();
        assertThat(state.holes(0, 100)).containsExactly(new ByteRange(0, 100));
    }

    @Test
    void sparse_new_with_full_staging_marks_flag() {
        EditState state = EditState.full(BASE, 100);
        assertThat(state.isFullyCovered(100)).isTrue();
        assertThat(state.holes(0, 100)).isEmpty();
        assertThat(state.dirty().isEmpty()).isTrue();
    }

    @Test
    void sparse_single_write() {
        assertDirty(written(100, 10, 10), "{[10,20)}");
    }

    @Test
    void sparse_zero_length_write_noop() {
        EditState state = of(100);
        assertThat(state.trackWrite(10, 0, 100)).isSameAs(state);
        assertThat(state.trackWrite(500, 0, 100)).isSameAs(state);
    }

    @Test
    void sparse_two_disjoint() {
        assertDirty(written(100, 10, 10, 40, 10), "{[10,20) [40,50)}");
    }

    @Test
    void sparse_two_adjacent_merge() {
        assertDirty(written(100, 10, 10, 20, 10), "{[10,30)}");
    }

    @Test
    void sparse_two_overlapping_merge() {
        assertDirty(written(100, 10, 10, 15, 15), "{[10,30)}");
    }

    @Test
    void sparse_engulf_existing() {
        assertDirty(written(100, 20, 5, 10, 40), "{[10,50)}");
    }

    @Test
    void sparse_existing_engulfs_new() {
        EditState state = written(100, 10, 40);
        assertThat(state.trackWrite(20, 5, 100)).isSameAs(state);
    }

    @Test
    void sparse_three_merge_into_one() {
        assertDirty(written(100, 10, 10, 30, 10, 20, 10), "{[10,40)}");
    }

    @Test
    void sparse_write_at_zero() {
        assertDirty(written(100, 0, 5), "{[0,5)}");
    }

    @Test
    void sparse_append_past_size() {
        assertDirty(written(100, 100, 20), "{[100,120)}");
    }

    @Test
    void sparse_sequential_adjacent() {
        EditState state = of(0);
        for (int i = 0; i < 50; i++) {
            state = state.trackWrite(i * 10L, 10, i * 10L);
        }
        assertDirty(state, "{[0,500)}");
    }

    @Test
    void sparse_reverse_order_insert() {
        assertDirty(written(100, 60, 5, 40, 5, 20, 5), "{[20,25) [40,45) [60,65)}");
    }

    @Test
    void sparse_clip_to_size_removes_past_ranges() {
        EditState state = written(100, 10, 10, 60, 10).clip(50);
        assertDirty(state, "{[10,20)}");
        assertThat(state.baseSize()).isEqualTo(100);
    }

    @Test
    void sparse_clip_to_size_caps_overlapping_range() {
        assertDirty(written(100, 10, 30).clip(20), "{[10,20)}");
    }

    @Test
    void sparse_clip_to_size_noop_when_larger() {
        EditState state = written(100, 10, 30);
        assertThat(state.clip(200)).isSameAs(state);
    }

    @Test
    void sparse_track_write_past_effective_eof_after_shrink() {
        EditState state = of(100).resize(100, 20).trackWrite(50, 5, 20);
        assertDirty(state, "{[20,55)}");
        assertThat(state.holes(0, 55)).containsExactly(new ByteRange(0, 20));
    }

    @Test
    void sparse_full_file_write() {
        EditState state = written(100, 0, 100);
        assertDirty(state, "{[0,100)}");
        assertThat(state.isFullyCovered(100)).isTrue();
    }

    @Test
    void sparse_single_byte_write() {
        assertDirty(written(100, 42, 1), "{[42,43)}");
    }

    @Test
    void sparse_idempotent_write() {
        assertDirty(written(100, 10, 10, 10, 10), "{[10,20)}");
    }

    @Test
    void sparse_bridge_many_ranges() {
        assertDirty(written(100, 10, 5, 30, 5, 50, 5, 12, 40), "{[10,55)}");
    }

    @Test
    void sparse_clip_to_zero() {
        EditState state = written(100, 10, 10).clip(0);
        assertThat(state.dirty().isEmpty()).isTrue();
        assertThat(state.coverage().isEmpty()).isTrue();
    }

    @Test
    void sparse_write_at_exact_end() {
        assertDirty(written(100, 10, 10, 20, 1), "{[10,21)}");
    }

    @Test
    void sparse_write_just_before_start() {
        assertDirty(written(100, 10, 10, 9, 1), "{[9,20)}");
    }

    @Test
    void sparse_state_track_write_extends_both_coverage_and_dirty() {
        EditState state = written(100, 10, 10);
        assertThat(state.coverage()).isEqualTo(state.dirty()).isEqualTo(RangeSet.of(10, 20));
    }

    @Test
    void sparse_state_track_write_past_eof_dirties_gap() {
        assertDirty(of(10).trackWrite(15, 3, 10), "{[10,18)}");
    }

    @Test
    void sparse_state_track_read_fill_extends_coverage_only() {
        EditState state = of(100).trackFill(10, 20);
        assertThat(state.coverage()).isEqualTo(RangeSet.of(10, 30));
        assertThat(state.dirty().isEmpty()).isTrue();
    }

    @Test
    void sparse_state_write_after_read_marks_dirty_subset() {
        EditState state = of(100).trackFill(10, 20).trackWrite(15, 2, 100);
        assertThat(state.coverage()).isEqualTo(RangeSet.of(10, 30));
        assertDirty(state, "{[15,17)}");
    }

    @Test
    void sparse_state_clip_trims_both() {
        EditState state = of(100).trackFill(0, 60).trackWrite(40, 30, 100).clip(50);
        assertThat(state.coverage()).isEqualTo(RangeSet.of(0, 50));
        assertDirty(state, "{[40,50)}");
    }

    @Test
    void sparse_state_holes_in_window() {
        EditState state = of(100).trackFill(10, 10).trackWrite(40, 10, 100);
        assertThat(state.holes(5, 50))
                .containsExactly(new ByteRange(5, 10), new ByteRange(20, 40), new ByteRange(50, 55));
        assertThat(state.holes(90, 50)).as("nothing past the base is a hole").containsExactly(new ByteRange(90, 100));
        assertThat(state.holes(100, 50)).isEmpty();
    }

    @Test
    void sparse_state_new_full_covers_everything() {
        assertThat(EditState.full(BASE, 10).isFullyCovered(10)).isTrue();
        assertThat(EditState.full(BASE, 10).isFullyCovered(11)).isFalse();
    }

    @Test
    void sparse_state_new_full_empty_size_is_covered() {
        assertThat(EditState.full(BASE, 0).isFullyCovered(0)).isTrue();
    }

    @Test
    void sparse_state_coalesce_merges_covered_gaps_only() {
        EditState state = of(2_000_000).trackFill(0, 500_000);
        int writes = 4 * EditState.COALESCE_ABOVE;
        for (int i = 0; i < writes; i++) {
            state = state.trackWrite(i * 100L, 1, 2_000_000);
        }
        state.checkInvariants(2_000_000, at -> true);
        assertThat(state.dirty().contains(0, 100 * 1000))
                .as("covered gaps are merged")
                .isTrue();
        assertThat(state.dirty().count())
                .as("tried again over the holes")
                .isGreaterThan(EditState.COALESCE_ABOVE + EditState.COALESCE_EVERY);
        assertThat(state.coverage().intersects(500_001, 500_100))
                .as("a hole stays a hole (H-27)")
                .isFalse();
        assertThat(state.dirty().intersects(500_001, 500_100)).isFalse();
        for (int i = 0; i < writes; i++) {
            assertThat(state.dirty().contains(i * 100L, i * 100L + 1)).isTrue();
        }
    }

    @Test
    void sparse_state_scattered_writes_bounded_on_covered_file() {
        EditState state = EditState.full(BASE, 4_000_000);
        for (int i = 0; i < 12_288; i++) {
            state = state.trackWrite(i * 300L, 3, 4_000_000);
            assertThat(state.dirty().count()).isLessThanOrEqualTo(EditState.COALESCE_ABOVE + EditState.COALESCE_EVERY);
        }
        for (int i = 0; i < 12_288; i++) {
            assertThat(state.dirty().contains(i * 300L, i * 300L + 3)).isTrue();
        }
    }

    @Test
    void scatteredFills_areKeptUpToALimit() {
        EditState state = of(10_000_000);
        for (int i = 0; i <= EditState.MOST_KEPT && state.keepsFills(); i++) {
            state = state.trackFill(state.coverage().end() + 100, 1);
        }
        assertThat(state.coverage().count()).isEqualTo(EditState.MOST_KEPT);
        assertThat(state.published(BASE, 10_000_000).coverage().isEmpty()).isTrue();
    }

    @Test
    void publication_keepsCoverageAndClearsDirty() {
        ContentHash next = new ContentHash(5, 6, 7, 8);
        EditState state =
                of(100).trackFill(0, 10).trackWrite(50, 10, 100).clip(55).published(next, 55);
        assertThat(state.baseHash()).isEqualTo(next);
        assertThat(state.baseSize()).isEqualTo(55);
        assertThat(state.coverage()).isEqualTo(RangeSet.of(0, 10).add(50, 55));
        assertThat(state.dirty().isEmpty()).isTrue();
        assertThat(state.isUnchanged(55)).isTrue();
        assertThat(state.isUnchanged(54)).isFalse();
    }

    private static BaseEdit edit(long start, long end, long from, long to) {
        return new BaseEdit(start, end, new ByteRange(from, to));
    }

    @Test
    void in_place_overwrite_maps_to_same_range() {
        assertThat(written(100, 10, 10).edits(100)).containsExactly(edit(10, 20, 10, 20));
    }

    @Test
    void write_past_eof_is_an_insert() {
        assertThat(written(10, 15, 3).edits(18)).containsExactly(edit(10, 10, 10, 18));
    }

    @Test
    void write_spanning_eof_replaces_tail_and_extends() {
        assertThat(written(10, 8, 5).edits(13)).containsExactly(edit(8, 10, 8, 13));
    }

    @Test
    void pure_shrink_appends_truncate_tail() {
        assertThat(of(10).resize(10, 4).edits(4)).containsExactly(edit(4, 10, 4, 4));
    }

    @Test
    void shrink_with_dirty_prefix_truncates_after_last_dirty() {
        assertThat(written(10, 1, 2).resize(10, 5).edits(5)).containsExactly(edit(1, 3, 1, 3), edit(5, 10, 5, 5));
    }

    @Test
    void shrink_below_a_dirty_range_does_not_double_count_tail() {
        assertThat(written(10, 2, 6).resize(10, 5).edits(5)).containsExactly(edit(2, 5, 2, 5), edit(5, 10, 5, 5));
    }

    @Test
    void no_change_yields_empty_plan() {
        assertThat(of(10).edits(10)).isEmpty();
        assertThat(EditState.full(BASE, 10).edits(10)).isEmpty();
    }

    @Test
    void multiple_snapshots_preserve_order_one_entry_each() {
        assertThat(written(100, 40, 5, 10, 5, 70, 5).edits(100))
                .containsExactly(edit(10, 15, 10, 15), edit(40, 45, 40, 45), edit(70, 75, 70, 75));
    }

    @Test
    void multiple_snapshots_with_past_eof_then_shrink() {
        EditState state = written(100, 10, 5).trackWrite(120, 10, 100).resize(130, 50);
        assertThat(state.edits(50)).containsExactly(edit(10, 15, 10, 15), edit(50, 100, 50, 50));
    }

    record Step(int kind, int offset, int length) {}

    @Provide
    Arbitrary<List<Step>> programs() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 4),
                        Arbitraries.integers().between(0, 80),
                        Arbitraries.integers().between(0, 20))
                .as(Step::new)
                .list()
                .ofMaxSize(40);
    }

    /** Random programs on a staging file with holes, against the file that a program sees. */
    @Property(tries = 500)
    void randomEdits_composeTheFile(@ForAll("programs") List<Step> program) {
        byte[] base = new byte[50];
        new SplittableRandom(5).nextBytes(base);
        byte[] file = base.clone();
        byte[] staging = new byte[200];
        BitSet real = new BitSet();
        EditState state = of(base.length);
        byte value = 0;
        for (Step step : program) {
            int size = file.length;
            switch (step.kind()) {
                case 0, 1 -> {
                    byte[] data = new byte[step.length()];
                    Arrays.fill(data, ++value);
                    if (data.length > 0) {
                        file = Arrays.copyOf(file, Math.max(size, step.offset() + data.length));
                        System.arraycopy(data, 0, file, step.offset(), data.length);
                        System.arraycopy(data, 0, staging, step.offset(), data.length);
                        real.set(Math.min(size, step.offset()), step.offset() + data.length);
                    }
                    state = state.trackWrite(step.offset(), data.length, size);
                }
                case 2 -> {
                    int next = Math.max(1, step.offset());
                    file = Arrays.copyOf(file, next);
                    if (next < size) {
                        Arrays.fill(staging, next, staging.length, (byte) 0);
                        real.clear(next, 400);
                    } else {
                        real.set(size, next);
                    }
                    state = state.resize(size, next);
                }
                default -> {
                    for (ByteRange hole : state.holes(step.offset(), Math.min(step.length(), size - step.offset()))) {
                        System.arraycopy(base, (int) hole.start(), staging, (int) hole.start(), (int) hole.length());
                        real.set((int) hole.start(), (int) hole.end());
                        state = state.trackFill(hole.start(), hole.length());
                    }
                }
            }
            byte[] now = staging.clone();
            state.checkInvariants(file.length, at -> now[(int) at] == base[(int) at]);
            assertThat(state.coverage().bytes()).isEqualTo(real.cardinality());
            assertThat(composed(base, staging, state, file.length)).isEqualTo(file);
        }
    }

    private static byte[] composed(byte[] base, byte[] staging, EditState state, int size) {
        List<Byte> bytes = new ArrayList<>();
        int at = 0;
        for (BaseEdit edit : state.edits(size)) {
            assertThat(edit.start()).isBetween((long) at, edit.end());
            for (; at < edit.start(); at++) {
                bytes.add(base[at]);
            }
            for (long i = edit.data().start(); i < edit.data().end(); i++) {
                assertThat(state.coverage().contains(i, i + 1)).isTrue();
                bytes.add(staging[(int) i]);
            }
            at = (int) edit.end();
        }
        for (; at < base.length; at++) {
            bytes.add(base[at]);
        }
        byte[] result = new byte[bytes.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = bytes.get(i);
        }
        return result;
    }
}
