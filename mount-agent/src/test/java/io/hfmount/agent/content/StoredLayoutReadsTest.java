package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.scheduler.Schedulers;

/** What readers ask of storage when an earlier reader has left layouts and chunks on disk. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoredLayoutReadsTest {
    private static final int KIB = 1024;
    private static final int SIZE = 4096 * KIB;

    private final FakeStore store = new FakeStore();
    private final ContentHash file = store.addFile(1, SIZE, 64 * KIB, 16);
    private final MemoryCacheFiles chunkFiles = new MemoryCacheFiles();
    private final MemoryCacheFiles layoutFiles = new MemoryCacheFiles();
    private final DiskChunkCache cache = DiskChunkCache.open(chunkFiles, 64 << 20, 64 << 20, ContentObserver.NONE);
    private final DiskLayoutStore layouts = DiskLayoutStore.open(layoutFiles, 1 << 20);

    @AfterEach
    void close() {
        cache.close();
        layouts.close();
    }

    private ContentReader newReader(ContentSettings settings) {
        return new ContentReader(store, settings, cache, layouts, ContentObserver.NONE, Schedulers.parallel());
    }

    /** Reads by a reader of its own, as a new mount does, and gives what it asked of storage up. */
    private void read(int from, int to) throws Exception {
        try (ContentReader reader = newReader(ContentSettings.DEFAULTS)) {
            read(reader, from, to);
        }
        cache.drain();
        layouts.drain();
    }

    private void read(ContentReader reader, int from, int to) throws Exception {
        try (OpenContent content = reader.open(file, SIZE)) {
            byte[] bytes = new byte[to - from];
            for (int at = 0; at < bytes.length; ) {
                MemorySegment target = MemorySegment.ofArray(bytes).asSlice(at, Math.min(100 * KIB, bytes.length - at));
                at += content.read(from + at, target, Wait.ALLOWED);
            }
            assertThat(bytes).isEqualTo(Arrays.copyOfRange(store.content(file), from, to));
        }
    }

    @Test
    void fileThatIsWhollyCached_isReadByALaterReader_withoutAskingStorage() throws Exception {
        read(0, SIZE);
        store.forgetCalls();

        read(0, SIZE);
        read(1_000_003, 2_000_001);

        assertThat(store.calls()).isEmpty();
    }

    @Test
    void partThatIsCached_isReadWithoutAskingStorage_andOnlyTheRestIsAskedFor() throws Exception {
        read(1024 * KIB, 1100 * KIB);
        store.forgetCalls();

        read(1030 * KIB, 1090 * KIB);
        assertThat(store.calls()).isEmpty();

        read(0, SIZE);
        assertThat(store.calls()).isNotEmpty();
        store.forgetCalls();
        read(0, SIZE);
        assertThat(store.calls()).isEmpty();
    }

    @Test
    void knownLayout_whoseChunksAreGone_isPlannedAgain() throws Exception {
        read(0, SIZE);
        for (String name : chunkFiles.names()) {
            chunkFiles.bytes(name)[chunkFiles.bytes(name).length - 1] ^= 1;
        }
        store.forgetCalls();

        read(0, SIZE);

        assertThat(store.fetches()).isNotEmpty();
    }

    @Test
    void damagedLayout_costsAPlan_butNoData() throws Exception {
        read(0, SIZE);
        String name = layoutFiles.names().getFirst();
        layoutFiles.bytes(name)[90] ^= 1;
        store.forgetCalls();

        read(0, SIZE);

        assertThat(store.plans()).isNotEmpty();
        assertThat(store.fetches()).isEmpty();
        store.forgetCalls();
        read(0, SIZE);
        assertThat(store.calls()).as("kept again").isEmpty();
    }

    @Test
    void shortReads_doNotWriteTheLayoutEachTime_butTheEndWritesAll() throws Exception {
        try (ContentReader reader = newReader(ContentSettings.DEFAULTS)) {
            for (int i = 0; i < 32; i++) {
                read(reader, 2 * i * 64 * KIB, 2 * i * 64 * KIB + 4 * KIB);
            }
            layouts.drain();
            assertThat(layoutFiles.writes()).isBetween(1, 16);
        }
        cache.drain();
        layouts.drain();
        store.forgetCalls();

        for (int i = 0; i < 32; i++) {
            read(2 * i * 64 * KIB, 2 * i * 64 * KIB + 4 * KIB);
        }

        assertThat(store.calls()).isEmpty();
    }

    @Test
    void rereadFromDisk_writesNoLayout() throws Exception {
        read(0, SIZE);
        int before = layoutFiles.writes();

        read(0, SIZE);

        assertThat(layoutFiles.writes()).isEqualTo(before);
    }

    @Test
    void layoutForgottenForWantOfMemory_isReadFromDiskAgain() throws Exception {
        ContentSettings tight = layoutMemory(3_000);
        ContentHash other = store.addFile(2, SIZE, 64 * KIB, 16);
        try (ContentReader reader = newReader(tight)) {
            read(reader, 0, SIZE);
            try (OpenContent content = reader.open(other, SIZE)) {
                byte[] bytes = new byte[SIZE];
                for (int at = 0; at < SIZE; ) {
                    at += content.read(
                            at, MemorySegment.ofArray(bytes).asSlice(at, Math.min(100 * KIB, SIZE - at)), Wait.ALLOWED);
                }
                assertThat(bytes).isEqualTo(store.content(other));
            }
            cache.drain();
            layouts.drain();
            store.forgetCalls();

            read(reader, 0, SIZE);

            assertThat(store.calls()).isEmpty();
        }
    }

    @Test
    void layoutTooLargeForMemory_isNotReplacedOnDiskByPartOfIt() throws Exception {
        read(0, SIZE);
        try (ContentReader reader = newReader(layoutMemory(500))) {
            read(reader, 0, SIZE);
        }
        layouts.drain();
        store.forgetCalls();

        read(0, SIZE);

        assertThat(store.calls()).isEmpty();
    }

    /** The layout of one file of {@link #SIZE} takes between 500 and 3,000 bytes. */
    private static ContentSettings layoutMemory(long bytes) {
        ContentSettings all = ContentSettings.DEFAULTS;
        return new ContentSettings(
                all.maxReadMemory(),
                0,
                all.prefetchInitial(),
                all.prefetchMax(),
                all.prefetchBlock(),
                all.forwardSkip(),
                all.readFetchTimeout(),
                all.attempts(),
                all.maxFetches(),
                bytes,
                all.cacheWriteQueue());
    }
}
