package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.content.FakeStore.Answer;
import io.hfmount.agent.content.FakeStore.Call;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.test.scheduler.VirtualTimeScheduler;

@Timeout(30)
class PrefetchTest {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final int STEP = 128 * KIB;

    private final FakeStore store = new FakeStore();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final AtomicLong waitedFor = new AtomicLong();
    private final ContentObserver observer = new ContentObserver() {
        @Override
        public void served(Source source, long bytes) {
            if (source == Source.STORAGE) {
                waitedFor.addAndGet(bytes);
            }
        }
    };
    private ContentReader reader = newReader(ContentSettings.DEFAULTS);

    private ContentReader newReader(ContentSettings settings) {
        return new ContentReader(store, settings, ChunkCache.NONE, LayoutStore.NONE, observer, time);
    }

    @AfterEach
    void memoryIsGivenBack() {
        reader.close();
        assertThat(reader.memoryInUse()).isZero();
        time.dispose();
    }

    private void readChecked(OpenContent content, ContentHash file, int offset, int length) throws FsException {
        byte[] bytes = new byte[length];
        int count = content.read(offset, MemorySegment.ofArray(bytes), Wait.ALLOWED);
        byte[] whole = store.content(file);
        assertThat(Arrays.equals(bytes, 0, count, whole, offset, Math.min(whole.length, offset + length)))
                .isTrue();
    }

    private List<Long> planSizes() {
        return store.plans().stream().map(call -> call.end - call.start).toList();
    }

    @Test
    void sequentialReader_getsAGrowingWindow_andEveryByteAboutOnce() throws Exception {
        int size = 80 * MIB;
        ContentHash file = store.addFile(1, size, 64 * KIB, 1024);
        try (OpenContent content = reader.open(file, size)) {
            readChecked(content, file, 0, STEP);
            assertThat(planSizes()).containsExactly((long) STEP);
            readChecked(content, file, STEP, STEP);
            assertThat(planSizes()).containsExactly((long) STEP, (long) STEP, (long) MIB);
            for (int offset = 2 * STEP; offset < size; offset += STEP) {
                readChecked(content, file, offset, STEP);
            }
            assertThat(((HandleReader) content).window()).isEqualTo(64L * MIB);
        }
        List<Long> ahead = planSizes().subList(2, planSizes().size());
        assertThat(ahead).contains((long) MIB, 4L * MIB, 8L * MIB);
        assertThat(ahead.stream().filter(length -> length <= 8 * MIB).limit(10)).isSorted();
        long chunks = store.fetches().stream()
                .mapToLong(call -> call.end - call.start)
                .sum();
        assertThat(chunks).isEqualTo(size / (64 * KIB));
        assertThat(waitedFor.get()).as("only the first two reads wait").isEqualTo(2 * STEP);
    }

    @Test
    void plansAhead_areFew_andTakeStoredRangesWhole() throws Exception {
        int size = 200 * MIB;
        ContentHash file = store.addFile(10, size, 64 * KIB, 125);
        readAll(file, size);

        List<Call> fetches = store.fetches();
        assertThat(fetches.stream().mapToLong(call -> call.end - call.start).sum())
                .as("every chunk once")
                .isEqualTo(size / (64 * KIB));
        assertThat(fetches.stream().filter(call -> call.end - call.start == 125))
                .as("whole xorbs, all but the first few of 26")
                .hasSizeGreaterThanOrEqualTo(23);
        assertThat(planSizes().stream().filter(length -> length > 8 * MIB)).hasSizeLessThanOrEqualTo(2);
        assertThat(planSizes()).hasSizeLessThan(16);
    }

    @Test
    void storedRangesTooLongForABlock_arePlannedInBlocks() throws Exception {
        int size = 160 * MIB;
        ContentHash file = store.addFile(11, size, 64 * KIB, 1024);
        readAll(file, size);

        assertThat(store.fetches()).allMatch(call -> call.end - call.start <= 12 * MIB / (64 * KIB));
        assertThat(store.fetches().stream()
                        .mapToLong(call -> call.end - call.start)
                        .sum())
                .isEqualTo(size / (64 * KIB));
        assertThat(planSizes().stream().filter(length -> length > 12 * MIB)).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void plansAheadThatFailOrAreWrong_areNoReadError_andNotAskedForAgain() throws Exception {
        int size = 100 * MIB;
        ContentHash file = store.addFile(12, size, 64 * KIB, 125);
        for (Answer answer : new Answer[] {
            Answer.ERROR,
            Answer.DENIED,
            Answer.EMPTY,
            Answer.SHORT,
            Answer.WRONG_LENGTH,
            Answer.WRONG_PLACE,
            Answer.HOLD
        }) {
            store.forgetCalls();
            store.script(call -> call.plan && call.end - call.start > 12 * MIB ? answer : Answer.RIGHT);
            readAll(file, size);
            assertThat(planSizes().stream().filter(length -> length > 12 * MIB))
                    .as("%s", answer)
                    .hasSize(1);
        }
    }

    @Test
    void closedHandle_cancelsThePlanItAskedForAhead() throws Exception {
        int size = 100 * MIB;
        ContentHash file = store.addFile(13, size, 64 * KIB, 125);
        store.script(call -> call.plan && call.end - call.start > 12 * MIB ? Answer.HOLD : Answer.RIGHT);
        readAll(file, size);

        Call held = store.plans().stream()
                .filter(call -> call.end - call.start > 12 * MIB)
                .findFirst()
                .orElseThrow();
        assertThat(held.cancelled).isTrue();
        held.answer(Answer.RIGHT); // too late: nobody minds
    }

    @Test
    void planAheadThatDoesNotCome_isGivenUpInTime_andFetchesGoFurtherAheadAgain() throws Exception {
        int size = 100 * MIB;
        ContentHash file = store.addFile(16, size, 64 * KIB, 125);
        store.script(call -> call.plan && call.end - call.start > 12 * MIB ? Answer.HOLD : Answer.RIGHT);
        try (OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < 32 * MIB; offset += STEP) {
                readChecked(content, file, offset, STEP);
            }
            Call held = store.plans().stream()
                    .filter(call -> call.end - call.start > 12 * MIB)
                    .findFirst()
                    .orElseThrow();
            assertThat(furthestPlan()).isLessThan(56L * MIB);

            time.advanceTimeBy(ContentSettings.DEFAULTS.readFetchTimeout());

            assertThat(held.cancelled).isTrue();
            readChecked(content, file, 32 * MIB, STEP);
            assertThat(furthestPlan()).isGreaterThan(64L * MIB);
        }
    }

    /** Where the furthest block planned ahead ends. */
    private long furthestPlan() {
        return store.plans().stream()
                .filter(call -> call.end - call.start <= 12 * MIB)
                .mapToLong(call -> call.end)
                .max()
                .orElse(0);
    }

    @Test
    void planAheadOfLongAgo_isNotUsed() throws Exception {
        int size = 200 * MIB;
        ContentHash file = store.addFile(14, size, 64 * KIB, 125);
        try (OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < 32 * MIB; offset += STEP) {
                readChecked(content, file, offset, STEP);
            }
            store.forgetCalls();
            time.advanceTimeBy(java.time.Duration.ofMillis(PlanAhead.LIFETIME_MILLIS + 1));
            for (int offset = 32 * MIB; offset < 48 * MIB; offset += STEP) {
                readChecked(content, file, offset, STEP);
            }
            assertThat(planSizes()).as("asked anew").anyMatch(length -> length > 12 * MIB);
        }
    }

    @Test
    void whatIsHereAlready_isReadWithoutAPlan() throws Exception {
        int size = 40 * MIB;
        ContentHash file = store.addFile(15, size, 64 * KIB, 125);
        try (OpenContent first = reader.open(file, size)) {
            for (int offset = 0; offset < size; offset += STEP) {
                readChecked(first, file, offset, STEP);
            }
            store.forgetCalls();
            readAll(file, size);
            assertThat(store.calls()).isEmpty();
        }
    }

    private void readAll(ContentHash file, int size) throws FsException {
        try (OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < size; offset += STEP) {
                readChecked(content, file, offset, STEP);
            }
        }
    }

    @Test
    void randomReads_fetchNothingAhead() throws Exception {
        int size = 64 * MIB;
        ContentHash file = store.addFile(2, size, 64 * KIB, 1024);
        java.util.SplittableRandom random = new java.util.SplittableRandom(3);
        try (OpenContent content = reader.open(file, size)) {
            for (int i = 0; i < 100; i++) {
                readChecked(content, file, i % 10 * 6 * MIB + random.nextInt(5 * MIB), 4 * KIB);
            }
        }
        assertThat(planSizes()).allMatch(length -> length <= 4 * KIB);
    }

    @Test
    void readsOutOfOrder_asReadaheadSendsThem_areStillSequential() throws Exception {
        int size = 64 * MIB;
        ContentHash file = store.addFile(4, size, 64 * KIB, 1024);
        try (OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < size; offset += 4 * STEP) {
                for (int late : new int[] {1, 0, 3, 2}) {
                    readChecked(content, file, offset + late * STEP, STEP);
                }
            }
            assertThat(((HandleReader) content).window()).isGreaterThanOrEqualTo(16L * MIB);
        }
        assertThat(waitedFor.get()).isLessThan(2 * MIB);
    }

    @Test
    void skipForward_keepsTheWindow_andALongJumpDoesNot() throws Exception {
        int size = 100 * MIB;
        ContentHash file = store.addFile(5, size, 64 * KIB, 1024);
        try (OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < 16 * MIB; offset += STEP) {
                readChecked(content, file, offset, STEP);
            }
            store.forgetCalls();
            readChecked(content, file, 30 * MIB, STEP);
            assertThat(planSizes()).as("goes on fetching ahead").contains(8L * MIB);
            readChecked(content, file, 95 * MIB, 4 * KIB);
            assertThat(store.plans().getLast().end - store.plans().getLast().start)
                    .isEqualTo(4 * KIB);
        }
    }

    @Test
    void twoSequentialReadersInOneHandle_bothGetAhead() throws Exception {
        int size = 64 * MIB;
        ContentHash file = store.addFile(6, size, 64 * KIB, 1024);
        try (OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < 32 * MIB; offset += STEP) {
                readChecked(content, file, offset, STEP);
                readChecked(content, file, 32 * MIB + offset, STEP);
            }
        }
        assertThat(waitedFor.get()).isEqualTo(4 * STEP);
    }

    @Test
    void manyReaders_stayInsideTheBudget() throws Exception {
        reader.close();
        long limit = 16L * MIB;
        reader = newReader(ContentSettings.DEFAULTS.withMaxReadMemory(limit));
        int size = 40 * MIB;
        ContentHash file = store.addFile(7, size, 64 * KIB, 1024);
        List<OpenContent> handles = java.util.stream.IntStream.range(0, 6)
                .mapToObj(i -> reader.open(file, size))
                .toList();
        for (int offset = 0; offset < 4 * MIB; offset += STEP) {
            for (int i = 0; i < handles.size(); i++) {
                readChecked(handles.get(i), file, i * 6 * MIB + offset, STEP);
                assertThat(reader.memoryInUse()).isLessThanOrEqualTo(limit);
            }
        }
        handles.forEach(OpenContent::close);
        assertThat(reader.memoryInUse()).isZero();
    }

    @Test
    void closedHandle_cancelsWhatItFetchedAhead() throws Exception {
        int size = 64 * MIB;
        ContentHash file = store.addFile(8, size, 64 * KIB, 1024);
        OpenContent content = reader.open(file, size);
        readChecked(content, file, 0, STEP);
        store.script(call -> !call.plan && call.end - call.start > 4 ? Answer.HOLD : Answer.RIGHT);
        readChecked(content, file, STEP, STEP);
        Call ahead = store.fetches().getLast();
        assertThat(ahead.end - ahead.start).isEqualTo(16);
        assertThat(reader.memoryInUse()).isGreaterThan(MIB);

        content.close();

        assertThat(ahead.cancelled).isTrue();
        assertThat(reader.memoryInUse()).isZero();
    }

    @Test
    void failedFetchAhead_isNoReadError() throws Exception {
        int size = 8 * MIB;
        ContentHash file = store.addFile(9, size, 64 * KIB, 1024);
        store.script(call -> !call.plan && call.end - call.start > 4 ? Answer.ERROR : Answer.RIGHT);
        try (OpenContent content = reader.open(file, size)) {
            for (int offset = 0; offset < size; offset += STEP) {
                readChecked(content, file, offset, STEP);
            }
        }
    }
}
