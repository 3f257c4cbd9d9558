package io.hfmount.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What every {@link BucketHub} does: run it against the fake and against a real server. */
public abstract class BucketHubContract {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Instant MTIME = Instant.parse("2026-03-01T12:00:00.123Z");
    private static final ContentHash UNREGISTERED = new ContentHash(-3, -3, -3, 77);

    private BucketHub hub;

    /** A hub for a bucket of its own, empty. */
    protected abstract BucketHub emptyBucket() throws Exception;

    /** Registers some content with storage; the same {@code seed} and size give the same hash. */
    protected abstract ContentHash registered(int seed, int size) throws Exception;

    @BeforeEach
    void open() throws Exception {
        hub = emptyBucket();
    }

    private static <T> T now(Mono<T> mono) {
        return mono.block(LIMIT);
    }

    private static <T> List<T> all(Flux<T> flux) {
        return flux.collectList().block(LIMIT);
    }

    private List<String> paths(String prefix, boolean recursive) {
        return all(hub.list(prefix, recursive).map(e -> (e instanceof HubEntry.Directory ? "d " : "f ") + e.path()))
                .stream()
                .sorted()
                .toList();
    }

    private void add(ContentHash hash, String... names) {
        List<BatchOperation> operations = new ArrayList<>();
        for (String name : names) {
            operations.add(new BatchOperation.AddFile(name, hash, MTIME));
        }
        assertThat(now(hub.batch(operations)).failures()).isEmpty();
    }

    @Test
    void emptyBucket_listsNothing() {
        assertThat(paths("", false)).isEmpty();
        assertThat(paths("", true)).isEmpty();
        assertThat(now(hub.info()).totalFiles()).isZero();
    }

    @Test
    void addedFile_isSeenByEveryCallAtOnce() throws Exception {
        ContentHash hash = registered(1, 1000);
        add(hash, "a/b.bin");
        HubFile expected = new HubFile("a/b.bin", 1000, hash, MTIME);
        assertThat(paths("", false)).containsExactly("d a");
        assertThat(all(hub.list("a", false))).containsExactly(new HubEntry.File(expected));
        HubFile head = now(hub.head("a/b.bin"));
        assertThat(head.hash()).isEqualTo(hash);
        assertThat(head.size()).isEqualTo(1000);
        assertThat(now(hub.pathsInfo(List.of("a/b.bin")))).containsExactly(Map.entry("a/b.bin", expected));
        BucketInfo info = now(hub.info());
        assertThat(info.totalFiles()).isEqualTo(1);
        assertThat(info.size()).isEqualTo(1000);
    }

    @Test
    void revision_changesWithEveryMutation() throws Exception {
        ContentHash hash = registered(1, 10);
        String empty = now(hub.info()).revision();
        add(hash, "x");
        String one = now(hub.info()).revision();
        add(registered(2, 10), "x");
        String two = now(hub.info()).revision();
        now(hub.batch(List.of(new BatchOperation.DeleteFile("x"))));
        String three = now(hub.info()).revision();
        assertThat(List.of(empty, one, two, three)).doesNotHaveDuplicates();
        assertThat(now(hub.info()).revision()).isEqualTo(three);
    }

    @Test
    void addOnExistingPath_overwrites_andTwiceTheSameSucceeds() throws Exception {
        add(registered(1, 10), "x");
        ContentHash second = registered(2, 20);
        add(second, "x");
        add(second, "x");
        assertThat(now(hub.pathsInfo(List.of("x"))).get("x").hash()).isEqualTo(second);
        assertThat(now(hub.info()).totalFiles()).isEqualTo(1);
    }

    @Test
    void deletingAnAbsentPath_succeeds() {
        assertThat(now(hub.batch(List.of(new BatchOperation.DeleteFile("none"))))
                        .failures())
                .isEmpty();
    }

    @Test
    void renameInOneBatch_movesTheFile() throws Exception {
        ContentHash hash = registered(1, 10);
        add(hash, "old");
        assertThat(now(hub.batch(List.of(
                                new BatchOperation.AddFile("new", hash, MTIME), new BatchOperation.DeleteFile("old"))))
                        .failures())
                .isEmpty();
        assertThat(paths("", true)).containsExactly("f new");
    }

    @Test
    void operationOnUnregisteredContent_failsAloneAndIsReported() throws Exception {
        BatchResult result = now(hub.batch(List.of(
                new BatchOperation.AddFile("good", registered(1, 10), MTIME),
                new BatchOperation.AddFile("bad", UNREGISTERED, MTIME))));
        assertThat(result.failures()).containsOnlyKeys("bad");
        assertThat(result.failures().get("bad")).isNotBlank();
        assertThat(paths("", true)).containsExactly("f good");
    }

    @Test
    void batchInWhichEverythingFails_isReportedByOperation() {
        BatchResult result = now(hub.batch(List.of(
                new BatchOperation.AddFile("bad1", UNREGISTERED, MTIME),
                new BatchOperation.AddFile("bad2", UNREGISTERED, MTIME))));
        assertThat(result.failures()).containsOnlyKeys("bad1", "bad2");
        assertThat(paths("", true)).isEmpty();
    }

    @Test
    void emptyFile_needsNoContent() {
        add(ContentHash.ZERO, "empty");
        HubFile head = now(hub.head("empty"));
        assertThat(head.size()).isZero();
        assertThat(now(hub.pathsInfo(List.of("empty"))).get("empty").size()).isZero();
    }

    @Test
    void absentPath_isEmptyForHeadAndLeftOutOfPathsInfo() throws Exception {
        add(registered(1, 10), "d/x");
        assertThat(now(hub.head("none"))).isNull();
        assertThat(now(hub.head("d"))).isNull();
        assertThat(now(hub.pathsInfo(List.of("none", "d")))).isEmpty();
        assertThat(paths("none", false)).isEmpty();
    }

    @Test
    void listing_givesStrictDescendantsOnly() throws Exception {
        add(
                registered(1, 10),
                "a/1.m",
                "a/1.m#1",
                "a/1.m.d/x",
                "a/1.m!",
                "logs/x",
                "logs/sub/y",
                "logs.txt",
                "logs_old/z");
        assertThat(paths("logs", false)).containsExactly("d logs/sub", "f logs/x");
        assertThat(paths("logs", true)).containsExactly("f logs/sub/y", "f logs/x");
        assertThat(paths("a/1.m", false)).isEmpty();
        assertThat(paths("log", false)).isEmpty();
        assertThat(paths("", false)).containsExactly("d a", "d logs", "d logs_old", "f logs.txt");
    }

    @Test
    void oddNames_surviveTheRoundTrip() throws Exception {
        List<String> names = List.of(
                "odd/100%25 x.txt",
                "odd/a#b?c&d=e;f+g",
                "odd/ leading and trailing ",
                "odd/ünï-文件-😀",
                "odd/%2F",
                "odd/quote\"<>`{}|\\^[]",
                "odd/~tilde'(1)*!$,:@");
        ContentHash hash = registered(1, 10);
        add(hash, names.toArray(String[]::new));
        assertThat(all(hub.list("odd", false)).stream().map(HubEntry::path)).containsExactlyInAnyOrderElementsOf(names);
        for (String name : names) {
            assertThat(now(hub.head(name))).as(name).isNotNull();
        }
        assertThat(now(hub.pathsInfo(names))).containsOnlyKeys(names);
        add(hash, "a b/c#d/e%f/x");
        assertThat(paths("a b/c#d/e%f", false)).containsExactly("f a b/c#d/e%f/x");
    }

    @Test
    void manyFiles_areListedOnceEach_andAskedForInOneCall() throws Exception {
        ContentHash hash = registered(1, 10);
        List<String> names = IntStream.range(0, 1500)
                .mapToObj(i -> String.format("many/%05d", i))
                .toList();
        add(hash, names.subList(0, 1000).toArray(String[]::new));
        add(hash, names.subList(1000, 1500).toArray(String[]::new));
        assertThat(all(hub.list("many", false)).stream().map(HubEntry::path))
                .containsExactlyInAnyOrderElementsOf(names);
        assertThat(now(hub.pathsInfo(names))).hasSize(1500);
    }

    @Test
    void storageTokens_areGivenForBothDirections() {
        for (boolean write : new boolean[] {false, true}) {
            StorageToken token = now(hub.storageToken(write));
            assertThat(token.url()).startsWith("http").doesNotEndWith("/");
            assertThat(token.token()).isNotBlank();
            assertThat(token.expiresAt()).isAfter(Instant.now());
            assertThat(token.toString()).doesNotContain(token.token());
        }
    }

    @Test
    void illegalCalls_areRefusedBeforeAnythingIsSent() {
        BatchOperation add = new BatchOperation.AddFile("x", ContentHash.ZERO, MTIME);
        BatchOperation delete = new BatchOperation.DeleteFile("y");
        assertThatThrownBy(() -> now(hub.batch(List.of()))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> now(hub.batch(List.of(delete, add)))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> now(hub.batch(java.util.Collections.nCopies(BucketHub.MAX_BATCH + 1, add))))
                .isInstanceOf(IllegalArgumentException.class);
        for (String path : List.of("", "/a", "a/", "a//b", "..", "a/../b", ".")) {
            assertThatThrownBy(() -> now(hub.head(path))).as(path).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> now(hub.batch(List.of(new BatchOperation.DeleteFile(path)))))
                    .as(path)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(paths("", true)).isEmpty();
    }
}
