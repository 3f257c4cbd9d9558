package io.hfmount.xet.xorb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class XorbBodyTest {
    private final SegmentPool pool = new SegmentPool(64 << 20);

    private static byte[] content(SplittableRandom random, int length) {
        byte[] content = new byte[length];
        random.nextBytes(content);
        return content;
    }

    @Property(tries = 100)
    void bodiesInTurn_holdWhatWasAdded_thoughTheyUseOneMemory(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<XorbBody> alive = new ArrayList<>();
        List<byte[]> expected = new ArrayList<>();
        for (int round = 0; round < 12; round++) {
            XorbBody body = new XorbBody(pool);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            for (int part = random.nextInt(1, 4); part > 0; part--) {
                XorbBody more = new XorbBody(pool);
                for (int adds = random.nextInt(4); adds > 0; adds--) {
                    byte[] bytes = content(random, random.nextInt(1, 3 * SegmentPool.SEGMENT_BYTES / 2));
                    int off = random.nextInt(bytes.length);
                    more.add(bytes, off, bytes.length - off);
                    whole.write(bytes, off, bytes.length - off);
                }
                more.trim();
                body.append(more);
            }
            alive.add(body);
            expected.add(whole.toByteArray());
            if (random.nextBoolean()) {
                int gone = random.nextInt(alive.size());
                alive.remove(gone).release();
                expected.remove(gone);
            }
            for (int i = 0; i < alive.size(); i++) {
                assertThat(alive.get(i).length()).isEqualTo(expected.get(i).length);
                assertThat(alive.get(i).bytes()).isEqualTo(expected.get(i));
            }
        }
    }

    @Test
    void lastReference_givesTheMemoryBack() {
        XorbBody body = new XorbBody(pool);
        body.add(new byte[2 * SegmentPool.SEGMENT_BYTES + 100], 0, 2 * SegmentPool.SEGMENT_BYTES + 100);
        body.trim();
        assertThat(pool.freeBytes()).isEqualTo(SegmentPool.SEGMENT_BYTES);

        body.retain();
        body.release();
        assertThat(pool.freeBytes()).isEqualTo(SegmentPool.SEGMENT_BYTES);
        body.release();

        assertThat(pool.freeBytes()).isEqualTo(3L * SegmentPool.SEGMENT_BYTES);
        assertThatThrownBy(body::retain).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(body::release).isInstanceOf(IllegalStateException.class);
        pool.clear();
        assertThat(pool.freeBytes()).isZero();
    }

    @Test
    void pool_keepsNoMoreThanItMay() {
        SegmentPool two = new SegmentPool(2L * SegmentPool.SEGMENT_BYTES);
        for (int i = 0; i < 5; i++) {
            two.give(new byte[SegmentPool.SEGMENT_BYTES]);
        }
        assertThat(two.freeBytes()).isEqualTo(2L * SegmentPool.SEGMENT_BYTES);
        assertThatThrownBy(() -> new SegmentPool(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
