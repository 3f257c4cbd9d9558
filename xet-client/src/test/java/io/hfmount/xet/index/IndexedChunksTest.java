package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.upload.KnownRun;
import io.hfmount.xet.upload.KnownRun.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexedChunksTest {
    private static final Duration LIFETIME = Duration.ofDays(21);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private DiskChunkIndex index;
    private IndexedChunks chunks;

    @BeforeEach
    void open() throws IOException {
        open(ChunkHints.MAX_BYTES);
    }

    private void open(long hintBytes) throws IOException {
        index = DiskChunkIndex.open(folder, 64 << 20, hintBytes, now::get);
        chunks = new IndexedChunks(index, LIFETIME, now::get);
    }

    @AfterEach
    void close() {
        index.close();
    }

    private static ContentHash xorb(int number) {
        return new ContentHash(number, 0, 0, 7);
    }

    private static List<Chunk> list(int seed, int count) {
        Random random = new Random(seed);
        List<Chunk> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(new Chunk(
                    new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong()),
                    1 + random.nextInt(100_000)));
        }
        return list;
    }

    private KnownRun find(List<Chunk> list, int from, int to) {
        chunks.prepare(list);
        return chunks.find(list, from, to);
    }

    @Test
    void run_isTheLongestThatListAndQuestionHaveInCommon() {
        List<Chunk> stored = list(1, 50);
        index.addChunks(xorb(1), 5, stored);
        assertThat(find(stored, 10, 20)).isEqualTo(new KnownRun(xorb(1), 15, 10, Source.INDEX));
        List<Chunk> changed = new ArrayList<>(stored);
        changed.set(30, list(2, 1).getFirst());
        assertThat(find(changed, 10, 50)).isEqualTo(new KnownRun(xorb(1), 15, 20, Source.INDEX));
        assertThat(find(changed, 30, 50)).isNull();
        assertThat(find(changed, 31, 50)).isEqualTo(new KnownRun(xorb(1), 36, 19, Source.INDEX));
        List<Chunk> longer = new ArrayList<>(stored);
        longer.addAll(list(3, 5));
        assertThat(find(longer, 40, 55)).isEqualTo(new KnownRun(xorb(1), 45, 10, Source.INDEX));
    }

    @Test
    void gapInAList_endsARun() {
        List<Chunk> stored = list(1, 50);
        index.addChunks(xorb(1), 0, stored.subList(0, 20));
        index.addChunks(xorb(1), 21, stored.subList(20, 40));
        assertThat(find(stored, 10, 40)).isEqualTo(new KnownRun(xorb(1), 10, 10, Source.INDEX));
        assertThat(find(stored, 20, 40)).isEqualTo(new KnownRun(xorb(1), 21, 20, Source.INDEX));
    }

    @Test
    void repeatedChunk_isFoundWhereTheLastRunEnded() {
        List<Chunk> stored = new ArrayList<>(list(1, 10));
        stored.set(6, stored.get(2));
        index.addChunks(xorb(1), 0, stored);
        chunks.prepare(stored);
        assertThat(chunks.find(stored, 0, 6).count()).isEqualTo(6);
        assertThat(chunks.find(stored, 6, 10)).isEqualTo(new KnownRun(xorb(1), 6, 4, Source.INDEX));
    }

    @Test
    void chunkOfTheSameHashAndAnotherLength_isUnknown() {
        Chunk stored = new Chunk(xorb(3), 10);
        index.addChunks(xorb(1), 0, List.of(stored));
        assertThat(find(List.of(new Chunk(xorb(3), 11)), 0, 1)).isNull();
        assertThat(find(List.of(stored), 0, 1)).isNotNull();
    }

    @Test
    void chunkThatSharesTheHintOfAnother_isUnknown() {
        List<Chunk> stored = list(1, 10);
        index.addChunks(xorb(1), 0, stored);
        ContentHash hash = stored.get(4).hash();
        Chunk alike = new Chunk(new ContentHash(hash.w0(), hash.w1(), hash.w2(), hash.w3() + 1), 100);
        assertThat(find(List.of(alike), 0, 1)).isNull();
    }

    @Test
    void oldKnowledge_isNotUsed_untilItIsConfirmed() {
        List<Chunk> stored = list(1, 10);
        index.addChunks(xorb(1), 0, stored);
        assertThat(find(stored, 0, 10)).isNotNull();
        now.set(NOW.plus(LIFETIME).plusSeconds(1));
        assertThat(find(stored, 0, 10)).isNull();
        index.addChunks(xorb(1), 0, stored);
        assertThat(find(stored, 0, 10)).isEqualTo(new KnownRun(xorb(1), 0, 10, Source.INDEX));
    }

    @Test
    void forgottenXorb_isUnknown_alsoWhenItsListWasJustUsed() {
        List<Chunk> stored = list(1, 10);
        index.addChunks(xorb(1), 0, stored);
        index.addChunks(xorb(2), 0, stored);
        assertThat(find(stored, 0, 10).xorb()).isEqualTo(xorb(2));
        chunks.forget(xorb(2));
        assertThat(index.covers(xorb(2), 0, 1)).isFalse();
        assertThat(chunks.find(stored, 0, 10)).isNull();
        index.forgetXorb(xorb(1));
        assertThat(find(stored, 0, 10)).isNull();
    }

    @Test
    void thinHints_findNearlyAllOfLongLists() throws IOException {
        close();
        open(16 << 10);
        int xorbs = 200;
        for (int i = 0; i < xorbs; i++) {
            index.addChunks(xorb(i), 0, list(i, 128));
        }
        // Every 16th chunk or so leads to its list; blocks of 64 as an upload asks.
        int found = 0;
        for (int i = 0; i < xorbs; i++) {
            List<Chunk> asked = list(i, 128);
            for (int block = 0; block < 128; block += 64) {
                List<Chunk> part = asked.subList(block, block + 64);
                chunks.prepare(part);
                for (int at = 0; at < 64; ) {
                    KnownRun run = chunks.find(part, at, 64);
                    found += run == null ? 0 : run.count();
                    at += run == null ? 1 : run.count();
                }
            }
        }
        assertThat(found).isGreaterThan(xorbs * 128 * 9 / 10);
    }
}
