package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WholeFileCacheTest {
    private static final int SIZE = 300_000;
    private static final long ON_DISK = CachedFile.diskBytes(SIZE);

    @TempDir
    Path directory;

    private final FakeStore store = new FakeStore();
    private final AtomicInteger damaged = new AtomicInteger();
    private final AtomicInteger hits = new AtomicInteger();
    private final ContentObserver observer = new ContentObserver() {
        @Override
        public void cacheDamaged(int chunks) {
            damaged.addAndGet(chunks);
        }

        @Override
        public void cacheHits(int chunks) {
            hits.addAndGet(chunks);
        }
    };
    private final ContentReader reader = new ContentReader(
            store,
            ContentSettings.DEFAULTS.withReadFetchTimeout(Duration.ZERO),
            ChunkCache.NONE,
            LayoutStore.NONE,
            ContentObserver.NONE);

    /** What is called before a download begins, and may fail it. */
    private volatile Before before = hash -> {};

    private final AtomicInteger downloads = new AtomicInteger();

    @FunctionalInterface
    private interface Before {
        void download(ContentHash hash) throws FsException;
    }

    private final WholeFileCache.Storage storage = new WholeFileCache.Storage() {
        @Override
        public OpenContent open(ContentHash hash, long size) {
            return reader.open(hash, size);
        }

        @Override
        public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
            downloads.incrementAndGet();
            before.download(hash);
            reader.download(hash, size, target);
        }
    };

    @AfterEach
    void close() {
        reader.close();
    }

    private WholeFileCache open(long limit) throws IOException {
        return WholeFileCache.open(directory.resolve("files"), limit, storage, observer);
    }

    private ContentHash file(long seed) {
        return store.underTrueHash(store.addFile(seed, SIZE, 64 << 10, 2));
    }

    private byte[] readAll(OpenContent content) throws FsException {
        byte[] all = new byte[SIZE];
        assertThat(content.read(0, MemorySegment.ofArray(all), Wait.ALLOWED)).isEqualTo(SIZE);
        return all;
    }

    private byte[] readAll(WholeFileCache cache, ContentHash file) throws FsException {
        try (OpenContent content = cache.open(file, SIZE)) {
            return readAll(content);
        }
    }

    private Path onDisk(ContentHash file) {
        return directory.resolve("files").resolve(file.text().substring(0, 2)).resolve(file.text());
    }

    private List<Path> filesOnDisk() throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(path -> Files.isRegularFile(path)
                            && !path.getFileName().toString().equals("lock"))
                    .toList();
        }
    }

    @Test
    void openedFile_isReadFromStorage_thenFromDisk() throws Exception {
        ContentHash file = file(1);
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            assertThat(readAll(cache, file)).isEqualTo(store.content(file));
            assertThat(hits).hasValue(0);
            assertThat(cache.populate(file, SIZE).join()).isTrue();
            store.forgetCalls();

            assertThat(readAll(cache, file)).isEqualTo(store.content(file));

            assertThat(store.calls()).isEmpty();
            assertThat(hits).hasValue(1);
            assertThat(downloads).hasValue(1);
            assertThat(cache.bytes()).isEqualTo(ON_DISK).isEqualTo(Files.size(onDisk(file)));
            ByteArrayOutputStream copy = new ByteArrayOutputStream();
            cache.download(
                    file, SIZE, (position, data) -> Channels.newChannel(copy).write(data));
            assertThat(copy.toByteArray()).isEqualTo(store.content(file));
            assertThat(store.calls()).as("a download is served from here, too").isEmpty();
        }
    }

    @Test
    void readsAnywhere_giveTheBytesOfTheFile() throws Exception {
        int[] sizes = {1, 4096, BlockSums.BLOCK - 1, BlockSums.BLOCK, BlockSums.BLOCK + 1, SIZE};
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        try (WholeFileCache cache = open(100 * ON_DISK)) {
            for (int size : sizes) {
                ContentHash file = store.underTrueHash(store.addFile(size, size, 64 << 10, 2));
                assertThat(cache.populate(file, size).join()).isTrue();
                byte[] whole = store.content(file);
                store.forgetCalls();
                try (OpenContent content = cache.open(file, size)) {
                    for (int i = 0; i < 60; i++) {
                        int offset = random.nextInt(size);
                        byte[] part = new byte[1 + random.nextInt(2 * size)];
                        int length = content.read(offset, MemorySegment.ofArray(part), Wait.NEVER);
                        assertThat(length).as("seed %d", seed).isEqualTo(Math.min(part.length, size - offset));
                        assertThat(Arrays.equals(part, 0, length, whole, offset, offset + length))
                                .as("size %d offset %d length %d seed %d", size, offset, length, seed)
                                .isTrue();
                    }
                    assertThat(content.read(size, MemorySegment.ofArray(new byte[1]), Wait.NEVER))
                            .isZero();
                }
                assertThat(store.calls()).isEmpty();
            }
        }
    }

    @Test
    void followersOfAFetch_getItsResult_alsoWhenTheLeaderDies() throws Exception {
        ContentHash file = file(1);
        CountDownLatch go = new CountDownLatch(1);
        before = hash -> {
            await(go);
            throw new LinkageError("scripted death of the leader");
        };
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            CompletableFuture<Boolean> leader = cache.populate(file, SIZE);
            CompletableFuture<Boolean> follower = cache.populate(file, SIZE);
            go.countDown();
            assertThat(follower.join()).isFalse();
            assertThat(leader.join()).isFalse();
            assertThat(downloads).hasValue(1);
            assertThat(cache.bytes()).isZero();
            assertThat(filesOnDisk()).isEmpty();

            before = hash -> {};
            assertThat(cache.populate(file, SIZE).join()).isTrue();
        }
    }

    private static void await(CountDownLatch latch) throws FsException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted", e);
        }
    }

    @Test
    void fetches_areSomeAtATime() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Semaphore begun = new Semaphore(0);
        CountDownLatch go = new CountDownLatch(1);
        before = hash -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            begun.release();
            await(go);
            now.decrementAndGet();
        };
        try (WholeFileCache cache = open(100 * ON_DISK)) {
            List<CompletableFuture<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < 3 * WholeFileCache.FETCHES; i++) {
                all.add(cache.populate(file(i), SIZE));
            }
            begun.acquire(WholeFileCache.FETCHES);
            go.countDown();
            assertThat(all).allSatisfy(one -> assertThat(one.join()).isTrue());
            assertThat(most).hasValue(WholeFileCache.FETCHES);
        }
    }

    @Test
    void fileLargerThanTheCache_isNotFetched() throws Exception {
        ContentHash file = file(1);
        try (WholeFileCache cache = open(ON_DISK - 1)) {
            assertThat(cache.populate(file, SIZE).join()).isFalse();
            assertThat(readAll(cache, file)).isEqualTo(store.content(file));
            assertThat(downloads).hasValue(0);
        }
    }

    @Test
    void bytesOfAnotherHash_areNeverKept_andFetchedOnceOnly() throws Exception {
        ContentHash file = store.addFile(5, SIZE, 64 << 10, 2); // its hash is not that of its bytes
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            assertThat(cache.populate(file, SIZE).join()).isFalse();
            assertThat(filesOnDisk()).isEmpty();
            assertThat(cache.bytes()).isZero();
            assertThat(readAll(cache, file)).isEqualTo(store.content(file));
            assertThat(cache.populate(file, SIZE).join()).isFalse();
            assertThat(downloads).hasValue(1);
        }
    }

    @Test
    void fetchThatFailsOnTheWay_leavesNothing() throws Exception {
        ContentHash file = file(1);
        AtomicInteger fetches = new AtomicInteger();
        store.script(
                call -> !call.plan && fetches.incrementAndGet() > 1 ? FakeStore.Answer.DENIED : FakeStore.Answer.RIGHT);
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            assertThat(cache.populate(file, SIZE).join()).isFalse();
            assertThat(filesOnDisk()).isEmpty();
            assertThat(cache.bytes()).isZero();
        }
    }

    @Test
    void limit_isNeverExceeded_andTheLeastRecentlyUsedGoFirst() throws Exception {
        try (WholeFileCache cache = open(3 * ON_DISK)) {
            ContentHash used = file(0);
            assertThat(cache.populate(used, SIZE).join()).isTrue();
            for (int i = 1; i < 8; i++) {
                readAll(cache, used);
                assertThat(cache.populate(file(i), SIZE).join()).isTrue();
                long sum = 0;
                for (Path path : filesOnDisk()) {
                    sum += Files.size(path);
                }
                assertThat(sum).isEqualTo(cache.bytes()).isLessThanOrEqualTo(3 * ON_DISK);
            }
            assertThat(onDisk(used)).exists();
        }
    }

    @Test
    void copyEvictedUnderItsReader_isNoDamage_andTheReaderGoesOn() throws Exception {
        ContentHash file = file(1);
        ContentHash other = file(2);
        try (WholeFileCache cache = open(ON_DISK)) {
            assertThat(cache.populate(file, SIZE).join()).isTrue();
            try (OpenContent content = cache.open(file, SIZE)) {
                assertThat(readAll(content)).isEqualTo(store.content(file));
                assertThat(cache.populate(other, SIZE).join()).isTrue();

                assertThat(readAll(content)).isEqualTo(store.content(file));
            }
            assertThat(damaged).hasValue(0);
        }
    }

    @Test
    void damageOnDisk_isNeverServed_butCounted_andFetchedAnew() throws Exception {
        ContentHash file = file(1);
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            for (int round = 1; round <= 12; round++) {
                assertThat(cache.populate(file, SIZE).join()).isTrue();
                byte[] bytes = Files.readAllBytes(onDisk(file));
                int position = round % 3 == 0 ? SIZE + random.nextInt(bytes.length - SIZE) : random.nextInt(SIZE);
                if (round % 4 == 1) {
                    Files.write(onDisk(file), Arrays.copyOf(bytes, position));
                } else {
                    bytes[position] ^= (byte) (1 << random.nextInt(8));
                    Files.write(onDisk(file), bytes);
                }
                assertThat(readAll(cache, file))
                        .as("round %d position %d seed %d", round, position, seed)
                        .isEqualTo(store.content(file));
                assertThat(damaged).as("round %d seed %d", round, seed).hasValue(1);
                damaged.set(0);
            }
        }
    }

    @Test
    void copyThatCannotBeOpened_isForgotten() throws Exception {
        ContentHash file = file(1);
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            assertThat(cache.populate(file, SIZE).join()).isTrue();
        }
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            Files.delete(onDisk(file));
            assertThat(readAll(cache, file)).isEqualTo(store.content(file));
            assertThat(damaged).hasValue(1);
            assertThat(cache.populate(file, SIZE).join()).isTrue();
            store.forgetCalls();
            assertThat(readAll(cache, file)).isEqualTo(store.content(file));
            assertThat(store.calls()).isEmpty();
        }
    }

    @Test
    void restart_keepsTheMostRecentlyUsed_andSweepsLeftovers() throws Exception {
        Map<Integer, ContentHash> files = new HashMap<>();
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            for (int i = 0; i < 4; i++) {
                files.put(i, file(i));
                assertThat(cache.populate(files.get(i), SIZE).join()).isTrue();
            }
        }
        for (int i = 0; i < 4; i++) {
            Files.setLastModifiedTime(onDisk(files.get(i)), FileTime.from(Instant.EPOCH.plusSeconds(1_000 - i)));
        }
        Files.write(directory.resolve("files/unfinished/7"), new byte[100]);
        Path stranger = onDisk(files.get(0));
        Files.write(stranger.resolveSibling(stranger.getParent().getFileName() + "-stranger"), new byte[100]);
        InstantSource clock = () -> Instant.EPOCH.plusSeconds(100_000);
        try (WholeFileCache cache =
                WholeFileCache.open(directory.resolve("files"), 3 * ON_DISK, storage, observer, clock)) {
            assertThat(filesOnDisk())
                    .containsExactlyInAnyOrder(onDisk(files.get(0)), onDisk(files.get(1)), onDisk(files.get(2)));
            assertThat(cache.bytes()).isEqualTo(3 * ON_DISK);
            assertThat(readAll(cache, files.get(2))).isEqualTo(store.content(files.get(2)));
        }
        assertThat(Files.getLastModifiedTime(onDisk(files.get(2))).toInstant())
                .as("use is marked for the next start")
                .isEqualTo(clock.instant());
        try (WholeFileCache cache = open(ON_DISK)) {
            assertThat(filesOnDisk()).containsExactly(onDisk(files.get(2)));
            assertThat(cache.bytes()).isEqualTo(ON_DISK);
        }
    }

    @Test
    void close_endsFetches_andWakesWhoWaits() throws Exception {
        ContentHash file = file(1);
        CountDownLatch begun = new CountDownLatch(1);
        before = hash -> {
            begun.countDown();
            await(new CountDownLatch(1));
        };
        WholeFileCache cache = open(10 * ON_DISK);
        CompletableFuture<Boolean> fetch = cache.populate(file, SIZE);
        begun.await();
        cache.close();
        assertThat(fetch.join()).isFalse();
        assertThat(filesOnDisk()).isEmpty();
        assertThat(cache.populate(file, SIZE).join()).isFalse();
    }

    @Test
    void closedHandle_refusesReads() throws Exception {
        ContentHash file = file(1);
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            assertThat(cache.populate(file, SIZE).join()).isTrue();
            OpenContent content = cache.open(file, SIZE);
            content.close();
            assertThatThrownBy(() -> readAll(content)).isInstanceOf(FsException.class);
        }
    }

    @Test
    void otherCachesLeftovers_areDiscarded() throws Exception {
        ContentHash file = file(1);
        try (WholeFileCache cache = open(10 * ON_DISK)) {
            assertThat(cache.populate(file, SIZE).join()).isTrue();
        }
        ChunkCache.discard(directory.resolve("files"));
        assertThat(filesOnDisk()).isEmpty();
        ChunkCache.discard(directory.resolve("none"));
        assertThat(directory.resolve("none")).doesNotExist();
    }

    @Test
    void sums_areOnlyBelievedWhole() throws Exception {
        byte[] content = new byte[BlockSums.BLOCK + 5];
        BlockSums.Builder builder = new BlockSums.Builder(content.length);
        builder.update(ByteBuffer.wrap(content, 0, 7));
        assertThatThrownBy(builder::finish).isInstanceOf(IOException.class);
        builder.update(ByteBuffer.wrap(content, 7, content.length - 7));
        byte[] stored = builder.finish().stored().array();
        assertThat(BlockSums.parse(ByteBuffer.wrap(stored), content.length).sound(0, ByteBuffer.wrap(content)))
                .isTrue();
        for (int i = 0; i < stored.length; i++) {
            byte[] bad = stored.clone();
            bad[i] ^= 2;
            assertThatThrownBy(() -> BlockSums.parse(ByteBuffer.wrap(bad), content.length))
                    .as("byte " + i)
                    .isInstanceOf(IOException.class);
        }
    }
}
