package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.content.FakeStore.Answer;
import io.hfmount.agent.content.FakeStore.Call;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.model.ContentHash;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.test.scheduler.VirtualTimeScheduler;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContentReaderTest {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    private final FakeStore store = new FakeStore();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ContentReader reader = newReader(ContentSettings.DEFAULTS);

    private ContentReader newReader(ContentSettings settings) {
        return new ContentReader(store, settings, ChunkCache.NONE, LayoutStore.NONE, ContentObserver.NONE, time);
    }

    @AfterEach
    void memoryIsGivenBack() {
        reader.close();
        assertThat(reader.memoryInUse()).isZero();
        time.dispose();
    }

    private static byte[] read(OpenContent content, long offset, int length) throws FsException {
        byte[] bytes = new byte[length];
        int count = content.read(offset, MemorySegment.ofArray(bytes), Wait.ALLOWED);
        return Arrays.copyOf(bytes, count);
    }

    private byte[] expected(ContentHash file, int offset, int length) {
        byte[] content = store.content(file);
        return Arrays.copyOfRange(content, offset, Math.min(content.length, offset + length));
    }

    /** Work on a thread of its own. */
    private static final class Task<T> extends FutureTask<T> {
        private final Thread thread;

        private Task(Callable<T> work) {
            super(work);
            thread = Thread.ofPlatform().daemon().start(this);
        }

        private boolean waits() {
            return thread.getState() == Thread.State.WAITING;
        }
    }

    private static <T> Task<T> start(Callable<T> work) {
        return new Task<>(work);
    }

    /** Waits until the store has been called this often and {@code task} waits for it. */
    private List<Call> awaitCalls(Task<?> task, int count) {
        while (store.calls().size() < count || !task.waits()) {
            Thread.onSpinWait();
        }
        return store.calls();
    }

    /** Moves time, whenever the task waits, until it ends. */
    private <T> T finish(Task<T> task) throws Exception {
        while (!task.isDone()) {
            if (task.waits()) {
                time.advanceTimeBy(Duration.ofMillis(100));
            }
            Thread.onSpinWait();
        }
        return task.get();
    }

    @Test
    void randomRead_fetchesOnlyTheChunksNeeded_withOnePlanAndOneFetch() throws Exception {
        ContentHash file = store.addFile(1, 64 * MIB, 64 * KIB, 512);
        try (OpenContent content = reader.open(file, 64 * MIB)) {
            for (int offset : new int[] {40 * MIB + 100, 3 * MIB, 20 * MIB + 64 * KIB - 2 * KIB, 60 * MIB}) {
                store.forgetCalls();

                assertThat(read(content, offset, 4 * KIB)).isEqualTo(expected(file, offset, 4 * KIB));

                assertThat(store.plans()).hasSize(1);
                assertThat(store.plans().getFirst().start).isEqualTo(offset);
                assertThat(store.plans().getFirst().end).isEqualTo(offset + 4 * KIB);
                assertThat(store.fetches()).hasSize(1);
                Call fetch = store.fetches().getFirst();
                boolean straddles = offset % (64 * KIB) > 60 * KIB;
                assertThat(fetch.end - fetch.start).isEqualTo(straddles ? 2 : 1);
            }
        }
    }

    @Test
    void knownChunkInMemory_isServedWithoutStorage_alsoWithoutWaiting() throws Exception {
        ContentHash file = store.addFile(2, MIB, 64 * KIB, 512);
        try (OpenContent content = reader.open(file, MIB)) {
            read(content, 500 * KIB, 8 * KIB);
            store.forgetCalls();
            byte[] bytes = new byte[8 * KIB];

            int count = content.read(496 * KIB, MemorySegment.ofArray(bytes), Wait.NEVER);

            assertThat(count).isEqualTo(8 * KIB);
            assertThat(bytes).isEqualTo(expected(file, 496 * KIB, 8 * KIB));
            assertThat(store.calls()).isEmpty();
        }
    }

    @Test
    void readThatMustNotWait_throwsAndAsksNothing() {
        ContentHash file = store.addFile(3, MIB, 64 * KIB, 512);
        try (OpenContent content = reader.open(file, MIB)) {
            assertThatThrownBy(() -> content.read(0, MemorySegment.ofArray(new byte[100]), Wait.NEVER))
                    .isSameAs(WouldBlockException.INSTANCE);
            assertThat(store.calls()).isEmpty();
            assertThat(reader.memoryInUse()).isZero();
        }
    }

    @Test
    void readAtTheEnd_isShortThere_andZeroPast() throws Exception {
        ContentHash file = store.addFile(4, 100_000, 30_000, 2);
        try (OpenContent content = reader.open(file, 100_000)) {
            assertThat(read(content, 99_000, 5_000)).isEqualTo(expected(file, 99_000, 1_000));
            assertThat(read(content, 100_000, 5_000)).isEmpty();
            assertThat(read(content, 1L << 40, 5_000)).isEmpty();
        }
        try (OpenContent empty = reader.open(ContentHash.ZERO, 0)) {
            assertThat(read(empty, 0, 10)).isEmpty();
        }
    }

    @Test
    void readersOfTheSameBytes_shareOneFlight() throws Exception {
        ContentHash file = store.addFile(5, 4 * MIB, 64 * KIB, 512);
        store.script(Answer.RIGHT, Answer.HOLD);
        try (OpenContent one = reader.open(file, 4 * MIB);
                OpenContent two = reader.open(file, 4 * MIB)) {
            List<Task<byte[]>> tasks = new ArrayList<>();
            tasks.add(start(() -> read(one, 2 * MIB, 4 * KIB)));
            Call fetch = awaitCalls(tasks.getFirst(), 2).get(1);
            tasks.add(start(() -> read(two, 2 * MIB, 4 * KIB)));
            tasks.add(start(() -> read(one, 2 * MIB + KIB, 2 * KIB)));
            tasks.forEach(task -> awaitCalls(task, 2));
            fetch.answer(Answer.RIGHT);

            for (Task<byte[]> task : tasks) {
                assertThat(task.get()).isNotEmpty();
            }
            assertThat(tasks.getFirst().get()).isEqualTo(expected(file, 2 * MIB, 4 * KIB));
            assertThat(store.calls()).hasSize(2);
        }
    }

    @Test
    void filesThatShareChunks_shareTheFetchInFlight() throws Exception {
        java.util.SplittableRandom random = new java.util.SplittableRandom(6);
        ContentHash xorb = store.addXorb(random, 1, 1000);
        ContentHash one = store.addFileOf(random, List.of(xorb), 1);
        ContentHash two = store.addFileOf(random, List.of(xorb), 1);
        int size = store.content(one).length;
        store.script(call -> call.plan ? Answer.RIGHT : Answer.HOLD);
        try (OpenContent first = reader.open(one, size);
                OpenContent second = reader.open(two, size)) {
            Task<byte[]> a = start(() -> read(first, 0, size));
            awaitCalls(a, 2);
            Task<byte[]> b = start(() -> read(second, 0, size));
            awaitCalls(b, 3);

            store.fetches().getFirst().answer(Answer.RIGHT);

            assertThat(a.get()).isEqualTo(b.get()).isEqualTo(store.content(one));
            assertThat(store.fetches()).hasSize(1);
        }
    }

    @Test
    void stalledFetch_holdsUpNoOtherRead_andFailsAfterItsTimeOuts() throws Exception {
        ContentHash file = store.addFile(7, 64 * MIB, 64 * KIB, 512);
        store.script(call -> !call.plan && call.start == 0 ? Answer.HOLD : Answer.RIGHT);
        try (OpenContent content = reader.open(file, 64 * MIB)) {
            Task<byte[]> stalled = start(() -> read(content, 0, 4 * KIB));
            awaitCalls(stalled, 2);

            assertThat(read(content, 50 * MIB, 4 * KIB)).isEqualTo(expected(file, 50 * MIB, 4 * KIB));
            assertThat(stalled.isDone()).isFalse();

            assertThatThrownBy(() -> finish(stalled))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
            List<Call> held =
                    store.fetches().stream().filter(call -> call.start == 0).toList();
            assertThat(held).hasSize(3).allMatch(call -> call.cancelled);
            // Three time-outs and the pauses of 100 and 200 ms between them.
            assertThat(time.now(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(90_300L);
        }
    }

    @Test
    void stalledPlan_timesOutToo() throws Exception {
        ContentHash file = store.addFile(8, MIB, 64 * KIB, 512);
        store.script(Answer.HOLD);
        try (OpenContent content = reader.open(file, MIB)) {
            Task<byte[]> task = start(() -> read(content, 0, 4 * KIB));
            awaitCalls(task, 1);

            assertThat(finish(task)).isEqualTo(expected(file, 0, 4 * KIB));
            assertThat(store.calls().getFirst().cancelled).isTrue();
        }
    }

    @Test
    void damagedAnswers_areAskedForAgain_andNeverServed() throws Exception {
        for (Answer wrong :
                List.of(Answer.ERROR, Answer.EMPTY, Answer.SHORT, Answer.WRONG_LENGTH, Answer.WRONG_PLACE)) {
            for (boolean onPlan : List.of(true, false)) {
                ContentHash file = store.addFile(9, MIB, 64 * KIB, 8);
                List<Call> wronged = new ArrayList<>();
                store.script(call -> {
                    if (call.plan == onPlan && wronged.size() < 2) {
                        wronged.add(call);
                        return wrong;
                    }
                    return Answer.RIGHT;
                });
                try (OpenContent content = reader.open(file, MIB)) {
                    Task<byte[]> task = start(() -> read(content, MIB - 10 * KIB, 10 * KIB));
                    assertThat(finish(task))
                            .as(wrong + (onPlan ? " plan" : " fetch"))
                            .isEqualTo(expected(file, MIB - 10 * KIB, 10 * KIB));
                    assertThat(wronged).hasSize(2);
                }
            }
        }
    }

    @Test
    void storageThatStaysDamaged_givesEio_afterThreeAttempts() {
        for (Answer wrong :
                List.of(Answer.ERROR, Answer.EMPTY, Answer.SHORT, Answer.WRONG_LENGTH, Answer.WRONG_PLACE)) {
            ContentHash file = store.addFile(10, MIB, 64 * KIB, 8);
            store.forgetCalls();
            store.script(call -> call.plan ? Answer.RIGHT : wrong);
            try (OpenContent content = reader.open(file, MIB)) {
                Task<byte[]> task = start(() -> read(content, 0, 10 * KIB));
                assertThatThrownBy(() -> finish(task))
                        .cause()
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
                assertThat(store.fetches()).hasSize(3);
            }
        }
    }

    @Test
    void refusedToken_givesEacces_atOnce() {
        ContentHash file = store.addFile(11, MIB, 64 * KIB, 8);
        store.script(Answer.DENIED);
        try (OpenContent content = reader.open(file, MIB)) {
            assertThatThrownBy(() -> read(content, 0, 10))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EACCES));
            assertThat(store.calls()).hasSize(1);
        }
    }

    @Test
    void fileThatStorageHasShorterOrLonger_givesEio() {
        ContentHash file = store.addFile(12, MIB, 64 * KIB, 8);
        for (long claimed : new long[] {MIB + 1, MIB - 1}) {
            try (OpenContent content = reader.open(file, claimed)) {
                Task<byte[]> task = start(() -> read(content, claimed - 100, 200));
                assertThatThrownBy(() -> finish(task))
                        .cause()
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
            }
        }
    }

    @Test
    void interruptedRead_givesEintr_cancelsItsFetch_andKeepsTheStatus() throws Exception {
        ContentHash file = store.addFile(13, MIB, 64 * KIB, 8);
        store.script(call -> call.plan ? Answer.RIGHT : Answer.HOLD);
        try (OpenContent content = reader.open(file, MIB)) {
            AtomicBoolean status = new AtomicBoolean();
            Task<byte[]> task = start(() -> {
                try {
                    return read(content, 0, 100);
                } finally {
                    status.set(Thread.interrupted());
                }
            });
            Call fetch = awaitCalls(task, 2).get(1);
            task.thread.interrupt();

            assertThatThrownBy(task::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINTR));
            assertThat(status).isTrue();
            assertThat(fetch.cancelled).isTrue();
            assertThat(reader.memoryInUse()).isZero();
        }
    }

    @Test
    void closedReader_failsWaitingReads_andFreesAll() throws Exception {
        ContentHash file = store.addFile(14, MIB, 64 * KIB, 8);
        store.script(call -> call.plan ? Answer.RIGHT : Answer.HOLD);
        OpenContent content = reader.open(file, MIB);
        Task<byte[]> task = start(() -> read(content, 0, 100));
        Call fetch = awaitCalls(task, 2).get(1);

        reader.close();

        assertThatThrownBy(task::get)
                .cause()
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
        assertThat(fetch.cancelled).isTrue();
        assertThat(reader.memoryInUse()).isZero();
        content.close();
    }

    @Test
    void closedHandle_givesEbadf() {
        OpenContent content = reader.open(store.addFile(15, 100, 10, 8), 100);
        content.close();
        content.close();
        assertThatThrownBy(() -> read(content, 0, 10))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
    }

    @Test
    void download_givesTheWholeFileInOrder() throws Exception {
        ContentHash file = store.addFile(16, 20 * MIB + 12_345, 70_000, 300);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        reader.download(file, 20 * MIB + 12_345, (position, data) -> {
            assertThat(position).isEqualTo(bytes.size());
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            bytes.writeBytes(copy);
        });

        assertThat(bytes.toByteArray()).isEqualTo(store.content(file));
        assertThat(reader.memoryInUse()).isZero();
    }

    @Test
    void downloadOntoAFullDisk_givesEnospc_andStops() {
        ContentHash file = store.addFile(17, 4 * MIB, 64 * KIB, 8);
        assertThatThrownBy(() -> reader.download(file, 4 * MIB, (position, data) -> {
                    throw new IOException("No space left on device");
                }))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
        assertThat(reader.memoryInUse()).isZero();
    }

    @Test
    void downloadThatStalls_timesOutPerFetch() throws Exception {
        ContentHash file = store.addFile(18, 8 * MIB, 64 * KIB, 512);
        store.script(call -> !call.plan && call.end > 60 ? Answer.HOLD : Answer.RIGHT);
        List<ByteBuffer> written = new ArrayList<>();
        Task<Boolean> task = start(() -> {
            reader.download(file, 8 * MIB, (position, data) -> written.add(data));
            return true;
        });
        assertThatThrownBy(() -> finish(task))
                .cause()
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
        assertThat(written).isNotEmpty();
        assertThat(reader.memoryInUse()).isZero();
    }
}
