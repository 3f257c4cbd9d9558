package io.hfmount.emulator.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.durable.FramedLog;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BucketStoreTest {
    @TempDir
    Path directory;

    private static FileChange put(String path, long size) {
        return new FileChange.Put(new BucketFile(path, new ContentHash(size, 1, 1, 1), size, 5L, "text/plain", 0));
    }

    @Test
    void files_surviveARestartWithAllTheyHave() throws Exception {
        BucketFile before;
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            store.create("ann/a", true, "eu");
            store.apply("ann/a", List.of(put("x", 7)));
            before = store.file("ann/a", "x").orElseThrow();
        }
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            assertThat(store.file("ann/a", "x")).contains(before);
            assertThat(before.mtime()).isEqualTo(5);
            assertThat(before.contentType()).isEqualTo("text/plain");
            assertThat(before.uploadedAt())
                    .isEqualTo(store.facts("ann/a").orElseThrow().updatedAt());
        }
    }

    @Test
    void clockThatStandsStillOrRunsBack_stillGivesGrowingRevisions() throws Exception {
        Instant[] now = {Instant.ofEpochMilli(10_000)};
        try (BucketStore store = BucketStore.open(directory, () -> now[0])) {
            store.create("ann/a", false, "us");
            store.apply("ann/a", List.of(put("x", 1)));
            assertThat(store.facts("ann/a").orElseThrow().updatedAt()).isEqualTo(10_001);
        }
        now[0] = Instant.ofEpochMilli(5_000);
        try (BucketStore store = BucketStore.open(directory, () -> now[0])) {
            store.apply("ann/a", List.of(put("x", 1)));
            assertThat(store.facts("ann/a").orElseThrow().updatedAt()).isEqualTo(10_002);
            store.delete("ann/a");
            store.create("ann/a", false, "us");
            assertThat(store.facts("ann/a").orElseThrow().updatedAt()).isEqualTo(10_004);
        }
    }

    @Test
    void directoryInUse_isRefused() throws Exception {
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            assertThatThrownBy(() -> BucketStore.open(directory, InstantSource.system()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by another Hub");
            store.create("ann/a", false, "us");
        }
        BucketStore.open(directory, InstantSource.system()).close();
    }

    @Test
    void closedStore_refusesMutations() throws Exception {
        BucketStore store = BucketStore.open(directory, InstantSource.system());
        store.close();
        assertThatThrownBy(() -> store.create("ann/a", false, "us")).hasMessageContaining("closed");
        assertThat(store.facts("ann/a")).isEmpty();
    }

    @Test
    void growingLog_isCompactedAndNothingIsLost() throws Exception {
        try (BucketStore store = new BucketStore(directory, InstantSource.system(), 10_000)) {
            store.create("ann/a", false, "us");
            for (int i = 0; i < 500; i++) {
                store.apply("ann/a", List.of(put("x" + i % 10, i)));
            }
        }
        assertThat(sizeOfAll()).isLessThan(25_000);
        assertThat(Files.exists(directory.resolve("log-0"))).isFalse();
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            BucketFacts facts = store.facts("ann/a").orElseThrow();
            assertThat(facts.totalFiles()).isEqualTo(10);
            assertThat(facts.size()).isEqualTo(IntStream.range(490, 500).sum());
        }
    }

    @Test
    void leftoversOfACrashedCompaction_areRemoved() throws Exception {
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            store.create("ann/a", false, "us");
        }
        Files.writeString(directory.resolve("snapshot.tmp"), "half");
        FramedLog.create(directory.resolve("log-1")).close();
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            assertThat(store.facts("ann/a")).isPresent();
        }
        assertThat(Files.exists(directory.resolve("snapshot.tmp"))).isFalse();
        assertThat(Files.exists(directory.resolve("log-1"))).isFalse();
    }

    @Test
    void logWhoseSnapshotIsGone_refusesToOpenInsteadOfLosingBuckets() throws Exception {
        try (BucketStore store = new BucketStore(directory, InstantSource.system(), 10)) {
            store.create("ann/a", false, "us");
            store.create("ann/b", false, "us");
        }
        Path snapshot;
        try (Stream<Path> files = Files.list(directory)) {
            snapshot = files.filter(f -> f.getFileName().toString().startsWith("snapshot-"))
                    .findFirst()
                    .orElseThrow();
        }
        long before = sizeOfAll();
        Path aside = Files.move(snapshot, directory.resolve("aside"));
        assertThatThrownBy(() -> BucketStore.open(directory, InstantSource.system()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has no snapshot-");
        assertThat(sizeOfAll()).isEqualTo(before);
        Files.move(aside, snapshot);
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            assertThat(store.all()).extracting(BucketFacts::id).containsExactly("ann/a", "ann/b");
        }
    }

    @Test
    void damagedLog_refusesToOpenInsteadOfLosingBuckets() throws Exception {
        try (BucketStore store = BucketStore.open(directory, InstantSource.system())) {
            store.create("ann/a", false, "us");
            store.create("ann/b", false, "us");
        }
        byte[] log = Files.readAllBytes(directory.resolve("log-0"));
        log[20] ^= 1;
        Files.write(directory.resolve("log-0"), log);
        assertThatThrownBy(() -> BucketStore.open(directory, InstantSource.system()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
        log[20] ^= 1;
        Files.write(directory.resolve("log-0"), log);
        BucketStore.open(directory, InstantSource.system()).close();
    }

    @Test
    void concurrentBatches_allHold() throws Exception {
        try (BucketStore store = BucketStore.open(directory, InstantSource.system());
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            store.create("ann/a", false, "us");
            List<Future<Boolean>> running = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                running.add(threads.submit(() -> store.apply("ann/a", List.of(put("f" + number, number)))));
            }
            for (Future<Boolean> one : running) {
                assertThat(one.get()).isTrue();
            }
            assertThat(store.facts("ann/a").orElseThrow().totalFiles()).isEqualTo(200);
            assertThat(store.tree("ann/a", new TreeQuery("", true, null, 1000)).entries().stream()
                            .map(entry -> ((TreeEntry.File) entry).file().uploadedAt())
                            .distinct())
                    .hasSize(200);
            store.checkInvariants();
        }
    }

    private long sizeOfAll() throws IOException {
        long sum = 0;
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                sum += Files.size(file);
            }
        }
        return sum;
    }
}
