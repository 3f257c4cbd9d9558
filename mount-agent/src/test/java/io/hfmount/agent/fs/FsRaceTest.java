package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real threads on one file system: no deadlock, no torn publication, nothing lost, whatever the order
 * (mount-semantics §1.8, H-05, H-07, H-57, H-59, H-88).
 */
@Timeout(120)
class FsRaceTest {
    private static final int RECORD = 200_000; // several before-image blocks
    private final FsHarness fs = new FsHarness();
    // Not virtual ones: bodies that spin would keep all carriers from those that wait.
    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final AtomicBoolean over = new AtomicBoolean();

    FsRaceTest() {
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
        void run(int round) throws Exception;
    }

    /** The first body runs its rounds; the others go on until it is done. */
    private void race(int rounds, Body... bodies) throws Exception {
        CyclicBarrier start = new CyclicBarrier(bodies.length);
        List<Future<?>> all = new ArrayList<>();
        for (Body body : bodies) {
            boolean leads = body == bodies[0];
            all.add(threads.submit(() -> {
                try {
                    start.await();
                    for (int round = 0; leads ? round < rounds : !over.get(); round++) {
                        body.run(round);
                        fs.fs.checkInvariants();
                    }
                } finally {
                    over.set(true);
                }
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get(100, TimeUnit.SECONDS); // a deadlock ends here
        }
    }

    /** A whole state: one record, every 8 bytes of it the same stamp. */
    private static byte[] record(long stamp) {
        ByteBuffer bytes = ByteBuffer.allocate(RECORD);
        while (bytes.hasRemaining()) {
            bytes.putLong(stamp);
        }
        return bytes.array();
    }

    private static boolean isWhole(byte[] bytes) {
        if (bytes.length == 0) {
            return true;
        }
        return bytes.length == RECORD
                && Arrays.equals(bytes, record(ByteBuffer.wrap(bytes).getLong()));
    }

    private void settle() throws FsException {
        fs.hub.onCall = call -> {};
        for (int i = 0; i < 4; i++) {
            fs.flush.flushAll();
        }
        assertThat(fs.flush.publication.dirtyFiles()).isEmpty();
        assertThat(fs.flush.publication.deletesQueued()).isZero();
        fs.fs.checkInvariants();
    }

    private void assertOnlyWholeContentWasEverStored() {
        fs.hub.content.forEach((hash, bytes) -> assertThat(isWhole(bytes))
                .as("a torn state of %s bytes was uploaded", bytes.length)
                .isTrue());
    }

    @Test
    void oneFileOverwrittenInPlace_isPublishedInWholeStatesOnly_H07_H88() throws Exception {
        long handle = fs.create("a");
        fs.write(handle, 0, record(1));
        race(
                300,
                round -> fs.write(handle, 0, record(round + 2)),
                round -> fs.flush.flushAll(),
                round -> assertThat(isWhole(fs.read(handle, 0, RECORD))).isTrue());
        settle();
        assertOnlyWholeContentWasEverStored();
        assertThat(fs.hub.bytes("a")).isEqualTo(record(301));
        assertThat(fs.read(handle, 0, RECORD + 1)).isEqualTo(record(301));
        fs.close(handle);
    }

    @Test
    void appendsBesideFallocate_areNeverCutOff() throws Exception {
        long handle = fs.create("log");
        long ino = fs.walk("log").ino();
        race(
                3000,
                round -> {
                    fs.write(handle, round, new byte[] {(byte) (round + 1)});
                    assertThat(fs.fs.getattr(ino).size()).isGreaterThanOrEqualTo(round + 1);
                },
                round -> fs.fs.fallocate(
                        0, handle, 0, 0, Math.max(1, fs.fs.getattr(ino).size())),
                round -> fs.fs.fallocate(0, handle, 16, 0, 1));
        byte[] all = fs.read(handle, 0, 4000);
        assertThat(all).hasSize(3000);
        for (int i = 1; i < all.length; i++) {
            assertThat(all[i]).isEqualTo((byte) (i + 1));
        }
        fs.close(handle);
    }

    @Test
    void renamesBesideFlushes_keepOneFileUnderItsLastName_H57() throws Exception {
        fs.put("n0", new byte[] {1});
        race(
                400,
                round -> {
                    if (round % 3 != 1) {
                        fs.overwrite("n" + round, new byte[] {(byte) round, (byte) (round >> 8)});
                    }
                    fs.rename("n" + round, "n" + (round + 1));
                },
                round -> fs.flush.flushAll(),
                round -> fs.flush.flushAll());
        settle();
        assertThat(fs.hub.files).containsOnlyKeys("n400");
        fs.advance(Duration.ofMinutes(5));
        fs.poll();
        assertThat(fs.tree()).containsOnlyKeys("n400");
        assertThat(fs.cat("n400")).isEqualTo(new byte[] {(byte) 399, (byte) (399 >> 8)});
    }

    @Test
    void directoryRenamesBesideFlushes_moveEveryChild_H57() throws Exception {
        fs.mkdir("d0");
        race(
                200,
                round -> {
                    fs.put("d" + round + "/f" + round % 5 + "-" + round, new byte[] {(byte) round});
                    fs.rename("d" + round, "d" + (round + 1));
                    if (round >= 5) {
                        fs.unlink("d" + (round + 1) + "/f" + (round - 5) % 5 + "-" + (round - 5));
                    }
                },
                round -> fs.flush.flushAll(),
                round -> fs.flush.flushAll());
        settle();
        assertThat(fs.hub.files)
                .containsOnlyKeys("d200/f0-195", "d200/f1-196", "d200/f2-197", "d200/f3-198", "d200/f4-199");
        fs.advance(Duration.ofMinutes(5));
        fs.poll();
        assertThat(fs.tree().keySet()).isEqualTo(fs.hub.files.keySet());
    }

    @Test
    void makingAndRemovingBesideFlushesAndPolls_leavesNothing_H59_H62() throws Exception {
        fs.fs.preload();
        race(
                400,
                round -> {
                    fs.put("a", new byte[] {(byte) round});
                    assertThat(fs.cat("a")).isEqualTo(new byte[] {(byte) round});
                    fs.unlink("a");
                    assertThat(fs.exists("a")).isFalse();
                },
                round -> fs.flush.flushAll(),
                round -> fs.poll());
        settle();
        assertThat(fs.hub.files).isEmpty();
        assertThat(fs.area.bytes()).isZero();
    }

    @Test
    void overwritersTruncatersReadersAndPolls_onSeveralFiles_endInOneOfTheirStates() throws Exception {
        fs.fs.preload();
        List<String> names = List.of("a", "b", "c");
        for (String name : names) {
            fs.put(name, record(1));
        }
        race(
                60,
                round -> fs.overwrite(names.get(round % 3), record(1000 + round)),
                round -> {
                    if (round < 60) {
                        fs.truncate(names.get(round % 3), 0);
                    }
                },
                round -> {
                    long handle = fs.open(names.get(round % 3), OpenFlags.READ_ONLY);
                    fs.read(handle, 0, RECORD);
                    fs.close(handle);
                },
                round -> fs.flush.flushAll(),
                round -> fs.flush.flushAll(),
                round -> fs.poll());
        settle();
        for (String name : names) {
            byte[] here = fs.cat(name);
            byte[] there = fs.hub.files.get(name).hash().isZero() ? new byte[0] : fs.hub.bytes(name);
            assertThat(Arrays.equals(here, there)).as(name).isTrue();
        }
    }
}
