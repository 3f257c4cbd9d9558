package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DedupCacheTest {
    private static final Instant LATER = Instant.EPOCH.plusSeconds(10);

    private final DedupCache cache = new DedupCache(1_000, () -> Instant.EPOCH);

    private static ContentHash hash(int id) {
        return new ContentHash(id, id, id, id);
    }

    private KnownRun find(int chunk) {
        return cache.find(List.of(new Chunk(hash(chunk), 10)), 0, 1);
    }

    private void addKeyed(int key, int xorb, int chunk) {
        cache.add(hash(key), hash(xorb), List.of(XetHashes.hmac(hash(chunk), hash(key))), LATER);
    }

    @Test
    void answersUnderManyKeys_leaveTheLastEight() {
        for (int i = 0; i < 9; i++) {
            addKeyed(1_000 + i, 100 + i, i);
        }
        assertThat(find(0)).isNull();
        for (int i = 1; i < 9; i++) {
            assertThat(find(i).xorb()).isEqualTo(hash(100 + i));
        }
    }

    @Test
    void cleared_knowsNothing_underNoKey() {
        addKeyed(1_000, 100, 1);
        cache.add(ContentHash.ZERO, hash(101), List.of(hash(2)), LATER);
        cache.clear();
        assertThat(find(1)).isNull();
        assertThat(find(2)).isNull();
    }

    @Test
    void doubtedXorb_isNotFoundByAnyKey_untilItIsRegistered() {
        addKeyed(1_000, 100, 1);
        cache.add(ContentHash.ZERO, hash(100), List.of(hash(1)), LATER);
        cache.add(ContentHash.ZERO, hash(101), List.of(hash(2)), LATER);
        cache.doubt(hash(100));
        addKeyed(1_001, 100, 1);
        cache.add(ContentHash.ZERO, hash(100), List.of(hash(1)), LATER);
        assertThat(find(1)).isNull();
        assertThat(find(2)).isNotNull();

        cache.addRegistered(hash(100), List.of(hash(1)), LATER);
        assertThat(find(1).xorb()).isEqualTo(hash(100));
    }
}
