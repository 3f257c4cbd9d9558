package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.upload.KnownRun;
import io.hfmount.xet.upload.KnownRun.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lists that {@link IndexedChunks} keeps in memory: which, how many, and when they count no more. */
class ListsInMemoryTest {
    @TempDir
    Path folder;

    private DiskChunkIndex disk;
    private IndexedChunks chunks;
    private int reads;

    @BeforeEach
    void open() throws IOException {
        disk = DiskChunkIndex.open(folder, 64 << 20);
        chunks = new IndexedChunks(counting(disk), Duration.ofDays(1), InstantSource.system());
    }

    @AfterEach
    void close() {
        disk.close();
    }

    private ChunkIndex counting(ChunkIndex index) {
        return new ChunkIndex() {
            @Override
            public void addChunks(ContentHash xorb, int chunkStart, List<Chunk> list) {
                index.addChunks(xorb, chunkStart, list);
            }

            @Override
            public boolean covers(ContentHash xorb, int from, int to) {
                return index.covers(xorb, from, to);
            }

            @Override
            public KnownXorb xorb(ContentHash xorb) {
                reads++;
                return index.xorb(xorb);
            }

            @Override
            public @Nullable ContentHash holder(ContentHash chunk, Instant since) {
                return index.holder(chunk, since);
            }

            @Override
            public boolean isStoredSince(ContentHash xorb, Instant since) {
                return index.isStoredSince(xorb, since);
            }

            @Override
            public void addFile(FileEntry file) {
                index.addFile(file);
            }

            @Override
            public @Nullable FileEntry file(ContentHash file) {
                return index.file(file);
            }

            @Override
            public void forgetFile(ContentHash file) {
                index.forgetFile(file);
            }

            @Override
            public void forgetXorb(ContentHash xorb) {
                index.forgetXorb(xorb);
            }

            @Override
            public void close() {
                index.close();
            }
        };
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

    private @Nullable KnownRun find(List<Chunk> list, int from, int to) {
        chunks.prepare(list);
        return chunks.find(list, from, to);
    }

    @Test
    void pieces_ofTwoXorbsByTurns_areFoundInTheirOwn() {
        List<Chunk> first = list(1, 10);
        List<Chunk> second = list(2, 10);
        disk.addChunks(xorb(1), 0, first);
        disk.addChunks(xorb(2), 0, second);
        List<Chunk> mixed = List.of(first.get(3), second.get(5), first.get(7), first.get(8), second.get(1));
        chunks.prepare(mixed);
        assertThat(chunks.find(mixed, 0, 5)).isEqualTo(new KnownRun(xorb(1), 3, 1, Source.INDEX));
        assertThat(chunks.find(mixed, 1, 5)).isEqualTo(new KnownRun(xorb(2), 5, 1, Source.INDEX));
        assertThat(chunks.find(mixed, 2, 5)).isEqualTo(new KnownRun(xorb(1), 7, 2, Source.INDEX));
        assertThat(chunks.find(mixed, 4, 5)).isEqualTo(new KnownRun(xorb(2), 1, 1, Source.INDEX));
        assertThat(reads).isEqualTo(2);
    }

    @Test
    void chunkThatSharesTheHintOfAnother_readsItsListOnce_andIsUnknown() {
        List<Chunk> stored = list(1, 10);
        disk.addChunks(xorb(1), 0, stored);
        ContentHash hash = stored.get(4).hash();
        for (int word = 0; word < 4; word++) {
            // The hint is by the first bits of word 0, the place in the list by the last bits of word 1.
            ContentHash alike = new ContentHash(
                    hash.w0() ^ (word == 0 ? 8 : 0),
                    hash.w1() ^ (word == 1 ? 1L << 40 : 0),
                    hash.w2() ^ (word == 2 ? 1L << 40 : 0),
                    hash.w3() ^ (word == 3 ? 1L << 40 : 0));
            assertThat(find(List.of(new Chunk(alike, stored.get(4).length())), 0, 1))
                    .as("word %d", word)
                    .isNull();
        }
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void chunkThatWasNotAnnounced_isLookedUpAllTheSame() {
        List<Chunk> stored = list(1, 10);
        disk.addChunks(xorb(1), 0, stored);
        ContentHash hash = stored.get(4).hash();
        Chunk alike = new Chunk(new ContentHash(hash.w0(), 1, 2, 3), 100);
        chunks.prepare(List.of());
        assertThat(chunks.find(List.of(alike), 0, 1)).isNull();
        assertThat(chunks.find(stored, 4, 6)).isEqualTo(new KnownRun(xorb(1), 4, 2, Source.INDEX));
    }

    @Test
    void nothingIsKnown_beforeItIsSaidFromWhenOn() {
        List<Chunk> stored = list(1, 10);
        disk.addChunks(xorb(1), 0, stored);
        assertThat(chunks.find(stored, 0, 10)).isNull();
    }

    @Test
    void listsOfEightFullXorbs_areKept_theLeastUsedGoes() {
        List<List<Chunk>> lists = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            lists.add(list(i, 8192));
            disk.addChunks(xorb(i), 0, lists.get(i));
        }
        for (int i = 0; i < 8; i++) {
            assertThat(find(lists.get(i).subList(0, 2), 0, 2)).isNotNull();
        }
        assertThat(find(lists.getFirst().subList(0, 2), 0, 2)).isNotNull();
        assertThat(reads).isEqualTo(8);
        assertThat(find(lists.get(8).subList(0, 2), 0, 2)).isNotNull();
        assertThat(find(lists.getFirst().subList(0, 2), 0, 2)).isNotNull();
        assertThat(reads).isEqualTo(9);
        assertThat(find(lists.get(1).subList(0, 2), 0, 2)).isNotNull();
        assertThat(reads).isEqualTo(10);
    }

    @Test
    void forgottenList_isNotUsedForAXorbLearntAnew_othersStay() {
        List<Chunk> wrong = list(1, 10);
        List<Chunk> right = list(2, 10);
        List<Chunk> other = list(3, 10);
        disk.addChunks(xorb(1), 0, wrong);
        disk.addChunks(xorb(2), 0, other);
        assertThat(find(wrong, 0, 10)).isNotNull();
        assertThat(find(other, 0, 10)).isNotNull();

        chunks.forget(xorb(1));
        disk.addChunks(xorb(1), 0, right);

        assertThat(find(wrong, 0, 10)).isNull();
        assertThat(find(right, 0, 10)).isEqualTo(new KnownRun(xorb(1), 0, 10, Source.INDEX));
        int before = reads;
        assertThat(find(other, 0, 10)).isNotNull();
        assertThat(reads).isEqualTo(before);
    }
}
