package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Edit;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.testing.ArraySource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

class WindowQueryTest {
    private static BaseFile file(int segments) {
        List<Segment> list = new ArrayList<>();
        for (int i = 0; i < segments; i++) {
            list.add(new Segment(new ContentHash(i, 1, 1, 1), 100, 0, 1));
        }
        return BaseFile.of(new ContentHash(1, 2, 3, 4), list);
    }

    private static List<ByteRange> snapped(long... startsAndEnds) {
        List<Edit> edits = new ArrayList<>();
        for (int i = 0; i < startsAndEnds.length; i += 2) {
            edits.add(new Edit(startsAndEnds[i], startsAndEnds[i + 1], ArraySource.of(new byte[1])));
        }
        return WindowQuery.snapped(file(10), EditList.of(edits, 1_000));
    }

    @Test
    void edits_beginWithASegment_andJoinWhereTheyTouch() {
        assertThat(snapped(0, 1)).containsExactly(new ByteRange(0, 1));
        assertThat(snapped(99, 101)).containsExactly(new ByteRange(0, 101));
        assertThat(snapped(100, 200)).containsExactly(new ByteRange(100, 200));
        assertThat(snapped(100, 100)).containsExactly(new ByteRange(100, 101));
        assertThat(snapped(1_000, 1_000)).containsExactly(new ByteRange(900, 1_000));
        assertThat(snapped(10, 20, 150, 160)).containsExactly(new ByteRange(0, 20), new ByteRange(100, 160));
        assertThat(snapped(10, 100, 150, 160)).containsExactly(new ByteRange(0, 160));
        assertThat(snapped(10, 20, 250, 260, 270, 280, 999, 1_000, 1_000, 1_000))
                .containsExactly(new ByteRange(0, 20), new ByteRange(200, 280), new ByteRange(900, 1_000));
        assertThat(snapped(0, 1_000)).containsExactly(new ByteRange(0, 1_000));
    }

    @Test
    void rangesThatNeedALongHeader_areJoinedWhereTheyAreNearest() {
        List<ByteRange> ranges = List.of(
                new ByteRange(0, 10), new ByteRange(15, 20), new ByteRange(1_000, 1_010), new ByteRange(1_011, 1_020));
        assertThat(WindowQuery.shortened(ranges, header(ranges))).isEqualTo(ranges);
        assertThat(WindowQuery.shortened(ranges, header(ranges) - 1))
                .containsExactly(new ByteRange(0, 10), new ByteRange(15, 20), new ByteRange(1_000, 1_020));
        assertThat(WindowQuery.shortened(ranges, 20))
                .containsExactly(new ByteRange(0, 20), new ByteRange(1_000, 1_020));
        assertThat(WindowQuery.shortened(ranges, 12)).containsExactly(new ByteRange(0, 1_020));
    }

    @Test
    void manyRanges_fitTheHeaderAndStillCoverEveryEdit() {
        Random random = new Random(77);
        List<ByteRange> ranges = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < 20_000; i++) {
            at += 1 + random.nextInt(1 << 20);
            ranges.add(ByteRange.of(at, 1 + random.nextInt(1_000)));
            at = ranges.getLast().end();
        }
        List<ByteRange> shortened = WindowQuery.shortened(ranges, WindowQuery.MAX_HEADER);
        assertThat(header(shortened)).isBetween(WindowQuery.MAX_HEADER - 100, WindowQuery.MAX_HEADER);
        int next = 0;
        for (ByteRange range : ranges) {
            while (shortened.get(next).end() < range.end()) {
                next++;
            }
            assertThat(shortened.get(next).start()).isLessThanOrEqualTo(range.start());
        }
        for (int i = 1; i < shortened.size(); i++) {
            assertThat(shortened.get(i).start())
                    .isGreaterThan(shortened.get(i - 1).end());
        }
    }

    private static int header(List<ByteRange> ranges) {
        StringJoiner text = new StringJoiner(",", "bytes=", "");
        ranges.forEach(range -> text.add(range.start() + "-" + (range.end() - 1)));
        return text.length();
    }
}
