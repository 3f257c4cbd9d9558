package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.testing.ArraySource;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class EditListTest {
    private static Edit edit(long start, long end, int length) {
        return new Edit(start, end, ArraySource.of(new byte[length]));
    }

    private static Edit huge(long at, long length) {
        return new Edit(at, at, new ContentSource() {
            @Override
            public long size() {
                return length;
            }

            @Override
            public int read(long position, ByteBuffer target) {
                throw new AssertionError("a check reads nothing");
            }
        });
    }

    private static void assertRefused(long size, String why, Edit... edits) {
        assertThatThrownBy(() -> EditList.of(List.of(edits), size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void editsInOrder_makeTheNewSize() {
        EditList list = EditList.of(List.of(edit(0, 0, 5), edit(0, 3, 1), edit(3, 3, 2), edit(10, 10, 4)), 10);
        assertThat(list.newSize()).isEqualTo(10 - 3 + 5 + 1 + 2 + 4);
        assertThat(list.count()).isEqualTo(4);
        assertThat(EditList.of(List.of(), 7).newSize()).isEqualTo(7);
        assertThat(EditList.of(List.of(edit(0, 7, 0)), 7).newSize()).isZero();
    }

    @Test
    void editsThatDoNotFit_areRefusedWithTheReason() {
        assertThatThrownBy(() -> edit(3, 2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> edit(-1, 2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertRefused(10, "after the 10 bytes", edit(4, 11, 0));
        assertRefused(0, "after the 0 bytes", edit(0, 1, 1));
        assertRefused(0, "after the 0 bytes", edit(1, 1, 1));
        assertRefused(10, "edit 1", edit(2, 5, 1), edit(4, 6, 1));
        assertRefused(10, "edit 1", edit(8, 9, 1), edit(2, 3, 1));
        assertRefused(-1, "-1 bytes");
        assertRefused(10, "longer than a file can be", huge(1, Long.MAX_VALUE));
        assertRefused(10, "longer than a file can be", huge(1, Long.MAX_VALUE - 3), huge(2, Long.MAX_VALUE - 3));
        assertRefused(10, "-1 new bytes", huge(1, -1));
    }

    @Test
    void hugeInsertBesideADelete_countsTheSumAlone() {
        assertThat(EditList.of(List.of(huge(0, Long.MAX_VALUE - 3), edit(0, 10, 3)), 10)
                        .newSize())
                .isEqualTo(Long.MAX_VALUE);
    }
}
