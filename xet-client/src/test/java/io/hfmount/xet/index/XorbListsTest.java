package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
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

/** Xorbs whose list was learnt in pieces. */
class XorbListsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final ContentHash XORB = new ContentHash(1, 2, 3, 4);

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private DiskChunkIndex index;

    @BeforeEach
    void open() throws IOException {
        index = DiskChunkIndex.open(folder, DiskChunkIndex.MIN_BYTES, ChunkHints.MAX_BYTES, now::get);
    }

    @AfterEach
    void close() {
        index.close();
    }

    private static List<Chunk> chunks(int seed, int count) {
        Random random = new Random(seed);
        List<Chunk> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(new Chunk(
                    new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong()), 100));
        }
        return list;
    }

    @Test
    void piece_coversItselfAlone() {
        index.addChunks(XORB, 5, chunks(1, 10));
        assertThat(index.covers(XORB, 5, 15)).isTrue();
        assertThat(index.covers(XORB, 4, 15)).isFalse();
        assertThat(index.covers(XORB, 5, 16)).isFalse();
    }

    @Test
    void lastPieceLearnt_saysWhenStorageHadTheXorb() throws IOException {
        List<Chunk> chunks = chunks(1, 10);
        index.addChunks(XORB, 0, chunks.subList(0, 5));
        now.set(NOW.plus(Duration.ofDays(10)));
        index.addChunks(XORB, 5, chunks.subList(5, 10));
        for (int reopened = 0; reopened < 2; reopened++) {
            assertThat(index.isStoredSince(XORB, NOW.plus(Duration.ofDays(9)))).isTrue();
            assertThat(index.isStoredSince(XORB, NOW.plus(Duration.ofDays(11)))).isFalse();
            close();
            open();
        }
    }

    @Test
    void droppedLog_takesItsPiecesAlone() {
        List<Chunk> chunks = chunks(1, 10);
        index.addChunks(XORB, 0, chunks.subList(0, 5));
        for (int i = 0; i < 30; i++) {
            if (i == 25) {
                index.addChunks(XORB, 5, chunks.subList(5, 10));
            }
            index.addChunks(new ContentHash(i, 0, 0, 9), 0, chunks(100 + i, 1000));
        }
        assertThat(index.covers(XORB, 0, 5)).isFalse();
        assertThat(index.xorb(XORB).runs()).containsExactly(new KnownXorb.Run(5, chunks.subList(5, 10)));
    }
}
