package io.hfmount.xet.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.download.FileDownload;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class XetContentStoreTest {
    private static final Duration WAIT = Duration.ofSeconds(60);

    private final MemoryStorage storage = new MemoryStorage();
    private final FaultyStorage faulty = new FaultyStorage(storage);
    private XetContentStore store = store(UploadSettings.defaults());

    private XetContentStore store(UploadSettings upload) {
        return new XetContentStore(
                faulty,
                XetContentStore.Settings.defaults()
                        .withUpload(upload)
                        .withRetry(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(5))),
                StorageObserver.NONE);
    }

    @AfterEach
    @AfterProperty
    void close() {
        store.close();
    }

    private List<UploadedContent> upload(List<byte[]> contents) {
        UploadSession session = store.newUploadSession();
        List<UploadedContent> uploaded = Flux.fromIterable(contents)
                .flatMapSequential(
                        content -> session.add(ArraySource.of(content).inPiecesOf(77_777)))
                .collectList()
                .block(WAIT);
        session.finish().block(WAIT);
        return uploaded;
    }

    private byte[] download(ContentHash file, ByteRange range, long block, int ahead) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ByteBuffer piece : new FileDownload(store, block, ahead)
                .read(file, range)
                .collectList()
                .block(WAIT)) {
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }

    @Provide
    Arbitrary<byte[]> contents() {
        Arbitrary<Integer> length = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 20_000),
                Arbitraries.integers().between(20_000, 900_000),
                Arbitraries.of(8191, 8192, 8193, 65_536, 131_071, 131_072, 131_073));
        Arbitrary<byte[]> part = Combinators.combine(
                        length, Arbitraries.integers().between(0, 6), Arbitraries.of(0, 1, 2))
                .as((n, seed, kind) -> switch (kind) {
                    case 0 -> VectorInput.random(seed, n);
                    case 1 -> VectorInput.text(seed, n);
                    default -> new byte[n];
                });
        return part.list().ofMinSize(1).ofMaxSize(4).map(parts -> {
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            parts.forEach(whole::writeBytes);
            return whole.toByteArray();
        });
    }

    @Property(tries = 60)
    void anyFiles_readBackEqual(
            @ForAll("contents") byte[] a,
            @ForAll("contents") byte[] b,
            @ForAll("contents") byte[] c,
            @ForAll boolean smallXorbs) {
        close();
        store = store(
                smallXorbs
                        ? UploadSettings.defaults().withXorbLimits(300_000, 20).withMemory(8 << 20, 128 << 10)
                        : UploadSettings.defaults());
        List<byte[]> contents = List.of(a, b, c, a);

        List<UploadedContent> uploaded = upload(contents);

        for (int i = 0; i < contents.size(); i++) {
            byte[] content = contents.get(i);
            UploadedContent file = uploaded.get(i);
            assertThat(file.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(content)));
            assertThat(file.size()).isEqualTo(content.length);
            assertThat(file.newBytes() + file.reusedBytes()).isEqualTo(content.length);
            assertThat(download(file.hash(), new ByteRange(0, content.length), 200_000, 3))
                    .isEqualTo(content);
            if (content.length > 2) {
                int start = content.length / 3;
                int end = content.length - content.length / 4;
                assertThat(download(file.hash(), new ByteRange(start, end), 1 << 20, 2))
                        .isEqualTo(Arrays.copyOfRange(content, start, end));
            }
        }
    }

    @Test
    void sharedFetch_isMadeOnce() {
        byte[] zeros = new byte[3 << 20];
        UploadedContent file = upload(List.of(zeros)).getFirst();
        assertThat(storage.file(file.hash()).segments()).hasSizeGreaterThan(10);

        assertThat(download(file.hash(), new ByteRange(0, zeros.length), 1L << 30, 4))
                .isEqualTo(zeros);

        assertThat(storage.dataRequests()).isEqualTo(1);
    }

    @Test
    void expiredAddress_isRenewedThroughThePlan() {
        byte[] content = VectorInput.random(1, 500_000);
        UploadedContent file = upload(List.of(content)).getFirst();
        Reconstruction plan =
                store.reconstruct(file.hash(), new ByteRange(0, content.length)).block(WAIT);
        storage.expireAddresses();

        ChunkRun run = store.fetch(plan.fetches().getFirst(), plan).block(WAIT);

        assertThat(run.data()).isEqualTo(content);
        assertThat(storage.reconstructions()).isEqualTo(2);
    }

    @Test
    void addressesThatStayRefused_failAfterAFewRenewals() {
        byte[] content = VectorInput.random(1, 100_000);
        UploadedContent file = upload(List.of(content)).getFirst();
        Reconstruction plan =
                store.reconstruct(file.hash(), new ByteRange(0, content.length)).block(WAIT);
        faulty.plan((route, call) -> route == StorageRoute.DATA
                ? Mono.error(new StorageException(StorageException.Kind.FORBIDDEN, "no"))
                : Mono.empty());

        assertThat(failure(store.fetch(plan.fetches().getFirst(), plan)).kind())
                .isEqualTo(StorageException.Kind.FORBIDDEN);
        assertThat(faulty.calls(StorageRoute.DATA)).isEqualTo(4);
    }

    @Test
    void damagedOrFailedFetch_isRepeated() {
        byte[] content = VectorInput.random(1, 100_000);
        UploadedContent file = upload(List.of(content)).getFirst();
        Reconstruction plan =
                store.reconstruct(file.hash(), new ByteRange(0, content.length)).block(WAIT);
        AtomicInteger faults = new AtomicInteger();
        faulty.plan((route, call) -> route == StorageRoute.DATA && faults.getAndIncrement() < 2
                ? Mono.error(new StorageException(
                        faults.get() == 1 ? StorageException.Kind.CORRUPT : StorageException.Kind.UNAVAILABLE, "no"))
                : Mono.empty());

        assertThat(store.fetch(plan.fetches().getFirst(), plan).block(WAIT).data())
                .isEqualTo(content);
        assertThat(faulty.calls(StorageRoute.DATA)).isEqualTo(3);
    }

    @Test
    void damagedRecords_areReportedAfterTheRetries() {
        byte[] content = VectorInput.random(1, 100_000);
        UploadedContent file = upload(List.of(content)).getFirst();
        Reconstruction plan =
                store.reconstruct(file.hash(), new ByteRange(0, content.length)).block(WAIT);
        Reconstruction.Fetch whole = plan.fetches().getFirst();
        // One byte less than the records have.
        Reconstruction.Fetch cut = new Reconstruction.Fetch(
                whole.xorb(),
                whole.chunkStart(),
                whole.chunkEnd(),
                whole.url(),
                new ByteRange(whole.bytes().start(), whole.bytes().end() - 1));

        assertThat(failure(store.fetch(cut, plan)).kind()).isEqualTo(StorageException.Kind.CORRUPT);
        assertThat(storage.dataRequests()).isEqualTo(4);
    }

    @Test
    void rangeBeyondTheEnd_failsTheDownload() {
        byte[] content = VectorInput.random(1, 100_000);
        UploadedContent file = upload(List.of(content)).getFirst();
        Flux<ByteBuffer> read = new FileDownload(store).read(file.hash(), new ByteRange(50_000, 100_001));
        assertThat(failure(read.then()).kind()).isEqualTo(StorageException.Kind.CORRUPT);
        assertThat(store.reconstruct(file.hash(), new ByteRange(100_000, 100_001))
                        .block(WAIT))
                .isNull();
    }

    private static StorageException failure(Mono<?> call) {
        try {
            call.block(WAIT);
        } catch (StorageException e) {
            return e;
        }
        throw new AssertionError("expected a failure");
    }

    @Test
    void uploadsAndDownloads_teachTheIndex(@TempDir Path folder) throws IOException {
        byte[] content = VectorInput.random(9, 900_000);
        ContentHash file = upload(List.of(content)).getFirst().hash();
        ContentHash xorb = storage.file(file).segments().getFirst().xorb();
        try (DiskChunkIndex index = DiskChunkIndex.open(folder, DiskChunkIndex.MIN_BYTES)) {
            XetContentStore reader =
                    new XetContentStore(faulty, index, XetContentStore.Settings.defaults(), StorageObserver.NONE);
            Reconstruction plan =
                    reader.reconstruct(file, new ByteRange(300_000, 300_001)).block(WAIT);
            Reconstruction.Fetch fetch = plan.fetches().getFirst();
            reader.fetch(fetch, plan).block(WAIT);
            await(() -> index.covers(xorb, fetch.chunkStart(), fetch.chunkEnd()));
            assertThat(index.xorb(xorb).isComplete()).isFalse();

            byte[] other = VectorInput.random(10, 900_000);
            UploadSession session = reader.newUploadSession();
            ContentHash uploaded =
                    session.add(ArraySource.of(other)).block(WAIT).hash();
            session.finish().block(WAIT);
            await(() -> index.file(uploaded) != null);
            assertThat(index.file(uploaded)).isEqualTo(storage.file(uploaded));
            ContentHash otherXorb = storage.file(uploaded).segments().getFirst().xorb();
            assertThat(index.xorb(otherXorb).isComplete()).isTrue();
            reader.close();
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + WAIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void shortSegments_endWithinTheLimit() {
        byte[] content = VectorInput.random(5, 11 << 20);
        UploadedContent file = upload(List.of(content)).getFirst();
        var segments = storage.file(file.hash()).segments();
        assertThat(segments).hasSize(3).allMatch(s -> s.unpackedBytes() <= 4 << 20);
        assertThat(new ArrayList<>(segments).subList(0, 2)).allMatch(s -> s.unpackedBytes() > (4 << 20) - Chunker.MAX);
        assertThat(storage.xorbCount()).isEqualTo(1);
    }

    @Test
    void download_inVeryManyBlocks_isOneLoop() {
        byte[] content = VectorInput.random(91, 30_000);
        UploadedContent file = upload(List.of(content)).getFirst();
        assertThat(download(file.hash(), new ByteRange(0, content.length), 1, 1))
                .isEqualTo(content);
    }
}
