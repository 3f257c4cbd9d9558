package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.xorb.XorbWriter;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LeftoverPoolTest {
    private static final UploadSettings LIMITS =
            UploadSettings.defaults().withXorbLimits(1 << 20, 8192).withMemory(8 << 20, 256 << 10);

    private final ByteBudget memory = new ByteBudget(200_000);
    private final LeftoverPool pool = new LeftoverPool(LIMITS, memory);

    private static OpenXorb leftover(int seed, int length) {
        OpenXorb xorb = new OpenXorb(XorbWriter.automatic());
        byte[] content = VectorInput.random(seed, length);
        xorb.add(new Chunk(XetHashes.chunkHash(content), length), content, 0);
        xorb.close();
        return xorb;
    }

    @Test
    void leftovers_areCountedUntilTheirXorbIsSent() {
        assertThat(pool.add(leftover(1, 50_000))).isNull();
        assertThat(pool.add(leftover(2, 60_000))).isNull();
        assertThat(memory.used()).isBetween(110_000L, 111_000L);

        try (LeftoverPool.Full full = Objects.requireNonNull(pool.take())) {
            assertThat(full.xorb().count()).isEqualTo(2);
            assertThat(memory.used()).isBetween(110_000L, 111_000L);
        }

        assertThat(memory.used()).isZero();
        assertThat(pool.take()).isNull();
    }

    @Test
    void leftoverThatMemoryHasNoRoomFor_takesThePoolAlong() {
        assertThat(pool.add(leftover(1, 110_000))).isNull();

        try (LeftoverPool.Full full = Objects.requireNonNull(pool.add(leftover(2, 100_000)))) {
            assertThat(full.xorb().count()).isEqualTo(2);
        }

        assertThat(memory.used()).isZero();
        assertThat(pool.add(leftover(3, 100_000))).isNull();
    }

    @Test
    void poolsOfOtherSessions_makeALeftoverGoAlone() {
        LeftoverPool other = new LeftoverPool(LIMITS, memory);
        assertThat(other.add(leftover(1, 120_000))).isNull();

        try (LeftoverPool.Full full = Objects.requireNonNull(pool.add(leftover(2, 100_000)))) {
            assertThat(full.xorb().unpackedBytes()).isEqualTo(100_000);
        }

        assertThat(memory.used()).isBetween(120_000L, 121_000L);
    }

    @Test
    void closedPool_holdsAndTakesNothing() {
        assertThat(pool.add(leftover(1, 50_000))).isNull();

        pool.close();
        pool.close();

        assertThat(memory.used()).isZero();
        assertThat(pool.add(leftover(2, 50_000))).isNull();
        assertThat(pool.take()).isNull();
        assertThat(memory.used()).isZero();
    }
}
