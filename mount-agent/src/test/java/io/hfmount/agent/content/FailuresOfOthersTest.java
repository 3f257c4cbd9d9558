package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.content.FakeStore.Answer;
import io.hfmount.agent.content.FakeStore.Call;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Whatever goes wrong around a read, it ends, and so do the later ones. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailuresOfOthersTest {
    private final FakeStore store = new FakeStore();

    private static byte[] read(OpenContent content, int length) throws FsException {
        byte[] bytes = new byte[length];
        assertThat(content.read(0, MemorySegment.ofArray(bytes), Wait.ALLOWED)).isEqualTo(length);
        return bytes;
    }

    /** No time passes: what ends here ends without a time-out. */
    private ContentReader reader(ContentSettings settings, ContentObserver observer) {
        return new ContentReader(
                store, settings, ChunkCache.NONE, LayoutStore.NONE, observer, VirtualTimeScheduler.create());
    }

    private static ContentSettings attempts(int attempts) {
        ContentSettings base = ContentSettings.DEFAULTS;
        return new ContentSettings(
                base.maxReadMemory(),
                base.retainedMemory(),
                base.prefetchInitial(),
                base.prefetchMax(),
                base.prefetchBlock(),
                base.forwardSkip(),
                base.readFetchTimeout(),
                attempts,
                base.maxFetches(),
                base.layoutMemory(),
                base.cacheWriteQueue());
    }

    @Test
    void observerThatFails_hangsNoRead() throws Exception {
        ContentHash file = store.addFile(1, 1_000, 100, 2);
        ContentObserver failing = new ContentObserver() {
            @Override
            public void fetchFailed(StorageException.Kind kind) {
                throw new IllegalStateException("scripted");
            }
        };
        try (ContentReader reader = reader(attempts(1), failing)) {
            for (Answer answer : new Answer[] {Answer.ERROR, Answer.WRONG_LENGTH, Answer.EMPTY}) {
                for (boolean plan : new boolean[] {true, false}) {
                    store.script(call -> call.plan == plan ? answer : Answer.RIGHT);
                    try (OpenContent content = reader.open(file, 1_000)) {
                        assertThatThrownBy(() -> read(content, 1_000)).isInstanceOf(FsException.class);
                    }
                }
            }
            store.script(call -> Answer.RIGHT);
            try (OpenContent content = reader.open(file, 1_000)) {
                assertThat(read(content, 1_000)).isEqualTo(store.content(file));
            }
        }
    }

    /** A refusal needs no network: it comes before the call for the next one has returned. */
    @Test
    void thousandsOfQueuedFetches_mayFailAtOnce() throws Exception {
        int count = 5_000;
        ContentHash file = store.addFile(1, count, 1, 1);
        store.script(call -> call.plan ? Answer.RIGHT : Answer.HOLD);
        ContentSettings oneAtATime = attempts(1).withMaxFetches(1);
        try (ContentReader reader = reader(oneAtATime, ContentObserver.NONE);
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
                OpenContent content = reader.open(file, count)) {
            CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return FailuresOfOthersTest.read(content, count);
                        } catch (FsException failed) {
                            throw new IllegalStateException(failed);
                        }
                    },
                    readers);
            while (store.fetches().isEmpty() || reader.memoryInUse() < count) {
                Thread.onSpinWait();
            }
            Call held = store.fetches().getFirst();
            store.script(call -> Answer.ERROR);
            held.answer(Answer.ERROR);
            assertThatThrownBy(read::join).hasRootCauseInstanceOf(StorageException.class);
        }
        assertThat(store.fetches()).hasSize(count);
    }

    @Test
    void plainSourceThatThrows_failsOneReadOnly() throws Exception {
        ContentHash file = ContentHash.parse("ab".repeat(32));
        AtomicInteger calls = new AtomicInteger();
        PlainSource source = (identity, range) -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("scripted");
            }
            return Mono.fromSupplier(() -> ByteBuffer.allocate((int) range.length()));
        };
        try (PlainBlockCache none = PlainBlockCache.open(Path.of("none"), 0, bytes -> {});
                PlainReader reader = new PlainReader(source, none, ContentObserver.NONE, Schedulers.immediate());
                OpenContent content = reader.open(file, 100)) {
            assertThatThrownBy(() -> read(content, 100)).isInstanceOf(FsException.class);
            assertThat(read(content, 100)).hasSize(100);
        }
    }

    /** Counted once and never given back, such bytes would in the end leave no room for any layout. */
    @Test
    void layoutThatComesAfterTheLastHandle_isNotCounted() {
        FileContents contents = new FileContents(1_000);
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        ContentSettings settings = ContentSettings.DEFAULTS;
        ReadMemory memory = new ReadMemory(settings.maxReadMemory(), settings.retainedMemory());
        ReadContext context = new ReadContext(
                store,
                settings,
                memory,
                new FetchFlights(store, memory, ChunkCache.NONE, ContentObserver.NONE, time, settings),
                ChunkCache.NONE,
                LayoutStore.NONE,
                ContentObserver.NONE,
                time);
        FileContent closed = contents.open(context, ContentHash.ONES, 100);
        contents.release(closed);
        closed.learn(new LayoutSpan(0, ContentHash.ONES, 0, new int[] {100}));
        FileContent open = contents.open(context, ContentHash.ONES, 100);
        assertThat(contents.footprint()).isEqualTo(closed.footprint()).isEqualTo(open.footprint());
    }
}
