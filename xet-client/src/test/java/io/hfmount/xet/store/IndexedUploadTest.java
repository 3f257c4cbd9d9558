package io.hfmount.xet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.vectors.VectorInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Whole files uploaded by a client that knows their chunks from its index on disk alone (xet-protocol §13.9 rule 1). */
class IndexedUploadTest {
    /** A few chunks, and what registers them. */
    private static final int FEW_CHUNKS = 6 * 131_072;

    @TempDir
    Path folder;

    private IndexedUploads uploads;

    @BeforeEach
    void open() throws IOException {
        uploads = new IndexedUploads(folder, IndexedUploads.SETTINGS);
    }

    @AfterEach
    void close() {
        uploads.close();
    }

    private static byte[] random(long seed, int length) {
        return VectorInput.random(seed, length);
    }

    private static byte[] insert(byte[] content, int at, byte[] more) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(content, 0, at);
        out.writeBytes(more);
        out.write(content, at, content.length - at);
        return out.toByteArray();
    }

    @Test
    void fileSavedAgainWithAnInsert_sendsTheTouchedChunks() throws IOException {
        byte[] content = random(1, 12 << 20);
        uploads.upload(content);
        byte[] edited = insert(content, 6 << 20, random(2, 100));

        UploadedContent saved = uploads.upload(edited);

        assertThat(uploads.sent).isLessThan(FEW_CHUNKS);
        assertThat(saved.newBytes()).isLessThan(FEW_CHUNKS);
        assertThat(uploads.indexedBytes).isEqualTo(saved.reusedBytes());
        assertThat(uploads.indexedChunks).isBetween(100L, 250L);

        uploads.restart();
        UploadedContent again = uploads.upload(insert(edited, 3 << 20, random(3, 100)));
        assertThat(again.newBytes()).isLessThan(FEW_CHUNKS);
    }

    @Test
    void fileOfAnotherClient_thatWasReadHere_isKnown() throws IOException {
        byte[] content = random(1, 5 << 20);
        UploadedContent file = uploads.upload(content);
        uploads.close();
        try (Stream<Path> logs = Files.list(folder)) {
            for (Path log : logs.toList()) {
                Files.delete(log);
            }
        }
        uploads.restart();
        Reconstruction plan = uploads.store
                .reconstruct(file.hash(), new ByteRange(0, content.length))
                .block(IndexedUploads.WAIT);
        for (Reconstruction.Fetch fetch : plan.fetches()) {
            uploads.store.fetch(fetch, plan).block(IndexedUploads.WAIT);
            awaitLearnt(fetch);
        }

        assertThat(uploads.upload(insert(content, 1 << 20, random(2, 100))).newBytes())
                .isLessThan(FEW_CHUNKS);
    }

    private void awaitLearnt(Reconstruction.Fetch fetch) {
        long deadline = System.nanoTime() + IndexedUploads.WAIT.toNanos();
        while (!uploads.index.covers(fetch.xorb(), fetch.chunkStart(), fetch.chunkEnd())) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void refusedXorb_failsTheSession_andCostsNothingThatIsKnown() throws IOException {
        byte[] content = random(1, 5 << 20);
        uploads.upload(content);
        byte[] edited = insert(content, 3 << 20, random(2, 100));
        uploads.faulty.plan((route, call) -> route == StorageRoute.XORB_UPLOAD
                ? Mono.error(new StorageException(StorageException.Kind.REJECTED, "scripted"))
                : Mono.empty());
        UploadSession session = uploads.store.newUploadSession();
        session.add(ArraySource.of(edited)).block(IndexedUploads.WAIT);
        assertThatThrownBy(() -> session.finish().block(IndexedUploads.WAIT))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("scripted");
        uploads.faulty.plan((route, call) -> Mono.empty());
        assertThat(uploads.upload(edited).newBytes()).isLessThan(FEW_CHUNKS);
    }

    @Test
    void xorbThatStorageLost_makesTheSessionSendEverythingOnce_andIsForgotten() throws IOException {
        byte[] content = random(1, 5 << 20);
        UploadedContent file = uploads.upload(content);
        ContentHash lost = uploads.segments(file).getFirst().xorb();
        uploads.storage.lose(lost);
        uploads.restart();
        byte[] edited = insert(content, 3 << 20, random(2, 100));
        int shards = uploads.storage.shards().size();
        int tries = uploads.faulty.calls(StorageRoute.SHARD_UPLOAD);

        uploads.upload(edited);

        assertThat(uploads.sent).isGreaterThan(5 << 20);
        assertThat(uploads.faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(tries + 2);
        assertThat(uploads.storage.shards()).as("one registration, the last").hasSize(shards + 1);
        assertThat(uploads.indexedChunks).as("counted as reused").isZero();

        uploads.restart();
        assertThat(uploads.upload(insert(edited, 1 << 20, random(3, 100))).newBytes())
                .as("what was sent instead is known")
                .isLessThan(FEW_CHUNKS);
        assertThat(uploads.faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(tries + 3);
    }

    @Test
    void refusedSession_keepsFilesThatTrustedNothing_andSendsTheOthersAgain() throws IOException {
        byte[] old = random(1, 3 << 20);
        uploads.upload(old);
        uploads.storage.loseAll();
        AtomicInteger reads = new AtomicInteger();
        byte[] fresh = random(2, 3 << 20);
        ContentSource counted = counting(fresh, reads);
        UploadSession session = uploads.store.newUploadSession();
        UploadedContent first = session.add(counted).block(IndexedUploads.WAIT);
        UploadedContent second = session.add(ArraySource.of(old)).block(IndexedUploads.WAIT);
        int once = reads.get();
        assertThat(second.newBytes()).isZero();

        session.finish().block(IndexedUploads.WAIT);

        assertThat(reads).hasValue(once);
        uploads.assertIs(first, fresh);
        uploads.assertIs(second, old);
    }

    private static ContentSource counting(byte[] content, AtomicInteger reads) {
        ContentSource array = ArraySource.of(content);
        return new ContentSource() {
            @Override
            public long size() {
                return array.size();
            }

            @Override
            public int read(long position, ByteBuffer target) throws IOException {
                reads.incrementAndGet();
                return array.read(position, target);
            }
        };
    }

    @Test
    void refusalWithoutTrust_isNotRepeated() {
        uploads.faulty.plan((route, call) -> route == StorageRoute.SHARD_UPLOAD
                ? Mono.error(new StorageException(StorageException.Kind.REJECTED, "no"))
                : Mono.empty());
        UploadSession session = uploads.store.newUploadSession();
        session.add(ArraySource.of(random(1, 1 << 20))).block(IndexedUploads.WAIT);

        assertThat(failure(session).kind()).isEqualTo(StorageException.Kind.REJECTED);
        assertThat(uploads.faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(1);
    }

    @Test
    void secondRefusal_failsTheSession_andLeavesTheIndexWithoutWhatWasRefused() {
        byte[] content = random(1, 3 << 20);
        UploadedContent file = uploads.upload(content);
        int before = uploads.faulty.calls(StorageRoute.SHARD_UPLOAD);
        uploads.faulty.plan((route, call) -> route == StorageRoute.SHARD_UPLOAD
                ? Mono.error(new StorageException(StorageException.Kind.FORBIDDEN, "not yours"))
                : Mono.empty());
        UploadSession session = uploads.store.newUploadSession();
        session.add(ArraySource.of(content)).block(IndexedUploads.WAIT);

        assertThat(failure(session).kind()).isEqualTo(StorageException.Kind.FORBIDDEN);
        assertThat(uploads.faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(before + 2);
        assertThat(uploads.xorbs(file)).noneMatch(xorb -> uploads.index.covers(xorb, 0, 1));
    }

    @Test
    void sourceThatChanged_isNotRegisteredUnderItsOldHash() throws IOException {
        byte[] content = random(1, 3 << 20);
        UploadedContent file = uploads.upload(content);
        uploads.storage.loseAll();
        byte[] changing = content.clone();
        UploadSession session = uploads.store.newUploadSession();
        UploadedContent added = session.add(ArraySource.of(changing)).block(IndexedUploads.WAIT);
        int shards = uploads.storage.shards().size();
        changing[1_000_000]++;

        assertThat(added.hash()).isEqualTo(file.hash());
        assertThat(failure(session).kind()).isEqualTo(StorageException.Kind.SOURCE);
        assertThat(uploads.storage.shards()).hasSize(shards);
    }

    private static StorageException failure(UploadSession session) {
        try {
            session.finish().block(IndexedUploads.WAIT);
        } catch (StorageException e) {
            return e;
        }
        throw new AssertionError("expected a failure");
    }

    @Test
    void networkFailure_forgetsNothing() {
        byte[] content = random(1, 3 << 20);
        UploadedContent file = uploads.upload(content);
        uploads.faulty.plan((route, call) -> route == StorageRoute.SHARD_UPLOAD
                ? Mono.error(new StorageException(StorageException.Kind.UNAVAILABLE, "away"))
                : Mono.empty());
        UploadSession session = uploads.store.newUploadSession();
        session.add(ArraySource.of(content)).block(IndexedUploads.WAIT);
        assertThat(failure(session).kind()).isEqualTo(StorageException.Kind.UNAVAILABLE);

        uploads.faulty.plan((route, call) -> Mono.empty());
        assertThat(uploads.upload(content).newBytes()).isZero();
        assertThat(uploads.xorbs(file)).allMatch(xorb -> uploads.index.covers(xorb, 0, 1));
    }

    @Test
    void listThatLies_isRefusedByStorage_andTheFileIsPublishedAllTheSame() throws IOException {
        byte[] content = random(1, 3 << 20);
        byte[] other = random(2, 3 << 20);
        UploadedContent truth = uploads.upload(content);
        UploadedContent another = uploads.upload(other);
        uploads.close();
        try (Stream<Path> logs = Files.list(folder)) {
            for (Path log : logs.toList()) {
                Files.delete(log);
            }
        }
        // The chunks of one file, said to be in a xorb of the other, and in one that never was.
        List<Chunk> chunks = Chunker.chunksOf(content);
        try (DiskChunkIndex lying = DiskChunkIndex.open(folder, IndexedUploads.INDEX_BYTES)) {
            lying.addChunks(uploads.segments(another).getFirst().xorb(), 0, chunks.subList(0, 10));
            lying.addChunks(new ContentHash(1, 2, 3, 4), 3, chunks.subList(10, chunks.size()));
        }
        uploads.restart();
        int tries = uploads.faulty.calls(StorageRoute.SHARD_UPLOAD);

        byte[] edited = insert(content, 2_900_000, random(3, 100));
        uploads.upload(edited);

        assertThat(uploads.faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(tries + 2);
        assertThat(uploads.sent).isGreaterThan(3 << 20);
        assertThat(truth.size()).isEqualTo(content.length);
    }

    @Test
    void scatteredChunks_areSentAnew_ratherThanReadOneByOneLater() {
        // Every third chunk is known. A chunk is cut where it ends whatever comes before it.
        byte[] known = random(1, 24 << 20);
        byte[] others = random(2, 24 << 20);
        uploads.upload(known);
        List<Chunk> knownChunks = Chunker.chunksOf(known);
        List<Chunk> otherChunks = Chunker.chunksOf(others);
        int count = Math.min(knownChunks.size(), otherChunks.size()) - 1;
        ByteArrayOutputStream mixed = new ByteArrayOutputStream();
        int atKnown = 0;
        int atOther = 0;
        for (int i = 0; i < count; i++) {
            if (i % 3 == 0) {
                mixed.write(known, atKnown, knownChunks.get(i).length());
            } else {
                mixed.write(others, atOther, otherChunks.get(i).length());
            }
            atKnown += knownChunks.get(i).length();
            atOther += otherChunks.get(i).length();
        }

        UploadedContent file = uploads.upload(mixed.toByteArray());

        assertThat(file.reusedBytes()).isPositive();
        assertThat(uploads.segments(file)).as("of %d chunks", count).hasSizeLessThan(count / 5);
    }

    @Test
    void listsDroppedInTheMiddleOfAnUpload_makeTheRestNew() {
        byte[] content = random(1, 8 << 20);
        uploads.upload(content);
        AtomicInteger reads = new AtomicInteger();
        ContentSource array = ArraySource.of(content);
        ContentSource dropping = new ContentSource() {
            @Override
            public long size() {
                return content.length;
            }

            @Override
            public int read(long position, ByteBuffer target) throws IOException {
                if (position >= content.length / 2 && reads.getAndIncrement() == 0) {
                    fillTheIndex();
                }
                return array.read(position, target);
            }
        };
        UploadSession session = uploads.store.newUploadSession();
        UploadedContent saved = session.add(dropping).block(IndexedUploads.WAIT);
        session.finish().block(IndexedUploads.WAIT);

        uploads.assertIs(saved, content);
        assertThat(saved.reusedBytes()).isGreaterThan(content.length / 3);
        assertThat(saved.newBytes()).isGreaterThan(content.length / 4);
    }

    private void fillTheIndex() {
        Random random = new Random(5);
        for (int list = 0; list < IndexedUploads.INDEX_BYTES / (36 * 5000) + 20; list++) {
            List<Chunk> chunks = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                chunks.add(new Chunk(
                        new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong()),
                        65_536));
            }
            uploads.index.addChunks(new ContentHash(list, 0, 0, 1), 0, chunks);
        }
    }

    @Test
    void smallFile_neverAsksTheIndex() throws IOException {
        byte[] content = random(1, 60_000);
        uploads.upload(content);
        assertThat(uploads.upload(content).newBytes()).isEqualTo(content.length);
    }

    /** What happens to the index between two saves. */
    enum Memory {
        WARM,
        RESTARTED,
        DAMAGED,
        TINY,
        GONE
    }

    @Property(tries = 12, shrinking = ShrinkingMode.OFF)
    void savesOfAnEditedFile_areWhatFreshUploadsAre(@ForAll long seed, @ForAll Memory memory) throws IOException {
        Random random = new Random(seed);
        Path place = Files.createTempDirectory("indexed-upload");
        try (IndexedUploads saved = new IndexedUploads(place, IndexedUploads.SETTINGS)) {
            byte[] content = random(seed, 1_000_000 + random.nextInt(2_000_000));
            saved.upload(content);
            long all = 0;
            long sent = 0;
            for (int round = 0; round < 8; round++) {
                switch (memory) {
                    case WARM -> {}
                    case RESTARTED -> saved.restart();
                    case DAMAGED -> saved.damage(random, 3);
                    case TINY -> saved.restart(DiskChunkIndex.MIN_BYTES);
                    case GONE -> {
                        if (random.nextInt(3) == 0) {
                            saved.storage.loseAll();
                        } else {
                            saved.storage.lose(saved.index.holder(
                                    Chunker.chunksOf(content)
                                            .get(random.nextInt(5))
                                            .hash(),
                                    java.time.Instant.EPOCH));
                        }
                    }
                }
                int edits = 1 + random.nextInt(3);
                for (int i = 0; i < edits; i++) {
                    int at = random.nextInt(content.length);
                    int cut = Math.min(content.length - at, random.nextInt(3) == 0 ? random.nextInt(200_000) : 0);
                    byte[] more = random(random.nextLong(), random.nextInt(3) == 0 ? random.nextInt(200_000) : 100);
                    byte[] head = Arrays.copyOf(content, at);
                    byte[] tail = Arrays.copyOfRange(content, at + cut, content.length);
                    content = insert(insert(head, at, more), at + more.length, tail);
                }
                all += content.length;
                sent += saved.upload(content).newBytes();
            }
            if (memory == Memory.WARM || memory == Memory.RESTARTED) {
                // how many bytes one edit costs depends on the runs between earlier ones; see the tests above
                assertThat(sent).isLessThan(all / 4 * 3);
            }
        } finally {
            delete(place);
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
