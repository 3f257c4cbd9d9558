package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskChunkIndexTest {
    @TempDir
    Path folder;

    private DiskChunkIndex index;

    @BeforeEach
    void open() throws IOException {
        index = DiskChunkIndex.open(folder, 4 << 20);
    }

    @AfterEach
    void close() {
        index.close();
    }

    private void reopen() throws IOException {
        index.close();
        open();
    }

    private static ContentHash hash(long seed) {
        Random random = new Random(seed);
        return new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    private static List<Chunk> chunks(int seed, int count) {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chunks.add(new Chunk(hash(seed * 100_000L + i), 1 + (seed + i) % 131_072));
        }
        return chunks;
    }

    private static FileEntry file(int seed, int segments) {
        List<Segment> list = new ArrayList<>();
        List<ContentHash> verification = new ArrayList<>();
        for (int i = 0; i < segments; i++) {
            list.add(new Segment(hash(seed + i), 1000 + i, i, i + 3));
            verification.add(hash(-seed - i));
        }
        return new FileEntry(hash(seed), list, verification, seed % 2 == 0 ? hash(7) : null);
    }

    private List<Path> logs() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void wholeXorb_isCompleteAfterReopening() throws IOException {
        List<Chunk> chunks = chunks(1, 1000);
        ContentHash xorb = MerkleTree.xorbHash(chunks);
        index.addChunks(xorb, 0, chunks);
        reopen();

        KnownXorb known = index.xorb(xorb);

        assertThat(known.isComplete()).isTrue();
        assertThat(known.chunks(0, 1000)).isEqualTo(chunks);
        assertThat(index.covers(xorb, 0, 1000)).isTrue();
        assertThat(index.covers(xorb, 0, 1001)).isFalse();
    }

    @Test
    void listThatDoesNotMakeTheHash_isNotComplete() {
        List<Chunk> chunks = chunks(1, 10);
        index.addChunks(hash(5), 0, chunks);
        assertThat(index.xorb(hash(5)).isComplete()).isFalse();
        assertThat(index.xorb(hash(5)).covers(0, 10)).isTrue();
    }

    @Test
    void pieces_areJoined() throws IOException {
        List<Chunk> chunks = chunks(1, 100);
        ContentHash xorb = MerkleTree.xorbHash(chunks);
        index.addChunks(xorb, 60, chunks.subList(60, 80));
        index.addChunks(xorb, 10, chunks.subList(10, 30));
        index.addChunks(xorb, 25, chunks.subList(25, 40));
        reopen();

        KnownXorb known = index.xorb(xorb);

        assertThat(known.runs()).extracting(KnownXorb.Run::start).containsExactly(10, 60);
        assertThat(known.chunks(10, 40)).isEqualTo(chunks.subList(10, 40));
        assertThat(known.covers(10, 41)).isFalse();
        assertThat(known.covers(39, 60)).isFalse();
        assertThatThrownBy(() -> known.chunks(0, 11)).isInstanceOf(IllegalArgumentException.class);

        index.addChunks(xorb, 0, chunks.subList(0, 70));
        index.addChunks(xorb, 80, chunks.subList(80, 100));
        assertThat(index.xorb(xorb).isComplete()).isTrue();
    }

    @Test
    void manyPieces_areWrittenAnewAsOne() throws IOException {
        List<Chunk> chunks = chunks(3, 200);
        ContentHash xorb = MerkleTree.xorbHash(chunks);
        for (int i = 0; i < 200; i += 2) {
            index.addChunks(xorb, i, chunks.subList(i, i + 2));
        }
        assertThat(index.covers(xorb, 0, 190)).isTrue();
        reopen();
        assertThat(index.xorb(xorb).isComplete()).isTrue();
    }

    @Test
    void contradiction_dropsTheXorb() throws IOException {
        index.addChunks(hash(1), 0, chunks(1, 10));
        index.addChunks(hash(1), 5, chunks(2, 10));
        assertThat(index.xorb(hash(1)).runs()).isEmpty();
        reopen();
        assertThat(index.xorb(hash(1)).runs()).isEmpty();
    }

    @Test
    void files_areKeptReplacedAndForgotten() throws IOException {
        FileEntry odd = file(1, 3);
        FileEntry even = file(2, 50);
        FileEntry empty = new FileEntry(ContentHash.ZERO, List.of(), List.of(), null);
        index.addFile(odd);
        index.addFile(even);
        index.addFile(empty);
        index.addFile(file(3, 2));
        index.forgetFile(hash(3));
        FileEntry replaced = new FileEntry(odd.hash(), odd.segments().subList(0, 1), List.of(), null);
        index.addFile(replaced);
        reopen();

        assertThat(index.file(odd.hash())).isEqualTo(replaced);
        assertThat(index.file(even.hash())).isEqualTo(even);
        assertThat(index.file(ContentHash.ZERO)).isEqualTo(empty);
        assertThat(index.file(hash(3))).isNull();
        assertThat(index.file(hash(4))).isNull();
    }

    @Test
    void forgottenXorb_staysForgottenAndCanBeLearntAgain() throws IOException {
        index.addChunks(hash(1), 0, chunks(1, 10));
        index.forgetXorb(hash(1));
        reopen();
        assertThat(index.xorb(hash(1)).runs()).isEmpty();
        index.addChunks(hash(1), 0, chunks(1, 10));
        reopen();
        assertThat(index.xorb(hash(1)).covers(0, 10)).isTrue();
    }

    @Test
    void fullIndex_dropsTheOldestFirst() throws IOException {
        int count = 60;
        for (int i = 0; i < count; i++) {
            index.addChunks(hash(i), 0, chunks(i, 4000));
        }
        assertThat(index.bytes()).isLessThanOrEqualTo(4 << 20);
        assertThat(index.xorb(hash(0)).runs()).isEmpty();
        assertThat(index.xorb(hash(count - 1)).covers(0, 4000)).isTrue();
        long onDisk = 0;
        for (Path log : logs()) {
            onDisk += Files.size(log);
        }
        assertThat(onDisk).isEqualTo(index.bytes());
        reopen();
        assertThat(index.xorb(hash(0)).runs()).isEmpty();
        assertThat(index.xorb(hash(count - 1)).chunks(0, 4000)).isEqualTo(chunks(count - 1, 4000));
    }

    @Test
    void anyFlippedByte_losesAtMostItsRecord() throws IOException {
        List<FileEntry> files = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            index.addChunks(hash(i), i, chunks(i, 5));
            files.add(file(100 + 10 * i, 3));
            index.addFile(files.get(i));
        }
        index.close();
        Path log = logs().getFirst();
        byte[] sound = Files.readAllBytes(log);
        Random random = new Random(42);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = sound.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
            Files.write(log, damaged);
            open();
            int lost = 0;
            for (int i = 0; i < 12; i++) {
                KnownXorb known = index.xorb(hash(i));
                if (known.runs().isEmpty()) {
                    lost++;
                } else {
                    assertThat(known.chunks(i, i + 5)).isEqualTo(chunks(i, 5));
                }
                FileEntry entry = index.file(files.get(i).hash());
                if (entry == null) {
                    lost++;
                } else {
                    assertThat(entry).isEqualTo(files.get(i));
                }
            }
            assertThat(lost).as("round %d", round).isLessThanOrEqualTo(1);
            if (lost == 0) {
                assertThat(index.isStoredSince(hash(0), Instant.EPOCH.plusSeconds(1)))
                        .as("round %d: age is lost", round)
                        .isFalse();
            }
            index.close();
            for (Path other : logs()) {
                if (!other.equals(log)) {
                    Files.delete(other);
                }
            }
        }
        open();
    }

    @Test
    void cutLog_losesOnlyWhatIsCut() throws IOException {
        index.addChunks(hash(1), 0, chunks(1, 10));
        index.addChunks(hash(2), 0, chunks(2, 10));
        index.close();
        Path log = logs().getFirst();
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.setLength(file.length() - 1);
        }
        open();
        index.addChunks(hash(3), 0, chunks(3, 10));
        reopen();
        assertThat(index.xorb(hash(1)).covers(0, 10)).isTrue();
        assertThat(index.covers(hash(2), 0, 10)).isFalse();
        assertThat(index.xorb(hash(2)).runs()).isEmpty();
        assertThat(index.xorb(hash(3)).covers(0, 10)).isTrue();
    }

    @Test
    void damageWhileOpen_isNoticedOnReading() throws IOException {
        index.addChunks(hash(1), 0, chunks(1, 10));
        Path log = logs().getLast();
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.seek(file.length() - 5);
            file.write(0x55);
            file.write(0xAA);
        }
        assertThat(index.xorb(hash(1)).runs()).isEmpty();
        assertThat(index.covers(hash(1), 0, 10)).isFalse();
    }

    @Test
    void garbageLogs_areNoReasonToFail() throws IOException {
        index.close();
        byte[] garbage = new byte[200_000];
        new Random(1).nextBytes(garbage);
        Files.write(logs().getFirst(), garbage);
        Files.writeString(folder.resolve("notes.txt"), "mine");
        open();
        index.addChunks(hash(1), 0, chunks(1, 10));
        reopen();
        assertThat(index.xorb(hash(1)).covers(0, 10)).isTrue();
        assertThat(folder.resolve("notes.txt")).hasContent("mine");
    }

    @Test
    void closedIndex_knowsNothingAndTakesNothing() {
        index.addChunks(hash(1), 0, chunks(1, 10));
        index.close();
        index.addChunks(hash(2), 0, chunks(2, 10));
        assertThat(index.xorb(hash(1)).runs()).isEmpty();
    }

    @Test
    void tooSmallLimit_isRefused() {
        assertThatThrownBy(() -> DiskChunkIndex.open(folder, 1000)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void listsInUse_outliveManyRecordsOfFiles_unusedOnesDoNot() throws IOException {
        index.addChunks(hash(1), 0, chunks(1, 1_000));
        index.addChunks(hash(2), 0, chunks(2, 1_000));
        for (int i = 0; i < 200; i++) {
            // Edited again and again: each time its lists are read and another version of it is registered.
            assertThat(index.xorb(hash(1)).chunks(0, 1_000)).isEqualTo(chunks(1, 1_000));
            index.addFile(file(i, 500));
            assertThat(index.bytes()).isLessThanOrEqualTo(4 << 20);
        }
        assertThat(index.covers(hash(2), 0, 1_000)).isFalse();
        reopen();
        assertThat(index.xorb(hash(1)).chunks(0, 1_000)).isEqualTo(chunks(1, 1_000));
    }

    @Test
    void moreListsInUseThanFit_areDroppedByAge() {
        for (int i = 0; i < 200; i++) {
            index.addChunks(hash(i), 0, chunks(i, 1_000));
            for (int used = 0; used <= i; used += 7) {
                index.xorb(hash(used));
            }
            assertThat(index.bytes()).isLessThanOrEqualTo(4 << 20);
        }
        assertThat(index.covers(hash(199), 0, 1_000)).isTrue();
    }

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private void reopenAt(AtomicReference<Instant> now) throws IOException {
        index.close();
        index = DiskChunkIndex.open(folder, 4 << 20, ChunkHints.MAX_BYTES, now::get);
    }

    @Test
    void everyChunk_leadsToItsXorb_alsoAfterReopening_untilThatIsForgotten() throws IOException {
        assertThat(index.holder(hash(1), Instant.EPOCH)).isNull();
        for (int i = 0; i < 10; i++) {
            index.addChunks(hash(-i), i, chunks(i, 500));
            if (i == 5) {
                reopen();
            }
            if (i == 7) {
                assertThat(index.holder(chunks(7, 500).get(1).hash(), Instant.EPOCH))
                        .isEqualTo(hash(-7));
            }
        }
        index.forgetXorb(hash(-3));
        for (int i = 0; i < 10; i++) {
            ContentHash xorb = i == 3 ? null : hash(-i);
            assertThat(chunks(i, 500))
                    .allSatisfy(chunk -> assertThat(index.holder(chunk.hash(), Instant.EPOCH))
                            .isEqualTo(xorb));
        }
        assertThat(index.holder(hash(12345678), Instant.EPOCH)).isNull();
    }

    @Test
    void dropsOfTheOldest_takeTheirChunksAlong_exceptListsInUse() {
        for (int i = 0; i < 60; i++) {
            index.addChunks(hash(-i), 0, chunks(i, 4000));
            assertThat(index.holder(chunks(i, 1).getFirst().hash(), Instant.EPOCH))
                    .isEqualTo(hash(-i));
            index.xorb(hash(-1));
        }
        assertThat(index.holder(chunks(0, 1).getFirst().hash(), Instant.EPOCH)).isNull();
        assertThat(index.holder(chunks(1, 4000).getLast().hash(), Instant.EPOCH))
                .isEqualTo(hash(-1));
    }

    @Test
    void whatWasLearntBefore_isNotSaidToBeStored_unlessItWasConfirmed() throws IOException {
        AtomicReference<Instant> now = new AtomicReference<>(NOW);
        reopenAt(now);
        for (int i = 0; i < 4; i++) {
            index.addChunks(hash(-i), 0, chunks(i, 10));
        }
        now.set(NOW.plus(Duration.ofDays(10)));
        index.addChunks(hash(-1), 0, chunks(1, 10));
        index.addFile(new FileEntry(hash(77), List.of(new Segment(hash(-2), 10, 0, 3)), List.of(hash(5)), null));
        index.addChunks(hash(-9), 0, chunks(9, 10));
        for (int reopened = 0; reopened < 2; reopened++) {
            Instant since = NOW.plus(Duration.ofDays(5));
            assertThat(index.isStoredSince(hash(-0), since)).isFalse();
            assertThat(index.holder(chunks(0, 1).getFirst().hash(), since)).isNull();
            for (int i : new int[] {1, 2, 9}) {
                assertThat(index.isStoredSince(hash(-i), since)).isTrue();
                assertThat(index.holder(chunks(i, 1).getFirst().hash(), since)).isEqualTo(hash(-i));
                assertThat(index.xorb(hash(-i)).chunks(0, 10)).isEqualTo(chunks(i, 10));
            }
            assertThat(index.isStoredSince(hash(-3), NOW.minusSeconds(1))).isTrue();
            reopenAt(now);
        }
        now.set(NOW.minus(Duration.ofDays(1)));
        assertThat(index.isStoredSince(hash(-9), Instant.EPOCH))
                .as("learnt in the future")
                .isFalse();
    }

    @Test
    void secondChance_makesNothingYounger() throws IOException {
        AtomicReference<Instant> now = new AtomicReference<>(NOW);
        reopenAt(now);
        index.addChunks(hash(-1), 0, chunks(1, 1000));
        now.set(NOW.plus(Duration.ofDays(30)));
        for (int i = 2; i < 200; i++) {
            index.xorb(hash(-1));
            index.addChunks(hash(-i), 0, chunks(i, 1000));
        }
        assertThat(index.covers(hash(-1), 0, 1000)).isTrue();
        for (int reopened = 0; reopened < 2; reopened++) {
            assertThat(index.isStoredSince(hash(-1), NOW.plus(Duration.ofDays(1))))
                    .isFalse();
            assertThat(index.isStoredSince(hash(-1), NOW.minusSeconds(1))).isTrue();
            assertThat(index.isStoredSince(hash(-199), NOW.plus(Duration.ofDays(29))))
                    .isTrue();
            reopenAt(now);
        }
    }

    @Test
    void listsOfUnknownAge_areNotSaidToBeStored() throws IOException {
        index.close();
        Files.write(logs().getFirst(), IndexRecord.chunks(hash(1), 0, chunks(1, 10)));
        open();
        assertThat(index.covers(hash(1), 0, 10)).isTrue();
        assertThat(index.holder(chunks(1, 1).getFirst().hash(), Instant.EPOCH.plusSeconds(1)))
                .isNull();
    }

    @Test
    void indexOfAnotherScope_isDropped_thatOfTheSameIsKept() throws IOException {
        index.close();
        for (String scope : List.of("a", "b", "b")) {
            boolean known = scope.equals("b") && Files.exists(folder.resolve("mark"));
            index = DiskChunkIndex.open(folder, 4 << 20, scope);
            assertThat(index.covers(hash(1), 0, 10)).isEqualTo(known);
            index.addChunks(hash(1), 0, chunks(1, 10));
            index.close();
            if (scope.equals("b")) {
                Files.writeString(folder.resolve("mark"), "");
            }
        }
        assertThat(folder.resolve("mark")).exists();
        open();
    }

    @Test
    void damagedList_leadsNowhere() throws IOException {
        index.addChunks(hash(1), 0, chunks(1, 10));
        index.addChunks(hash(2), 0, chunks(2, 10));
        index.close();
        byte[] log = Files.readAllBytes(logs().getFirst());
        log[log.length - 100] ^= 1;
        Files.write(logs().getFirst(), log);
        open();
        assertThat(index.holder(chunks(1, 1).getFirst().hash(), Instant.EPOCH)).isEqualTo(hash(1));
        assertThat(index.holder(chunks(2, 1).getFirst().hash(), Instant.EPOCH)).isNull();
    }
}
