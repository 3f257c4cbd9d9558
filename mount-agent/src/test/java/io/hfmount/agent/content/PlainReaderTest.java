package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Timeout(60)
class PlainReaderTest {
    private static final int BLOCK = PlainBlock.SIZE;
    private static final ContentHash FILE = ContentHash.parse("ab".repeat(32));
    private static final byte[] BYTES = new byte[3 * BLOCK + 1000];

    static {
        new Random(4).nextBytes(BYTES);
    }

    private final MemoryCacheFiles disk = new MemoryCacheFiles();
    private final List<Integer> asked = new CopyOnWriteArrayList<>();
    private final AtomicReference<PlainSource> answers = new AtomicReference<>((file, range) -> Mono.fromSupplier(() ->
            ByteBuffer.wrap(BYTES, (int) range.start(), (int) range.length()).slice()));
    private final PlainBlockCache cache = cache(1L << 30);
    private final PlainReader reader = reader(cache);

    @AfterEach
    void close() {
        reader.close();
    }

    private PlainBlockCache cache(long limit) {
        try {
            return PlainBlockCache.open(disk, limit, bytes -> {});
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private PlainReader reader(PlainBlockCache blocks) {
        PlainSource source = (file, range) -> {
            asked.add((int) (range.start() / BLOCK));
            return answers.get().read(file, range);
        };
        // The disk is at once: when a read has its bytes, they are cached.
        return new PlainReader(source, blocks, ContentObserver.NONE, Schedulers.immediate());
    }

    private static byte[] read(OpenContent content, long offset, int length, Wait wait) throws FsException {
        byte[] target = new byte[length];
        int n = content.read(offset, MemorySegment.ofArray(target), wait);
        return Arrays.copyOf(target, n);
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void everyRange_isThatOfTheFile() throws FsException {
        OpenContent content = reader.open(FILE, BYTES.length);
        Random random = new Random(5);
        for (int i = 0; i < 60; i++) {
            int from = random.nextInt(BYTES.length + 10);
            int length = random.nextInt(2 * BLOCK);
            byte[] expected = from >= BYTES.length
                    ? new byte[0]
                    : Arrays.copyOfRange(BYTES, from, Math.min(BYTES.length, from + length));
            assertThat(Arrays.equals(read(content, from, length, Wait.ALLOWED), expected))
                    .as("%s bytes from %s", length, from)
                    .isTrue();
        }
        assertThat(reader.memoryInUse()).isLessThanOrEqualTo(PlainReader.MEMORY);
        assertThat(asked).as("each block was fetched once").containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void whatIsNotHere_isNotWaitedFor() throws FsException {
        OpenContent content = reader.open(FILE, BYTES.length);
        assertThatThrownBy(() -> read(content, 0, 10, Wait.NEVER)).isInstanceOf(WouldBlockException.class);
        assertThat(asked).isEmpty();
        byte[] first = read(content, 0, 10, Wait.ALLOWED);
        assertThat(read(content, 0, 10, Wait.NEVER)).isEqualTo(first);
        assertThat(read(content, BYTES.length, 10, Wait.NEVER)).isEmpty();
    }

    @Test
    void nextStart_findsBlocksOnDisk() throws FsException {
        read(reader.open(FILE, BYTES.length), 0, BYTES.length, Wait.ALLOWED);
        reader.close();
        asked.clear();
        try (PlainReader next = reader(cache(1L << 30))) {
            OpenContent content = next.open(FILE, BYTES.length);
            assertThat(Arrays.equals(read(content, 0, BYTES.length, Wait.NEVER), BYTES))
                    .isTrue();
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void blocksThatAreDamagedOnDisk_areFetchedAgain() throws FsException {
        read(reader.open(FILE, BYTES.length), 0, 100, Wait.ALLOWED);
        reader.close();
        disk.bytes(FILE.text() + "-0")[50] ^= 1;
        asked.clear();
        try (PlainReader next = reader(cache(1L << 30))) {
            OpenContent content = next.open(FILE, BYTES.length);
            assertThatThrownBy(() -> read(content, 0, 100, Wait.NEVER)).isInstanceOf(WouldBlockException.class);
            assertThat(read(content, 0, 100, Wait.ALLOWED)).isEqualTo(Arrays.copyOf(BYTES, 100));
        }
        assertThat(asked).contains(0);
    }

    @Test
    void readerInOrder_hasTheNextBlocksFetched_oneThatJumpsHasNot() throws FsException {
        OpenContent inOrder = reader.open(FILE, BYTES.length);
        read(inOrder, 0, 10, Wait.ALLOWED);
        assertThat(asked).containsExactlyInAnyOrder(0, 1, 2);
        asked.clear();
        try (PlainReader other = reader(cache(0))) {
            read(other.open(FILE, BYTES.length), 3L * BLOCK, 10, Wait.ALLOWED);
        }
        assertThat(asked).containsExactly(3);
    }

    @Test
    void failure_isTheReadsAlone_andTheNextAsksAgain() throws FsException {
        PlainSource works = answers.get();
        answers.set((file, range) -> Mono.error(new FsException(Errno.EACCES, "refused")));
        OpenContent content = reader.open(FILE, 100);
        assertErrno(Errno.EACCES, () -> read(content, 0, 10, Wait.ALLOWED));
        answers.set(works);
        assertThat(read(content, 0, 10, Wait.ALLOWED)).isEqualTo(Arrays.copyOf(BYTES, 10));
    }

    @Test
    void answersThatAreShortOrMissing_areErrors_neverZeros() {
        OpenContent content = reader.open(FILE, 100);
        answers.set((file, range) -> Mono.just(ByteBuffer.allocate(99)));
        assertErrno(Errno.EIO, () -> read(content, 0, 10, Wait.ALLOWED));
        answers.set((file, range) -> Mono.empty());
        assertErrno(Errno.EIO, () -> read(content, 0, 10, Wait.ALLOWED));
        answers.set((file, range) -> Mono.error(new IllegalStateException("a bug")));
        assertErrno(Errno.EIO, () -> read(content, 0, 10, Wait.ALLOWED));
        assertThat(disk.names()).isEmpty();
    }

    /** A read on a thread of its own; its result or its failure. */
    private CompletableFuture<byte[]> inBackground(OpenContent content, long offset, List<Thread> threads) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        threads.add(Thread.ofVirtual().start(() -> {
            try {
                result.complete(read(content, offset, 10, Wait.ALLOWED));
            } catch (FsException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        }));
        return result;
    }

    private static void assertErrno(Errno errno, CompletableFuture<byte[]> read) {
        assertThatThrownBy(() -> read.get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(FsException.class)
                .satisfies(e -> assertThat(((FsException) e.getCause()).errno()).isEqualTo(errno));
    }

    @Test
    void readersOfOneBlock_shareOneFetch() throws Exception {
        CompletableFuture<ByteBuffer> gate = new CompletableFuture<>();
        answers.set((file, range) -> Mono.fromFuture(gate));
        List<Thread> threads = new CopyOnWriteArrayList<>();
        CompletableFuture<byte[]> one = inBackground(reader.open(FILE, 100), 0, threads);
        CompletableFuture<byte[]> two = inBackground(reader.open(FILE, 100), 50, threads);
        gate.complete(ByteBuffer.wrap(BYTES, 0, 100).slice());
        assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(Arrays.copyOf(BYTES, 10));
        assertThat(two.get(30, TimeUnit.SECONDS)).isEqualTo(Arrays.copyOfRange(BYTES, 50, 60));
        assertThat(asked).containsExactly(0);
    }

    @Test
    void end_failsReadsThatWait_forBytesAndForAPlace() {
        answers.set((file, range) -> Mono.never());
        List<Thread> threads = new CopyOnWriteArrayList<>();
        List<CompletableFuture<byte[]>> reads = new CopyOnWriteArrayList<>();
        for (int i = 0; i < PlainReader.MAX_FETCHES + 3; i++) {
            ContentHash file = new ContentHash(i, 1, 1, 1);
            reads.add(inBackground(reader.open(file, 100), 0, threads));
        }
        reader.close();
        reads.forEach(read -> assertErrno(Errno.EIO, read));
    }

    @Test
    void interruptedRead_answersEintrAndSpoilsNothing() throws Exception {
        CompletableFuture<ByteBuffer> gate = new CompletableFuture<>();
        answers.set((file, range) -> Mono.fromFuture(gate));
        List<Thread> threads = new CopyOnWriteArrayList<>();
        CompletableFuture<byte[]> interrupted = inBackground(reader.open(FILE, 100), 0, threads);
        threads.getFirst().interrupt();
        assertErrno(Errno.EINTR, interrupted);
        gate.complete(ByteBuffer.wrap(BYTES, 0, 100).slice());
        assertThat(read(reader.open(FILE, 100), 0, 10, Wait.ALLOWED)).isEqualTo(Arrays.copyOf(BYTES, 10));
    }

    @Test
    void closedHandle_readsNothing() {
        OpenContent content = reader.open(FILE, 100);
        content.close();
        assertErrno(Errno.EBADF, () -> read(content, 0, 10, Wait.ALLOWED));
    }

    @Test
    void diskCache_keepsItsLimit_droppingWhatWasUsedLeast() {
        PlainBlockCache small = cache(4 * 104);
        for (int i = 0; i < 4; i++) {
            small.write(
                    new PlainBlock(FILE, i, 100), ByteBuffer.wrap(BYTES, i, 100).slice());
        }
        assertThat(small.read(new PlainBlock(FILE, 0, 100))).isEqualTo(ByteBuffer.wrap(BYTES, 0, 100));
        small.write(new PlainBlock(FILE, 9, 100), ByteBuffer.wrap(BYTES, 9, 100).slice());
        assertThat(small.read(new PlainBlock(FILE, 1, 100))).isNull();
        assertThat(small.read(new PlainBlock(FILE, 0, 100))).isNotNull();
        assertThat(disk.most()).isLessThanOrEqualTo(4 * 104);
        assertThat(small.bytes()).isEqualTo(disk.size());

        assertThat(cache(2 * 104).bytes())
                .as("a smaller limit at the next start")
                .isEqualTo(2 * 104);
        assertThat(disk.size()).isEqualTo(2 * 104);
    }

    @Test
    void diskThatRefuses_isNoErrorOfTheReader() throws FsException {
        disk.failWrites(name -> true);
        assertThat(read(reader.open(FILE, 100), 0, 10, Wait.ALLOWED)).isEqualTo(Arrays.copyOf(BYTES, 10));
        assertThat(cache.bytes()).isZero();
    }

    @Test
    void blocks_coverTheFile() {
        assertThat(PlainBlock.at(FILE, 0, 1).range()).isEqualTo(new ByteRange(0, 1));
        assertThat(PlainBlock.at(FILE, BLOCK - 1, 2L * BLOCK).range()).isEqualTo(new ByteRange(0, BLOCK));
        assertThat(PlainBlock.at(FILE, BLOCK, BLOCK + 5L).range()).isEqualTo(new ByteRange(BLOCK, BLOCK + 5L));
    }
}
