package io.hfmount.xet.compress;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.xet.vectors.VectorInput;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ByteGroupingTest {
    private static byte[] oneByOne(byte[] src, int off, int len) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int k = 0; k < 4; k++) {
            for (int i = k; i < len; i += 4) {
                out.write(src[off + i]);
            }
        }
        return out.toByteArray();
    }

    private static void check(byte[] src, int off, int len) {
        byte[] grouped = new byte[len];
        ByteGrouping.group(src, off, len, grouped);
        assertThat(grouped).as("%d bytes", len).isEqualTo(oneByOne(src, off, len));
        byte[] back = new byte[off + len + 3];
        ByteGrouping.ungroup(grouped, len, back, off);
        assertThat(Arrays.copyOfRange(back, off, off + len))
                .as("%d bytes", len)
                .isEqualTo(Arrays.copyOfRange(src, off, off + len));
        assertThat(Arrays.copyOfRange(back, off + len, back.length)).containsOnly(0);
    }

    @Test
    void group_ofEachShortLength_takesEveryFourthByte_andUngroupUndoesIt() {
        byte[] src = VectorInput.random(1, 300);
        for (int len = 0; len <= 290; len++) {
            check(src, len % 7, len);
        }
    }

    @Property(tries = 100)
    void group_ofAnyLength_takesEveryFourthByte_andUngroupUndoesIt(
            @ForAll @IntRange(max = 131_072) int len, @ForAll @IntRange(max = 64) int off) {
        check(VectorInput.random(len, off + len), off, len);
    }
}
