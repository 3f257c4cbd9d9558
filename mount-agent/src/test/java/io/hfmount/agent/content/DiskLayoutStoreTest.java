package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskLayoutStoreTest {
    private static final int BLOCK = DiskLayoutStore.BLOCK;

    private final MemoryCacheFiles files = new MemoryCacheFiles();
    private final AtomicLong now = new AtomicLong(1_000_000);

    private DiskLayoutStore open(long limit) {
        DiskLayoutStore store = DiskLayoutStore.open(files, limit, () -> Instant.ofEpochMilli(now.incrementAndGet()));
        store.drain();
        return store;
    }

    private static ContentHash file(int number) {
        byte[] raw = new byte[ContentHash.BYTES];
        raw[0] = (byte) number;
        raw[1] = (byte) (number >> 8);
        return ContentHash.fromRaw(raw);
    }

    private static List<LayoutSpan> spans(int size) {
        return List.of(new LayoutSpan(0, ContentHash.ONES, 0, new int[] {size}));
    }

    private void offer(DiskLayoutStore store, int number) {
        store.offer(file(number), 10, spans(10));
        store.drain();
        String name = StoredLayout.name(file(number), 10);
        if (files.names().contains(name)) {
            try {
                files.touch(name, now.incrementAndGet());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static long onDisk(MemoryCacheFiles files) {
        return (long) files.names().size() * BLOCK; // each is smaller than a block
    }

    @Test
    void layout_isFoundAgain_alsoByALaterStore() {
        try (DiskLayoutStore store = open(100 * BLOCK)) {
            offer(store, 1);
            assertThat(store.find(file(1), 10)).hasSize(1);
            assertThat(store.find(file(1), 11)).isEmpty();
            assertThat(store.find(file(2), 10)).isEmpty();
        }
        try (DiskLayoutStore store = open(100 * BLOCK)) {
            assertThat(store.find(file(1), 10).getFirst().ends()).containsExactly(10);
        }
    }

    @Test
    void newerLayout_takesThePlaceOfTheOlder() {
        try (DiskLayoutStore store = open(100 * BLOCK)) {
            store.offer(file(1), 10, List.of(new LayoutSpan(0, ContentHash.ONES, 0, new int[] {4})));
            store.offer(file(1), 10, spans(10));
            store.drain();
            assertThat(store.find(file(1), 10).getFirst().end()).isEqualTo(10);
            assertThat(files.names()).hasSize(1);
        }
    }

    @Test
    void limit_isNeverExceeded_andTheLeastRecentlyUsedGoFirst() {
        long limit = 20 * BLOCK;
        try (DiskLayoutStore store = open(limit)) {
            for (int i = 1; i <= 100; i++) {
                offer(store, i);
                assertThat(onDisk(files)).isLessThanOrEqualTo(limit);
                assertThat(store.find(file(1), 10)).as("used all the time").isNotEmpty();
                store.drain();
            }
            assertThat(store.find(file(2), 10)).isEmpty();
            assertThat(store.find(file(100), 10)).isNotEmpty();
        }
    }

    @Test
    void moreThanTheLimit_leftByAnEarlierProcess_isMadeToFit() {
        try (DiskLayoutStore store = open(100 * BLOCK)) {
            for (int i = 1; i <= 50; i++) {
                offer(store, i);
            }
        }
        try (DiskLayoutStore store = open(20 * BLOCK)) {
            assertThat(onDisk(files)).isLessThanOrEqualTo(20 * BLOCK);
            assertThat(store.find(file(50), 10)).isNotEmpty();
            assertThat(store.find(file(1), 10)).isEmpty();
        }
    }

    @Test
    void damagedLayout_isNotServed_butDropped() {
        try (DiskLayoutStore store = open(100 * BLOCK)) {
            offer(store, 1);
            String name = StoredLayout.name(file(1), 10);
            for (int cut : new int[] {0, 5, 40, 80}) {
                offer(store, 1);
                files.put(name, Arrays.copyOf(files.bytes(name), cut));
                assertThat(store.find(file(1), 10)).isEmpty();
                store.drain();
                assertThat(files.names()).isEmpty();
            }
            offer(store, 1);
            files.bytes(name)[70] ^= 1;
            assertThat(store.find(file(1), 10)).isEmpty();
            store.drain();
            assertThat(files.names()).isEmpty();
        }
    }

    @Test
    void diskThatFails_costsLayouts_andNothingElse() {
        try (DiskLayoutStore store = open(100 * BLOCK)) {
            files.failWrites(name -> true);
            offer(store, 1);
            assertThat(store.find(file(1), 10)).isEmpty();
            files.failWrites(name -> false);
            offer(store, 1);
            assertThat(store.find(file(1), 10)).isNotEmpty();
            files.failReads(name -> true);
            files.failDeletes(name -> true);
            assertThat(store.find(file(1), 10)).isEmpty();
            store.drain();
        }
    }

    @Test
    void filesThatCannotBeDeleted_countOn_soThatTheLimitHolds() {
        long limit = 20 * BLOCK;
        try (DiskLayoutStore store = open(limit)) {
            files.failDeletes(name -> true);
            for (int i = 1; i <= 40; i++) {
                offer(store, i);
            }
            assertThat(onDisk(files)).isLessThanOrEqualTo(limit);
            files.failDeletes(name -> false);
            offer(store, 41);
            assertThat(store.find(file(41), 10)).isNotEmpty();
        }
    }

    @Test
    void filesOfOthers_areLeftAlone() {
        files.put("foreign", new byte[1000 * BLOCK]);
        try (DiskLayoutStore store = open(20 * BLOCK)) {
            for (int i = 1; i <= 30; i++) {
                offer(store, i);
            }
            assertThat(store.find(file(30), 10)).isNotEmpty();
            assertThat(files.names()).contains("foreign");
        }
    }

    @Test
    void layoutOfAQuarterOfTheLimit_doesNotDriveOthersOut() {
        int[] ends = new int[10 * BLOCK / 4];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = i + 1;
        }
        try (DiskLayoutStore store = open(20 * BLOCK)) {
            offer(store, 1);
            store.offer(file(2), ends.length, List.of(new LayoutSpan(0, ContentHash.ONES, 0, ends)));
            store.drain();
            assertThat(store.find(file(2), ends.length)).isEmpty();
            assertThat(store.find(file(1), 10)).isNotEmpty();
        }
    }

    @Test
    void offersAfterTheEnd_areIgnored() {
        DiskLayoutStore store = open(20 * BLOCK);
        store.close();
        store.close();
        store.offer(file(1), 10, spans(10));
        assertThat(files.names()).isEmpty();
    }

    @Test
    void realDirectory_isPrivateToOneProcess(@TempDir Path directory) throws IOException {
        try (LayoutStore store = LayoutStore.open(directory.resolve("layouts"), 20 * BLOCK)) {
            store.offer(file(1), 10, spans(10));
            assertThatThrownBy(() -> LayoutStore.open(directory.resolve("layouts"), 20 * BLOCK))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
        }
        try (LayoutStore store = LayoutStore.open(directory.resolve("layouts"), 20 * BLOCK)) {
            assertThat(store.find(file(1), 10)).hasSize(1);
        }
        assertThat(LayoutStore.open(directory.resolve("none"), 0)).isSameAs(LayoutStore.NONE);
        assertThat(directory.resolve("none")).doesNotExist();
    }
}
