package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class XorbDirectoryTest {
    private static final Instant NOW = Instant.EPOCH;
    private static final Instant LATER = NOW.plusSeconds(10);

    private static ContentHash hash(int id) {
        return new ContentHash(id, id, id, id);
    }

    private static List<ContentHash> hashes(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(XorbDirectoryTest::hash)
                .toList();
    }

    private static List<Chunk> chunks(int from, int count) {
        return hashes(from, count).stream().map(h -> new Chunk(h, 10)).toList();
    }

    @Test
    void longestRun_endsWhereXorbOrQuestionEnds() {
        XorbDirectory directory = new XorbDirectory(100);
        directory.add(hash(1000), hashes(1, 10), LATER);
        assertThat(directory.find(chunks(4, 20), 0, 20, NOW))
                .isEqualTo(new KnownRun(hash(1000), 3, 7, KnownRun.Source.SESSION));
        assertThat(directory.find(chunks(4, 20), 1, 3, NOW))
                .isEqualTo(new KnownRun(hash(1000), 4, 2, KnownRun.Source.SESSION));
        assertThat(directory.find(chunks(11, 5), 0, 5, NOW)).isNull();
    }

    @Test
    void longestRun_endsWhereAChunkIsAnother() {
        XorbDirectory directory = new XorbDirectory(100);
        directory.add(hash(1000), hashes(1, 10), LATER);
        List<Chunk> changed = new ArrayList<>(chunks(1, 10));
        changed.set(4, new Chunk(hash(99), 10));
        assertThat(directory.find(changed, 0, 10, NOW))
                .isEqualTo(new KnownRun(hash(1000), 0, 4, KnownRun.Source.SESSION));
        assertThat(directory.find(changed, 4, 10, NOW)).isNull();
        assertThat(directory.find(changed, 5, 10, NOW))
                .isEqualTo(new KnownRun(hash(1000), 5, 5, KnownRun.Source.SESSION));
    }

    @Test
    void shorterExpiry_changesNothing() {
        XorbDirectory directory = new XorbDirectory(100);
        directory.add(hash(1000), hashes(1, 10), LATER);
        directory.add(hash(1000), hashes(1, 10), LATER.minusSeconds(5));
        assertThat(directory.find(chunks(1, 1), 0, 1, LATER.minusSeconds(1))).isNotNull();
    }

    @Test
    void expiredXorb_isNotFoundAndDropped() {
        XorbDirectory directory = new XorbDirectory(100);
        directory.add(hash(1000), hashes(1, 10), LATER);
        assertThat(directory.find(chunks(1, 1), 0, 1, LATER)).isNull();
        assertThat(directory.chunkCount()).isZero();
    }

    @Test
    void fullDirectory_dropsTheOldest() {
        XorbDirectory directory = new XorbDirectory(25);
        directory.add(hash(1000), hashes(1, 10), LATER);
        directory.add(hash(1001), hashes(101, 10), LATER);
        directory.add(hash(1002), hashes(201, 10), LATER);
        directory.add(hash(1003), hashes(301, 26), LATER);
        assertThat(directory.chunkCount()).isEqualTo(20);
        assertThat(directory.find(chunks(1, 1), 0, 1, NOW)).isNull();
        assertThat(directory.find(chunks(101, 1), 0, 1, NOW)).isNotNull();
        assertThat(directory.find(chunks(301, 1), 0, 1, NOW)).isNull();
    }

    @Test
    void sharedChunk_isFoundInTheXorbThatRemains() {
        XorbDirectory directory = new XorbDirectory(100);
        directory.add(hash(1000), hashes(1, 10), LATER);
        directory.add(hash(1001), hashes(5, 10), LATER);
        assertThat(directory.find(chunks(5, 1), 0, 1, NOW).xorb()).isEqualTo(hash(1000));
        directory.remove(hash(1001));
        assertThat(directory.find(chunks(5, 1), 0, 1, NOW).xorb()).isEqualTo(hash(1000));
        assertThat(directory.find(chunks(12, 1), 0, 1, NOW)).isNull();
    }

    @Test
    void keyedHashes_areFoundByPlainOnes() {
        ContentHash key = hash(77);
        XorbDirectory directory = new XorbDirectory(key, 100);
        directory.add(
                hash(1000),
                hashes(1, 10).stream().map(h -> XetHashes.hmac(h, key)).toList(),
                LATER);
        assertThat(directory.find(chunks(3, 4), 0, 4, NOW))
                .isEqualTo(new KnownRun(hash(1000), 2, 4, KnownRun.Source.SESSION));
    }

    @Test
    void longerExpiry_replacesTheEntry() {
        XorbDirectory directory = new XorbDirectory(100);
        directory.add(hash(1000), hashes(1, 10), LATER);
        directory.add(hash(1000), hashes(1, 10), LATER.plusSeconds(5));
        assertThat(directory.find(chunks(1, 1), 0, 1, LATER)).isNotNull();
        assertThat(directory.chunkCount()).isEqualTo(10);
    }
}
