package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.content.FakeStore.Answer;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.model.ContentHash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/** Whatever storage and the cache disk do, a read gives the file's bytes or fails. */
class ContentReaderPropertiesTest {
    private static final Answer[] WRONG = {
        Answer.ERROR, Answer.EMPTY, Answer.SHORT, Answer.WRONG_LENGTH, Answer.WRONG_PLACE
    };

    /** Pauses are over at once, time-outs never come. */
    private static final class NoPauses implements Scheduler {
        @Override
        public Disposable schedule(Runnable task) {
            task.run();
            return Disposables.disposed();
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            return unit.toSeconds(delay) < 1 ? schedule(task) : Disposables.single();
        }

        @Override
        public Worker createWorker() {
            throw new UnsupportedOperationException();
        }
    }

    private static ContentSettings settings(SplittableRandom random) {
        return new ContentSettings(
                8 << 20,
                random.nextInt(3) * 400_000L,
                64 << 10,
                512 << 10,
                (64 << 10) + random.nextInt(200_000),
                16 << 20,
                Duration.ofSeconds(30),
                random.nextInt(1, 4),
                random.nextInt(1, 4),
                random.nextInt(2) * 1_000_000L,
                1 << 20);
    }

    private static List<ContentHash> files(FakeStore store, SplittableRandom random) {
        List<ContentHash> xorbs = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            xorbs.add(store.addXorb(random, random.nextInt(1, 20), random.nextBoolean() ? 200 : 20_000));
        }
        List<ContentHash> files = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            files.add(store.addFileOf(random, xorbs, random.nextInt(1, 12)));
        }
        return files;
    }

    private static void damage(MemoryCacheFiles disk, SplittableRandom random, int percent) {
        if (disk.names().isEmpty() || random.nextInt(100) >= percent) {
            return;
        }
        String name = disk.names().get(random.nextInt(disk.names().size()));
        byte[] bytes = disk.bytes(name);
        if (bytes == null || bytes.length == 0) {
            return;
        }
        if (random.nextInt(4) == 0) {
            disk.put(name, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
        } else {
            bytes[random.nextInt(bytes.length)] ^= (byte) random.nextInt(1, 256);
        }
    }

    @Property(tries = 300)
    void everyRead_givesTheFilesBytes_orFails(@ForAll long seed, @ForAll @IntRange(max = 30) int faultPercent)
            throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        FakeStore store = new FakeStore();
        List<ContentHash> files = files(store, random);
        SplittableRandom faults = random.split();
        store.script(call -> faults.nextInt(100) < faultPercent ? WRONG[faults.nextInt(WRONG.length)] : Answer.RIGHT);
        MemoryCacheFiles disk = new MemoryCacheFiles();
        SplittableRandom diskFaults = random.split();
        disk.failWrites(name -> diskFaults.nextInt(100) < faultPercent);
        disk.failReads(name -> diskFaults.nextInt(100) < faultPercent / 2);
        long limit = 200_000;
        DiskChunkCache cache = DiskChunkCache.open(disk, limit, 1 << 20, ContentObserver.NONE);
        MemoryCacheFiles layoutDisk = new MemoryCacheFiles();
        layoutDisk.failWrites(name -> diskFaults.nextInt(100) < faultPercent);
        layoutDisk.failReads(name -> diskFaults.nextInt(100) < faultPercent / 2);
        DiskLayoutStore layouts = DiskLayoutStore.open(layoutDisk, 20 * DiskLayoutStore.BLOCK);
        ContentSettings settings = settings(random);
        ContentReader reader = new ContentReader(store, settings, cache, layouts, ContentObserver.NONE, new NoPauses());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(200_000);
            ContentHash[] opened = new ContentHash[3];
            OpenContent[] handles = new OpenContent[3];
            long[] next = new long[3];
            for (int step = 0; step < 60; step++) {
                int i = random.nextInt(3);
                if (handles[i] == null || random.nextInt(20) == 0) {
                    if (handles[i] != null) {
                        handles[i].close();
                    }
                    opened[i] = files.get(random.nextInt(files.size()));
                    handles[i] = reader.open(opened[i], store.content(opened[i]).length);
                    next[i] = 0;
                }
                if (random.nextInt(8) == 0) {
                    cache.drain();
                    damage(disk, random, faultPercent * 3);
                }
                if (random.nextInt(20) == 0) {
                    for (int other = 0; other < 3; other++) {
                        if (handles[other] != null) {
                            handles[other].close();
                            handles[other] = null;
                        }
                    }
                    reader.close();
                    layouts.drain();
                    damage(layoutDisk, random, faultPercent);
                    reader = new ContentReader(store, settings, cache, layouts, ContentObserver.NONE, new NoPauses());
                    continue;
                }
                byte[] content = store.content(opened[i]);
                long offset = random.nextInt(3) == 0 ? random.nextInt(content.length + 100) : next[i];
                int length = random.nextInt(1, random.nextBoolean() ? 300 : 60_000);
                Wait wait = random.nextInt(4) == 0 ? Wait.NEVER : Wait.ALLOWED;
                try {
                    int count = handles[i].read(offset, buffer.asSlice(0, length), wait);
                    int expected = (int) Math.max(0, Math.min(length, content.length - offset));
                    assertThat(count).isEqualTo(expected);
                    byte[] read = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
                    assertThat(count == 0 || Arrays.equals(read, 0, count, content, (int) offset, (int) offset + count))
                            .as("bytes at " + offset)
                            .isTrue();
                    next[i] = offset + count;
                } catch (WouldBlockException e) {
                    assertThat(wait).isEqualTo(Wait.NEVER);
                } catch (FsException e) {
                    assertThat(faultPercent).as(e.getMessage()).isPositive();
                    assertThat(e.errno()).isEqualTo(Errno.EIO);
                }
            }
            for (OpenContent handle : handles) {
                if (handle != null) {
                    handle.close();
                }
            }
            cache.drain();
            assertThat(reader.memoryInUse()).isZero();
            assertThat(disk.most()).isLessThanOrEqualTo(limit);
        } finally {
            reader.close();
            cache.close();
            layouts.close();
        }
    }

    @Property(tries = 10)
    void concurrentReads_giveTheFilesBytes_orFail(@ForAll long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        FakeStore store = new FakeStore();
        List<ContentHash> files = files(store, random);
        store.script(call -> Math.floorMod(call.start * 31 + call.end + seed, 17) == 0 ? Answer.ERROR : Answer.RIGHT);
        MemoryCacheFiles disk = new MemoryCacheFiles();
        DiskChunkCache cache = DiskChunkCache.open(disk, 300_000, 1 << 20, ContentObserver.NONE);
        ContentReader reader = new ContentReader(
                store, settings(random), cache, LayoutStore.NONE, ContentObserver.NONE, new NoPauses());
        List<FutureTask<Integer>> tasks = new ArrayList<>();
        ContentHash file = files.getFirst();
        byte[] content = store.content(file);
        OpenContent shared = reader.open(file, content.length);
        for (int thread = 0; thread < 4; thread++) {
            SplittableRandom own = random.split();
            FutureTask<Integer> task = new FutureTask<>(() -> {
                int good = 0;
                long next = 0;
                for (int i = 0; i < 200; i++) {
                    int offset = own.nextInt(3) == 0 ? own.nextInt(content.length) : (int) (next % content.length);
                    byte[] bytes = new byte[own.nextInt(1, 30_000)];
                    try {
                        int count = shared.read(offset, MemorySegment.ofArray(bytes), Wait.ALLOWED);
                        if (!Arrays.equals(bytes, 0, count, content, offset, offset + count)
                                || count != Math.min(bytes.length, content.length - offset)) {
                            throw new AssertionError("wrong bytes at " + offset);
                        }
                        good++;
                        next = offset + count;
                    } catch (FsException failed) {
                        if (failed.errno() != Errno.EIO) {
                            throw failed;
                        }
                    }
                }
                return good;
            });
            tasks.add(task);
            Thread.ofVirtual().start(task);
        }
        for (FutureTask<Integer> task : tasks) {
            task.get(20, TimeUnit.SECONDS);
        }
        shared.close();
        reader.close();
        cache.drain();
        cache.close();
        assertThat(reader.memoryInUse()).isZero();
    }
}
