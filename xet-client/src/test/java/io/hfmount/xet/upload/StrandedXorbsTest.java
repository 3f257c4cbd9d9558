package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StrandedXorbsTest {
    private final StrandedXorbs stranded = new StrandedXorbs(10, Duration.ofDays(1), () -> Instant.EPOCH);

    private static ContentHash hash(int id) {
        return new ContentHash(id, id, id, id);
    }

    private static List<Chunk> chunks(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(id -> new Chunk(hash(id), 10))
                .toList();
    }

    @Test
    void moreChunksThanFit_pushOutTheOldest() {
        stranded.add(hash(1_000), chunks(0, 6));
        stranded.add(hash(1_001), chunks(100, 6));
        assertThat(stranded.chunks(hash(1_000))).isNull();
        assertThat(stranded.find(chunks(0, 6), 0, 6)).isNull();
        assertThat(stranded.chunks(hash(1_001))).isEqualTo(chunks(100, 6));
        assertThat(stranded.find(chunks(100, 6), 0, 6).count()).isEqualTo(6);

        stranded.add(hash(1_002), chunks(200, 11));
        assertThat(stranded.chunks(hash(1_002))).isNull();
        assertThat(stranded.find(chunks(200, 11), 0, 11)).isNull();
    }

    @Test
    void forgottenOrCleared_isNotFound() {
        stranded.add(hash(1_000), chunks(0, 4));
        stranded.add(hash(1_001), chunks(100, 4));
        stranded.forget(hash(1_000));
        assertThat(stranded.find(chunks(0, 4), 0, 4)).isNull();
        stranded.clear();
        assertThat(stranded.find(chunks(100, 4), 0, 4)).isNull();
        assertThat(stranded.chunks(hash(1_001))).isNull();
    }
}
