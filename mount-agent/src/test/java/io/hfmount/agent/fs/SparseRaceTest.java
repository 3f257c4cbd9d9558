package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads on files that are edited sparsely, beside a flush storm (mount-semantics §10.3). Every worker has a seed of its
 * own, which a failure names; how the workers interleave is the machine's.
 */
@Timeout(120)
class SparseRaceTest {
    private static final int SIZE = 24_000;

    private final FsHarness fs = new FsHarness(FsSettings.defaults(0, 0).withSparseMinSize(1000));
    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final AtomicBoolean over = new AtomicBoolean();
    private final long seed = new SplittableRandom().nextLong();

    SparseRaceTest() {
        fs.hub.serialLane = true;
        fs.flush.onLane = true;
    }

    @AfterEach
    void close() {
        over.set(true);
        threads.shutdown();
        fs.close();
    }

    @FunctionalInterface
    interface Body {
        void run(int round, SplittableRandom random) throws Exception;
    }

    /** {@code workers} run their rounds; {@code others} go on until those are done. */
    private void race(int rounds, List<Body> workers, List<Body> others) throws Exception {
        CyclicBarrier start = new CyclicBarrier(workers.size() + others.size());
        List<Future<?>> working = new ArrayList<>();
        List<Future<?>> beside = new ArrayList<>();
        for (int i = 0; i < workers.size() + others.size(); i++) {
            boolean works = i < workers.size();
            Body body = works ? workers.get(i) : others.get(i - workers.size());
            SplittableRandom random = new SplittableRandom(seed + i);
            (works ? working : beside).add(threads.submit(() -> {
                start.await();
                for (int round = 0; works ? round < rounds : !over.get(); round++) {
                    body.run(round, random);
                    fs.fs.checkInvariants();
                }
                return null;
            }));
        }
        try {
            awaitAll(working);
        } finally {
            over.set(true);
            awaitAll(beside);
        }
    }

    /** Nobody is left at work when the first failure is thrown, for what comes next deletes the files. */
    private static void awaitAll(List<Future<?>> all) throws Exception {
        Exception first = null;
        for (Future<?> one : all) {
            try {
                one.get(100, TimeUnit.SECONDS); // a deadlock ends here
            } catch (ExecutionException | TimeoutException failed) {
                first = first == null ? failed : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static byte[] random(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private void flush() throws FsException {
        fs.flush.flushAll();
    }

    private void settle() {
        for (int i = 0; i < 3; i++) {
            fs.flush.flushAll();
        }
        assertThat(fs.flush.publication.dirtyFiles()).isEmpty();
        fs.fs.checkInvariants();
    }

    private byte[] whole(long handle) throws FsException {
        return fs.read(handle, 0, 4 * SIZE);
    }

    /** E6 and E7, with nobody in the middle of a change. */
    private static void checkStaging(Inode inode) {
        inode.io.readLock().lock();
        try {
            assertThat(inode.size).isLessThanOrEqualTo(inode.stagingFile.length());
            EditState edit = inode.edit;
            assertThat(edit == null || edit.checkSize(inode.size)).isTrue();
            assertThat(edit == null || edit.dirty().end() <= inode.size).isTrue();
        } finally {
            inode.io.readLock().unlock();
        }
    }

    @Test
    void write_setattr_concurrent_keeps_size_consistent_with_staging() throws Exception {
        fs.hub.put("a", new byte[SIZE]);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        Inode inode = fs.inode("a");
        race(
                400,
                List.of(
                        (round, random) -> fs.write(handle, random.nextInt(SIZE), random(random, 3000)),
                        (round, random) ->
                                fs.fs.setattr(inode.ino, AttributeChange.ofSize(1 + random.nextInt(2 * SIZE)))),
                List.of((round, random) -> {
                    checkStaging(inode);
                    whole(handle); // H-15: the end does not move under a read
                }));
        checkStaging(inode);
        assertThat(whole(handle)).hasSize((int) inode.size);
        fs.close(handle);
        settle();
        assertThat(fs.cat("a")).isEqualTo(fs.hub.bytes("a"));
    }

    @Test
    void write_tracked_range_clamped_to_staging_after_concurrent_shrink() throws Exception {
        fs.hub.put("a", new byte[SIZE]);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        Inode inode = fs.inode("a");
        race(
                400,
                List.of(
                        (round, random) -> fs.write(handle, SIZE - 100, random(random, 200)),
                        (round, random) -> fs.fs.setattr(inode.ino, AttributeChange.ofSize(10))),
                List.of((round, random) -> checkStaging(inode)));
        fs.fs.setattr(inode.ino, AttributeChange.ofSize(10));
        assertThat(inode.edit.dirty().end()).isLessThanOrEqualTo(10);
        assertThat(inode.stagingFile.length()).isEqualTo(10);
        fs.close(handle);
        settle();
        assertThat(fs.hub.bytes("a")).isEqualTo(new byte[10]);
    }

    enum Op {
        WRITE,
        APPEND,
        PUNCH,
        SHRINK,
        GROW,
        READ,
        REOPEN,
        OVERWRITE,
        FLUSH,
        REMOTE
    }

    /** A file that one worker alone changes, beside the bytes that it must have. */
    private final class Shadow {
        final String name;
        byte[] bytes;
        long handle = -1;
        final Map<Op, Integer> done = new EnumMap<>(Op.class);

        Shadow(String name) {
            this.name = name;
            this.bytes = random(new SplittableRandom(seed ^ name.hashCode()), SIZE);
            synchronized (fs.hub) {
                fs.hub.put(name, bytes);
            }
        }

        void open() throws FsException {
            if (handle < 0) {
                handle = fs.open(name, OpenFlags.READ_WRITE);
            }
        }

        void close() throws FsException {
            if (handle >= 0) {
                fs.close(handle);
                handle = -1;
            }
        }

        void write(int offset, byte[] data) throws FsException {
            open();
            fs.write(handle, offset, data);
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length, offset + data.length));
            System.arraycopy(data, 0, bytes, offset, data.length);
        }

        void step(SplittableRandom random) throws FsException {
            Op op = Op.values()[random.nextInt(Op.values().length)];
            int at = random.nextInt(bytes.length);
            switch (op) {
                case WRITE -> write(at, random(random, 1 + random.nextInt(5000)));
                case APPEND -> write(bytes.length + random.nextInt(100), random(random, 1 + random.nextInt(500)));
                case PUNCH -> {
                    open();
                    int end = Math.min(bytes.length, at + 1 + random.nextInt(4000));
                    fs.fs.fallocate(0, handle, 3, at, end - at);
                    Arrays.fill(bytes, at, end, (byte) 0);
                }
                case SHRINK, GROW -> {
                    int size = op == Op.SHRINK ? 1 + at : bytes.length + random.nextInt(3000);
                    fs.truncate(name, size);
                    bytes = Arrays.copyOf(bytes, size);
                }
                case READ -> {
                    open();
                    int end = Math.min(bytes.length, at + random.nextInt(8000));
                    assertThat(fs.read(handle, at, end - at)).isEqualTo(Arrays.copyOfRange(bytes, at, end));
                }
                case REOPEN -> close();
                case OVERWRITE -> {
                    bytes = random(random, 900 + random.nextInt(SIZE));
                    fs.overwrite(name, bytes);
                }
                case FLUSH -> flush();
                case REMOTE -> rotate(random);
            }
            done.merge(op, 1, Integer::sum);
            if (bytes.length > 3 * SIZE) {
                fs.truncate(name, SIZE);
                bytes = Arrays.copyOf(bytes, SIZE);
            }
        }

        /** Another client replaces it, once nothing of ours waits; the storm beside may still publish other files. */
        private void rotate(SplittableRandom random) throws FsException {
            close();
            while (fs.isDirty(name)) {
                flush();
            }
            bytes = random(random, 2000 + random.nextInt(SIZE));
            synchronized (fs.hub) {
                fs.hub.put(name, bytes);
            }
            fs.poll();
        }
    }

    @Test
    void sparse_writes_concurrent_stress() throws Exception {
        fs.fs.preload();
        List<Shadow> files = new ArrayList<>();
        List<Body> workers = new ArrayList<>();
        for (int worker = 0; worker < 4; worker++) {
            List<Shadow> own = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                own.add(new Shadow("w" + worker + "-" + i));
            }
            files.addAll(own);
            workers.add((round, random) -> own.get(random.nextInt(3)).step(random));
        }
        fs.poll();
        race(150, workers, List.of((round, random) -> flush()));
        EnumMap<Op, Integer> done = new EnumMap<>(Op.class);
        for (Shadow file : files) {
            file.done.forEach((op, n) -> done.merge(op, n, Integer::sum));
            assertThat(Arrays.equals(fs.cat(file.name), file.bytes))
                    .as("%s of seed %s", file.name, seed)
                    .isTrue();
            file.close();
        }
        settle();
        for (Shadow file : files) {
            assertThat(Arrays.equals(fs.hub.bytes(file.name), file.bytes))
                    .as("published %s of seed %s", file.name, seed)
                    .isTrue();
        }
        assertThat(done.keySet()).as("every kind of operation ran").containsExactly(Op.values());
        assertThat(fs.flush.routes).contains(UploadRoute.RANGE, UploadRoute.FULL);
    }

    @Test
    void sparse_writes_same_inode_concurrent_stress() throws Exception {
        fs.hub.put("a", new byte[SIZE]);
        fs.fs.preload();
        long ino = fs.walk("a").ino();
        Body worker = (round, random) -> {
            long handle = fs.fs.open(ino, OpenFlags.READ_WRITE, Caller.SELF).handle();
            for (int i = 0; i < 5; i++) {
                switch (random.nextInt(5)) {
                    case 0, 1 -> fs.write(handle, random.nextInt(SIZE), random(random, 1 + random.nextInt(3000)));
                    case 2 -> fs.fs.setattr(ino, AttributeChange.ofSize(1 + random.nextInt(SIZE)));
                    case 3 -> fs.fs.fallocate(0, handle, 3, random.nextInt(SIZE), 1 + random.nextInt(3000));
                    default -> fs.read(handle, random.nextInt(SIZE), random.nextInt(9000));
                }
            }
            fs.fs.release(0, handle);
            if (round % 20 == 0) {
                flush();
            }
        };
        race(
                80,
                List.of(worker, worker, worker, worker),
                List.of((round, random) -> flush(), (round, random) -> fs.poll()));
        byte[] local = fs.cat("a");
        settle();
        assertThat(Arrays.equals(fs.hub.bytes("a"), local)).as("seed %s", seed).isTrue();
        assertThat(Arrays.equals(fs.cat("a"), local)).as("seed %s", seed).isTrue();
        assertThat(fs.flush.routes).contains(UploadRoute.RANGE);
    }

    /** Workers own interleaved slots of one file: what each wrote last is there, and of nobody else a byte. */
    @Test
    void sparse_writes_same_inode_verified_integrity() throws Exception {
        int workers = 4;
        int slot = 500;
        int slots = 400;
        byte[] expected = random(new SplittableRandom(seed), slots * slot);
        fs.hub.put("a", expected);
        long ino = fs.walk("a").ino();
        long[] handles = new long[workers];
        AtomicLong reads = new AtomicLong();
        AtomicLong writes = new AtomicLong();
        AtomicLong reopens = new AtomicLong();
        byte[] shadow = expected.clone();
        List<Body> bodies = new ArrayList<>();
        for (int w = 0; w < workers; w++) {
            int worker = w;
            handles[w] = fs.fs.open(ino, OpenFlags.READ_WRITE, Caller.SELF).handle();
            bodies.add((round, random) -> {
                int at = (random.nextInt(slots / workers) * workers + worker) * slot;
                if (round % 25 == 0) {
                    flush();
                }
                switch (random.nextInt(4)) {
                    case 0, 1 -> {
                        byte[] data = random(random, 1 + random.nextInt(slot));
                        fs.write(handles[worker], at, data);
                        System.arraycopy(data, 0, shadow, at, data.length);
                        writes.incrementAndGet();
                    }
                    case 2 -> {
                        assertThat(fs.read(handles[worker], at, slot))
                                .isEqualTo(Arrays.copyOfRange(shadow, at, at + slot));
                        reads.incrementAndGet();
                    }
                    default -> {
                        fs.close(handles[worker]);
                        handles[worker] = fs.fs.open(ino, OpenFlags.READ_WRITE, Caller.SELF)
                                .handle();
                        reopens.incrementAndGet();
                    }
                }
            });
        }
        race(300, bodies, List.of((round, random) -> flush()));
        assertThat(Arrays.equals(fs.cat("a"), shadow)).as("seed %s", seed).isTrue();
        for (long handle : handles) {
            fs.close(handle);
        }
        settle();
        assertThat(Arrays.equals(fs.hub.bytes("a"), shadow))
                .as("published, seed %s", seed)
                .isTrue();
        assertThat(List.of(reads.get(), writes.get(), reopens.get())).allMatch(n -> n > 100);
        assertThat(fs.flush.routes.stream().filter(r -> r == UploadRoute.RANGE).count())
                .as("sparse publications")
                .isGreaterThan(2);
        assertThat(fs.hub.calls).as("nobody fetched the whole").noneMatch(c -> c.startsWith("GET"));
    }
}
