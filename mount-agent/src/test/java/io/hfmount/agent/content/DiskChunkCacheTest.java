package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class DiskChunkCacheTest {
    private static final ContentHash XORB = new ContentHash(1, 2, 3, 4);

    private final MemoryCacheFiles files = new MemoryCacheFiles();

    private static ChunkRun run(ContentHash xorb, int start, int... lengths) {
        int[] ends = new int[lengths.length];
        int end = 0;
        for (int i = 0; i < lengths.length; i++) {
            end += lengths[i];
            ends[i] = end;
        }
        byte[] data = new byte[end];
        SplittableRandom random = new SplittableRandom(xorb.w0() * 1000 + start);
        random.nextBytes(data);
        return new ChunkRun(xorb, start, data, ends);
    }

    private static void put(DiskChunkCache cache, ChunkRun run) {
        cache.offer(run, () -> {});
        cache.drain();
    }

    private static byte[] get(ChunkCache cache, ContentHash xorb, int from, int to) {
        int length = 0;
        for (int chunk = from; chunk < to; chunk++) {
            int one = cache.length(xorb, chunk);
            if (one < 0) {
                return null;
            }
            length += one;
        }
        ByteBuffer target = ByteBuffer.allocateDirect(length);
        if (!cache.read(xorb, from, to, target)) {
            return null;
        }
        byte[] bytes = new byte[length];
        target.flip().get(bytes);
        return bytes;
    }

    private DiskChunkCache open(long limit) {
        DiskChunkCache cache = DiskChunkCache.open(files, limit, 1 << 20, ContentObserver.NONE);
        cache.scanned().join();
        return cache;
    }

    @Test
    void cachedChunks_areReadBack_alsoSomeOfARun_andAcrossFiles() {
        try (DiskChunkCache cache = open(100_000)) {
            ChunkRun first = run(XORB, 10, 100, 200, 300);
            ChunkRun second = run(XORB, 13, 50, 60);
            put(cache, first);
            put(cache, second);

            assertThat(get(cache, XORB, 10, 13)).isEqualTo(first.data());
            assertThat(get(cache, XORB, 11, 12)).isEqualTo(Arrays.copyOfRange(first.data(), 100, 300));
            assertThat(get(cache, XORB, 12, 14))
                    .startsWith(Arrays.copyOfRange(first.data(), 300, 600))
                    .endsWith(Arrays.copyOfRange(second.data(), 0, 50));
            assertThat(cache.length(XORB, 9)).isNegative();
            assertThat(cache.length(XORB, 15)).isNegative();
            assertThat(cache.length(ContentHash.ONES, 10)).isNegative();
        }
    }

    @Test
    void overlappingRun_addsOnlyWhatIsMissing() {
        try (DiskChunkCache cache = open(100_000)) {
            put(cache, run(XORB, 2, 100));
            ChunkRun around = run(XORB, 0, 10, 10, 100, 10, 10);
            put(cache, around);

            assertThat(files.names()).hasSize(3);
            assertThat(get(cache, XORB, 0, 2)).isEqualTo(Arrays.copyOfRange(around.data(), 0, 20));
            assertThat(get(cache, XORB, 3, 5)).isEqualTo(Arrays.copyOfRange(around.data(), 120, 140));
        }
    }

    @Test
    void limit_isNeverExceeded_andTheLeastRecentlyUsedGoFirst() {
        long limit = 10_000;
        try (DiskChunkCache cache = open(limit)) {
            for (int i = 0; i < 50; i++) {
                put(cache, run(XORB, i * 10, 1_500));
                if (i > 0 && cache.length(XORB, 0) > 0) {
                    assertThat(get(cache, XORB, 0, 1)).isNotNull();
                }
            }
            assertThat(cache.length(XORB, 0)).as("used all the time").isPositive();
            assertThat(cache.length(XORB, 10)).isNegative();
            assertThat(cache.length(XORB, 490)).isPositive();
            assertThat(files.most()).isLessThanOrEqualTo(limit);
            assertThat(files.size()).isEqualTo(cache.bytes());

            put(cache, run(XORB, 9_000, 11_000));
            assertThat(cache.length(XORB, 9_000)).as("larger than the cache").isNegative();
        }
    }

    @Test
    void damagedBytes_areNeverServed_butDropped() {
        for (int position : new int[] {0, 60, 80, 100, 399}) {
            MemoryCacheFiles disk = new MemoryCacheFiles();
            AtomicInteger damaged = new AtomicInteger();
            ContentObserver observer = new ContentObserver() {
                @Override
                public void cacheDamaged(int chunks) {
                    damaged.addAndGet(chunks);
                }
            };
            ChunkRun run = run(XORB, 0, 100, 200);
            try (DiskChunkCache cache = DiskChunkCache.open(disk, 10_000, 1 << 20, observer)) {
                put(cache, run);
                byte[] bytes = disk.bytes(disk.names().getFirst());
                bytes[Math.min(position, bytes.length - 1)] ^= 1;
                byte[] read = get(cache, XORB, 0, 2);
                if (position >= bytes.length - 300) {
                    assertThat(read).isNull();
                    assertThat(damaged).hasValue(2);
                    assertThat(cache.length(XORB, 0)).isNegative();
                    put(cache, run);
                    assertThat(get(cache, XORB, 0, 2)).isEqualTo(run.data());
                } else {
                    assertThat(read).as("the header is in memory").isEqualTo(run.data());
                }
            }
        }
    }

    @Test
    void cutOrUnreadableFile_isDropped() {
        try (DiskChunkCache cache = open(10_000)) {
            put(cache, run(XORB, 0, 100, 200));
            String name = files.names().getFirst();
            files.put(name, Arrays.copyOf(files.bytes(name), files.bytes(name).length - 1));
            assertThat(get(cache, XORB, 0, 2)).isNull();
            cache.drain();
            assertThat(files.names()).isEmpty();

            put(cache, run(XORB, 5, 100));
            files.failReads(any -> true);
            assertThat(get(cache, XORB, 5, 6)).isNull();
            assertThat(cache.length(XORB, 5)).isNegative();
        }
    }

    @Test
    void fullDisk_dropsTheWrite_andTheNextIsTriedAgain() {
        AtomicLong dropped = new AtomicLong();
        ContentObserver observer = new ContentObserver() {
            @Override
            public void cacheWriteDropped(long bytes) {
                dropped.addAndGet(bytes);
            }
        };
        try (DiskChunkCache cache = DiskChunkCache.open(files, 10_000, 1 << 20, observer)) {
            files.failWrites(any -> true);
            put(cache, run(XORB, 0, 100));
            assertThat(dropped).hasPositiveValue();
            assertThat(cache.bytes()).isZero();
            assertThat(cache.length(XORB, 0)).isNegative();

            files.failWrites(any -> false);
            put(cache, run(XORB, 0, 100));
            assertThat(get(cache, XORB, 0, 1)).isNotNull();
        }
    }

    @Test
    void fileThatCannotBeDeleted_keepsCounting() {
        try (DiskChunkCache cache = open(3_000)) {
            put(cache, run(XORB, 0, 1_000));
            put(cache, run(XORB, 1, 1_000));
            files.failDeletes(any -> true);
            for (int i = 2; i < 10; i++) {
                put(cache, run(XORB, i, 1_000));
            }
            assertThat(files.most()).isLessThanOrEqualTo(3_000);
            files.failDeletes(any -> false);
            put(cache, run(XORB, 20, 1_000));
            assertThat(cache.length(XORB, 20)).isPositive();
            assertThat(files.size()).isEqualTo(cache.bytes()).isLessThanOrEqualTo(3_000);
        }
    }

    @Test
    void fullQueue_dropsTheRun_andFreesIt() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        files.failWrites(any -> {
            writing.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        AtomicInteger freed = new AtomicInteger();
        try (DiskChunkCache cache = DiskChunkCache.open(files, 100_000, 2_500, ContentObserver.NONE)) {
            cache.offer(run(XORB, 0, 1_000), freed::incrementAndGet);
            writing.await();
            cache.offer(run(XORB, 1, 1_000), freed::incrementAndGet);
            assertThat(freed).hasValue(0);

            cache.offer(run(XORB, 2, 1_000), freed::incrementAndGet);

            assertThat(freed).as("the third found no room").hasValue(1);
            go.countDown();
            cache.drain();
            assertThat(freed).hasValue(3);
            assertThat(cache.length(XORB, 1)).isPositive();
            assertThat(cache.length(XORB, 2)).isNegative();
        }
    }

    @Test
    void restart_findsWhatIsSound_andRemovesTheRest() throws Exception {
        ChunkRun first = run(XORB, 0, 1_000, 500);
        ChunkRun second = run(XORB, 5, 700);
        try (DiskChunkCache cache = open(100_000)) {
            put(cache, first);
            put(cache, second);
        }
        files.put("stranger", new byte[10]);
        String bad = XORB.text() + "-9-1";
        files.put(bad, new byte[200]);
        String huge = XORB.text() + "-9-9999";
        files.put(huge, new byte[10]);

        try (DiskChunkCache cache = open(100_000)) {
            assertThat(get(cache, XORB, 0, 2)).isEqualTo(first.data());
            assertThat(get(cache, XORB, 5, 6)).isEqualTo(second.data());
            assertThat(files.names()).hasSize(2).doesNotContain("stranger", bad, huge);
            assertThat(cache.bytes()).isEqualTo(files.size());
        }
        try (DiskChunkCache smaller = open(1_000)) {
            assertThat(smaller.length(XORB, 5)).isPositive();
            assertThat(smaller.length(XORB, 0)).isNegative();
            assertThat(files.size()).isLessThanOrEqualTo(1_000);
        }
    }

    @Test
    void damagedHeader_isNotBelievedAtRestart() {
        ChunkRun run = run(XORB, 0, 100, 200);
        try (DiskChunkCache cache = open(100_000)) {
            put(cache, run);
        }
        String name = files.names().getFirst();
        byte[] sound = files.bytes(name).clone();
        for (int position = 0; position < sound.length - 300; position++) {
            byte[] damaged = sound.clone();
            damaged[position] ^= 4;
            files.put(name, damaged);
            try (DiskChunkCache cache = open(100_000)) {
                assertThat(cache.length(XORB, 0)).as("byte " + position).isNegative();
                assertThat(files.names()).isEmpty();
            }
        }
    }

    @Test
    void restart_evictsInTheOrderOfUse_notOfWriting() {
        AtomicLong now = new AtomicLong(Duration.ofDays(1).toMillis());
        InstantSource clock = () -> Instant.ofEpochMilli(now.get());
        ChunkRun used = run(XORB, 0, 700);
        ChunkRun newer = run(XORB, 5, 700);
        try (DiskChunkCache cache = DiskChunkCache.open(files, 100_000, 1 << 20, ContentObserver.NONE, clock)) {
            put(cache, used);
            put(cache, newer);
            now.addAndGet(Duration.ofHours(1).toMillis());
            assertThat(get(cache, XORB, 0, 1)).isEqualTo(used.data());
            cache.drain();
        }
        try (DiskChunkCache smaller = open(1_000)) {
            assertThat(get(smaller, XORB, 0, 1)).isEqualTo(used.data());
            assertThat(smaller.length(XORB, 5)).isNegative();
        }
    }

    @Test
    void chunksThatWillBeRead_areReadAheadWhereTheyLie() throws Exception {
        try (DiskChunkCache cache = open(100_000)) {
            put(cache, run(XORB, 0, 100, 200));
            put(cache, run(XORB, 2, 300, 400));

            cache.willRead(XORB, 1, 3);

            String first = XORB.text() + "-0-2";
            String second = XORB.text() + "-2-2";
            assertThat(files.readAheads(2))
                    .containsExactly(
                            first + " " + (files.bytes(first).length - 200) + " 200",
                            second + " " + (files.bytes(second).length - 700) + " 300");
        }
    }

    @Test
    void queue_acceptsUpToItsLimit() {
        try (DiskChunkCache cache = DiskChunkCache.open(files, 100_000, 2_500, ContentObserver.NONE)) {
            assertThat(cache.accepts(2_500)).isTrue();
            assertThat(cache.accepts(2_501)).isFalse();
        }
    }

    @Test
    void runLargerThanTheQueue_isCached_whenNothingElseWaits() {
        try (DiskChunkCache cache = DiskChunkCache.open(files, 100_000, 500, ContentObserver.NONE)) {
            ChunkRun large = run(XORB, 0, 1_000, 1_000);
            put(cache, large);
            assertThat(get(cache, XORB, 0, 2)).isEqualTo(large.data());
        }
    }

    @Test
    void damagedBytesOnRealDisk_areNeverServed_butFetchedAgain_andCounted(@TempDir Path directory) throws Exception {
        int size = 3 << 20;
        FakeStore store = new FakeStore();
        ContentHash file = store.addFile(7, size, 64 << 10, 16);
        AtomicInteger damaged = new AtomicInteger();
        ContentObserver observer = new ContentObserver() {
            @Override
            public void cacheDamaged(int chunks) {
                damaged.addAndGet(chunks);
            }
        };
        SplittableRandom random = new SplittableRandom(11);
        try (DiskChunkCache cache =
                DiskChunkCache.open(new DiskCacheFiles(directory), 100 << 20, 100 << 20, observer)) {
            for (int round = 0; round < 5; round++) {
                // A damaged file is dropped whole, but only what is still to be read comes again: fill up.
                assertThat(readAll(store, cache, observer, file, size)).isEqualTo(store.content(file));
                cache.drain();
                damaged.set(0);
                store.forgetCalls();
                assertThat(readAll(store, cache, observer, file, size)).isEqualTo(store.content(file));
                assertThat(store.fetches()).as("all comes from disk").isEmpty();
                flipABit(directory, random);

                assertThat(readAll(store, cache, observer, file, size)).isEqualTo(store.content(file));

                assertThat(damaged).as("round " + round).hasPositiveValue();
                assertThat(store.fetches()).as("round " + round).isNotEmpty();
                cache.drain();
            }
        }
    }

    private static byte[] readAll(
            FakeStore store, ChunkCache cache, ContentObserver observer, ContentHash file, int size)
            throws FsException {
        ContentSettings settings = ContentSettings.DEFAULTS.withReadFetchTimeout(Duration.ZERO);
        byte[] all = new byte[size];
        try (ContentReader reader = new ContentReader(store, settings, cache, LayoutStore.NONE, observer);
                OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < size; offset += 300_000) {
                int length = Math.min(300_000, size - offset);
                content.read(offset, MemorySegment.ofArray(all).asSlice(offset, length), Wait.ALLOWED);
            }
        }
        return all;
    }

    /** In the middle of a chunk's bytes, of any file of the cache. */
    private static void flipABit(Path directory, SplittableRandom random) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.filter(path -> path.getFileName().toString().length() > 64)
                    .sorted()
                    .toList();
        }
        Path victim = all.get(random.nextInt(all.size()));
        try (FileChannel channel = FileChannel.open(victim, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long position = channel.size() - 1 - random.nextInt(60_000);
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1 << random.nextInt(8))}), position);
        }
    }

    /** The disk hangs in its first write: the reader never notices. */
    @Test
    void diskThatHangs_stopsNoReader() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        files.failWrites(any -> {
            hanging.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        int size = 24 << 20;
        FakeStore store = new FakeStore();
        ContentHash file = store.addFile(9, size, 64 << 10, 1024);
        ContentSettings settings = ContentSettings.DEFAULTS.withMaxReadMemory(8 << 20);
        byte[] all = new byte[size];
        DiskChunkCache cache = DiskChunkCache.open(files, 100 << 20, settings.cacheWriteQueue(), ContentObserver.NONE);
        try (ContentReader reader = new ContentReader(store, settings, cache, LayoutStore.NONE, ContentObserver.NONE);
                OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < size; offset += 1 << 20) {
                content.read(offset, MemorySegment.ofArray(all).asSlice(offset, 1 << 20), Wait.ALLOWED);
            }
            assertThat(all).isEqualTo(store.content(file));
            hanging.await();
        } finally {
            go.countDown();
            cache.close();
        }
    }

    @Test
    void onRealDisk_filesArePrivate_survive_andBelongToOneProcess(@TempDir Path temporary) throws Exception {
        Path directory = temporary.resolve("cache");
        ChunkRun run = run(XORB, 0, 70_000, 600_000);
        try (ChunkCache cache = ChunkCache.open(directory, 1 << 20, ContentObserver.NONE)) {
            put((DiskChunkCache) cache, run);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                    .isEqualTo("rwx------");
            try (var all = Files.walk(directory)) {
                assertThat(all.filter(Files::isRegularFile))
                        .hasSize(2)
                        .allSatisfy(
                                file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                                        .isEqualTo("rw-------"));
            }
            assertThatThrownBy(() -> ChunkCache.open(directory, 1 << 20, ContentObserver.NONE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
        }
        Files.write(directory.resolve("unfinished").resolve("1"), new byte[100]);
        try (ChunkCache cache = ChunkCache.open(directory, 1 << 20, ContentObserver.NONE)) {
            ((DiskChunkCache) cache).scanned().join();
            assertThat(get(cache, XORB, 0, 2)).isEqualTo(run.data());
            assertThat(directory.resolve("unfinished")).isEmptyDirectory();
        }
    }

    @Test
    void interruptedReader_getsItsBytes_andKeepsTheStatus(@TempDir Path directory) throws Exception {
        ChunkRun run = run(XORB, 0, 1_000);
        try (ChunkCache cache = ChunkCache.open(directory, 1 << 20, ContentObserver.NONE)) {
            put((DiskChunkCache) cache, run);
            Thread.currentThread().interrupt();
            byte[] read = get(cache, XORB, 0, 1);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(read).isEqualTo(run.data());
        }
    }

    @Test
    void sizeZero_cachesNothing(@TempDir Path directory) throws Exception {
        ChunkCache cache = ChunkCache.open(directory.resolve("none"), 0, ContentObserver.NONE);
        assertThat(cache).isSameAs(ChunkCache.NONE);
        AtomicInteger freed = new AtomicInteger();
        cache.offer(run(XORB, 0, 10), freed::incrementAndGet);
        assertThat(freed).hasValue(1);
        assertThat(directory.resolve("none")).doesNotExist();
    }
}
