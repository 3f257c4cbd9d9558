package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HintTableTest {
    private static final int SLOTS = 1024;

    private final HintTable table = new HintTable(SLOTS, number -> true);

    @Test
    void keysThatDifferInTheirLastKeptBit_areTwo() {
        table.put(1L << 22, 1);
        table.put(1L << 63 | 1L << 22, 2);
        assertThat(table.get(0)).isEqualTo(-1);
        assertThat(table.get(1L << 22)).isEqualTo(1);
        assertThat(table.get(1L << 63 | 1L << 22)).isEqualTo(2);
        assertThat(table.get(1L << 23)).isEqualTo(-1);
    }

    @Test
    void sameKeyAgainAndAgain_takesOneSlot() {
        for (int i = 0; i < 10_000; i++) {
            table.put(42L << 32, i);
        }
        assertThat(table.size()).isEqualTo(1);
        assertThat(table.thinning()).isEqualTo(1);
        assertThat(table.get(42L << 32)).isEqualTo(9_999);
    }

    @Test
    void keysThatNoSamplingThins_emptyTheTable_ratherThanFillIt() {
        for (int i = 1; i <= 5_000; i++) {
            table.put((long) i << 40, i);
            assertThat(table.get((long) i << 40)).isEqualTo(i);
        }
        assertThat(table.thinning()).isEqualTo(1 << 16);
        assertThat(table.size()).isBetween(1, SLOTS * 3 / 4);
    }

    @Test
    void lastNumber_isKept_othersAreRefused() {
        table.put(1L << 40, HintTable.MOST_NUMBERS - 1);
        assertThat(table.get(1L << 40)).isEqualTo(HintTable.MOST_NUMBERS - 1);
        for (int number : new int[] {-1, HintTable.MOST_NUMBERS, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> table.put(1L << 40, number)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void sizeThatIsNoPowerOfTwo_orTooSmall_isRefused() {
        for (int slots : new int[] {512, 1025, 3 << 10, 0, -1024}) {
            assertThatThrownBy(() -> new HintTable(slots, number -> true)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void deadNumbers_makeRoomBeforeKeysAreThinned() {
        Random random = new Random(1);
        HintTable half = new HintTable(SLOTS, number -> number % 4 == 0);
        for (int i = 0; i < 700; i++) {
            half.put(random.nextLong(), i);
        }
        half.sweep();
        assertThat(half.size()).isEqualTo(175);
        for (int i = 0; i < 500; i++) {
            half.put(random.nextLong(), 4 * i);
        }
        assertThat(half.thinning()).isEqualTo(1);
        assertThat(half.size()).isEqualTo(675);
    }
}
