package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ChunkHintsTest {
    private static final long MOST = 64 << 10;

    private static ContentHash hash(Random random) {
        return new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    @Property(tries = 50)
    void chunksOfLivingXorbs_areFound_othersAreNot(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int xorbs) {
        Random random = new Random(seed);
        ChunkHints hints = new ChunkHints(MOST);
        Map<ContentHash, ContentHash> expected = new HashMap<>();
        for (int i = 0; i < xorbs; i++) {
            ContentHash xorb = hash(random);
            for (int chunk = random.nextInt(100); chunk >= 0; chunk--) {
                ContentHash hash = hash(random);
                hints.add(xorb, hash);
                expected.put(hash, xorb);
            }
            if (random.nextInt(4) == 0) {
                hints.remove(xorb);
                expected.values().removeIf(xorb::equals);
            }
        }
        expected.forEach((chunk, xorb) -> assertThat(hints.xorbOf(chunk)).isEqualTo(xorb));
        for (int i = 0; i < 1000; i++) {
            assertThat(hints.xorbOf(hash(random))).isNull();
        }
    }

    @Test
    void moreChunksThanFit_areKnownThinly_fromFirstToLast() {
        Random random = new Random(1);
        ChunkHints hints = new ChunkHints(MOST);
        ContentHash[] chunks = new ContentHash[100_000];
        ContentHash xorb = hash(random);
        for (int i = 0; i < chunks.length; i++) {
            chunks[i] = hash(random);
            xorb = i % 1000 == 0 ? hash(random) : xorb;
            hints.add(xorb, chunks[i]);
        }
        assertThat(hints.bytes()).isEqualTo(MOST);
        assertThat(hints.thinning()).isEqualTo(32);
        for (int part = 0; part < 10; part++) {
            int found = 0;
            for (int i = part * 10_000; i < (part + 1) * 10_000; i++) {
                found += hints.xorbOf(chunks[i]) != null ? 1 : 0;
            }
            assertThat(found).as("part %d", part).isBetween(220, 410);
        }
    }

    @Test
    void xorbsThatComeAndGo_leaveRoomForOthers() {
        Random random = new Random(2);
        ChunkHints hints = new ChunkHints(MOST);
        for (int i = 0; i < 20_000; i++) {
            ContentHash xorb = hash(random);
            ContentHash chunk = hash(random);
            for (int more = 0; more < 20; more++) {
                hints.add(xorb, hash(random));
            }
            hints.add(xorb, chunk);
            assertThat(hints.xorbOf(chunk)).isEqualTo(xorb);
            hints.remove(xorb);
            assertThat(hints.xorbOf(chunk)).isNull();
        }
        assertThat(hints.thinning()).isEqualTo(1);
    }

    @Test
    void chunksOfXorbsThatAreGone_leadToNoOther() {
        Random random = new Random(4);
        ChunkHints hints = new ChunkHints(1 << 20);
        ContentHash[] gone = new ContentHash[1_100];
        for (int i = 0; i < gone.length; i++) {
            gone[i] = hash(random);
            ContentHash xorb = hash(random);
            hints.add(xorb, gone[i]);
            hints.remove(xorb);
        }
        for (int i = 0; i < 3_000; i++) {
            hints.add(hash(random), hash(random));
        }
        assertThat(gone).allSatisfy(chunk -> assertThat(hints.xorbOf(chunk)).isNull());
    }

    @Test
    void chunkOfTwoXorbs_isTheLastOnes_andKnownAgainWhenItIsLearntAgain() {
        Random random = new Random(3);
        ChunkHints hints = new ChunkHints(MOST);
        ContentHash chunk = hash(random);
        ContentHash first = hash(random);
        ContentHash second = hash(random);
        hints.add(first, chunk);
        hints.add(second, chunk);
        assertThat(hints.xorbOf(chunk)).isEqualTo(second);
        hints.remove(second);
        assertThat(hints.xorbOf(chunk)).isNull();
        hints.add(first, chunk);
        assertThat(hints.xorbOf(chunk)).isEqualTo(first);
    }
}
