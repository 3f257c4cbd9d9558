package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
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

    private void writeLog(int number, byte[]... records) throws IOException {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        for (byte[] record : records) {
            log.writeBytes(record);
        }
        Files.write(IndexLog.path(folder, number), log.toByteArray());
    }

    @Test
    void listBehindADamagedTime_isOfUnknownAge_notOfTheAgeOfAnother() throws IOException {
        close();
        ContentHash old = new ContentHash(5, 6, 7, 8);
        ContentHash last = new ContentHash(9, 9, 9, 9);
        byte[] young = IndexRecord.time(NOW.getEpochSecond());
        byte[] list = IndexRecord.chunks(XORB, 0, chunks(1, 10));
        byte[] oldList = IndexRecord.chunks(old, 0, chunks(2, 10));
        byte[] lastList = IndexRecord.chunks(last, 0, chunks(3, 10));
        for (int at = 0; at < IndexRecord.HEADER; at++) {
            byte[] damaged = IndexRecord.time(NOW.minus(Duration.ofDays(100)).getEpochSecond());
            damaged[at] ^= 0x20;
            writeLog(1, young, list, damaged, oldList, young, lastList);
            open();
            assertThat(index.covers(old, 0, 10)).isTrue();
            assertThat(index.isStoredSince(old, NOW.minus(Duration.ofDays(50))))
                    .as("byte %d", at)
                    .isFalse();
            assertThat(index.isStoredSince(XORB, NOW.minus(Duration.ofDays(50))))
                    .isTrue();
            assertThat(index.isStoredSince(last, NOW.minus(Duration.ofDays(50))))
                    .isTrue();
            close();
        }
        open();
    }

    @Test
    void listAtTheFrontOfALog_isNotOfTheAgeOfTheLogBefore() throws IOException {
        close();
        writeLog(1, IndexRecord.time(NOW.getEpochSecond()), IndexRecord.chunks(XORB, 0, chunks(1, 10)));
        ContentHash second = new ContentHash(5, 6, 7, 8);
        writeLog(2, IndexRecord.chunks(second, 0, chunks(2, 10)));
        open();
        assertThat(index.isStoredSince(XORB, NOW.minusSeconds(1))).isTrue();
        assertThat(index.isStoredSince(second, Instant.ofEpochSecond(1))).isFalse();
    }

    @Test
    void clockThatGoesBack_isFollowed_alsoByWhatIsConfirmed() {
        ContentHash second = new ContentHash(5, 6, 7, 8);
        now.set(NOW.plus(Duration.ofDays(1)));
        index.addChunks(XORB, 0, chunks(1, 10));
        now.set(NOW);
        assertThat(index.isStoredSince(XORB, NOW.minusSeconds(1)))
                .as("in the future")
                .isFalse();
        index.addChunks(second, 0, chunks(2, 10));
        assertThat(index.isStoredSince(second, NOW.minusSeconds(1))).isTrue();
        index.addChunks(XORB, 0, chunks(1, 10));
        assertThat(index.isStoredSince(XORB, NOW.minusSeconds(1))).isTrue();
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
