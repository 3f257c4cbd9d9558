package io.hfmount.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What every {@link RepoHub} does: run it against the fake and against a real server. */
public abstract class RepoHubContract {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String ABSENT = "0123456789012345678901234567890123456789";

    /** A file to commit: its bytes, and whether storage keeps them. */
    protected record SeedFile(byte[] content, boolean stored) {
        static SeedFile plain(String text) {
            return new SeedFile(text.getBytes(StandardCharsets.UTF_8), false);
        }

        static SeedFile stored(int seed, int size) {
            byte[] content = new byte[size];
            new Random(seed).nextBytes(content);
            return new SeedFile(content, true);
        }
    }

    /** A repo that is being set up; {@code main} exists and has no file. */
    protected interface Seed {
        /** Adds or replaces files on a branch and returns the id of the new commit. */
        String commit(String branch, Map<String, SeedFile> files) throws Exception;

        /** Makes a branch that starts at another. */
        void branch(String name, String from) throws Exception;

        /** The hash that storage has for a file that it keeps. */
        ContentHash hash(SeedFile file) throws Exception;

        /** The port to the repo, whose info asks for {@code revision}. */
        RepoHub open(String revision) throws Exception;
    }

    /** A repo of its own. */
    protected abstract Seed emptyRepo() throws Exception;

    private static <T> T now(Mono<T> mono) {
        return mono.block(LIMIT);
    }

    private static List<String> paths(RepoHub hub, String revision, String directory, boolean recursive) {
        Flux<String> lines = hub.list(revision, directory, recursive)
                .map(e -> (e instanceof RepoEntry.Directory ? "d " : "f ") + e.path());
        return now(lines.collectList()).stream().sorted().toList();
    }

    private static String text(PlainRead read) {
        ByteBuffer bytes = ((PlainRead.Content) read).bytes();
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    @Test
    void repoWithoutFiles_listsNothing() throws Exception {
        RepoHub hub = emptyRepo().open("main");
        RepoInfo info = now(hub.info());
        assertThat(info.commit()).matches("[0-9a-f]{40}");
        assertThat(paths(hub, "main", "", true)).isEmpty();
        assertThat(paths(hub, info.commit(), "none", false)).isEmpty();
    }

    @Test
    void plainFile_isDescribedAndReadInRanges() throws Exception {
        Seed seed = emptyRepo();
        String commit = seed.commit("main", Map.of("a/README.md", SeedFile.plain("hello world")));
        RepoHub hub = seed.open("main");
        assertThat(now(hub.info()).commit()).isEqualTo(commit);
        RepoFile head = now(hub.head(commit, "a/README.md"));
        assertThat(head.size()).isEqualTo(11);
        assertThat(head.hash()).isNull();
        assertThat(head.etag()).isEqualTo("95d09f2b10159347eece71399a7e2e907ea3df4f");
        RepoFile listed = ((RepoEntry.File) now(hub.list(commit, "a", false).next())).file();
        assertThat(listed).isEqualTo(new RepoFile("a/README.md", 11, null, head.etag(), listed.lastModified()));
        PlainRead whole = now(hub.read(commit, "a/README.md", new ByteRange(0, 100), null));
        assertThat(text(whole)).isEqualTo("hello world");
        assertThat(whole).isEqualTo(new PlainRead.Content(((PlainRead.Content) whole).bytes(), 11, head.etag()));
        assertThat(text(now(hub.read(commit, "a/README.md", new ByteRange(6, 8), null))))
                .isEqualTo("wo");
        PlainRead beyond = now(hub.read(commit, "a/README.md", new ByteRange(11, 12), null));
        assertThat(text(beyond)).isEmpty();
        assertThat(((PlainRead.Content) beyond).size()).isEqualTo(11);
    }

    @Test
    void read_answersNotModified_forTheEtagThatIsKnown() throws Exception {
        Seed seed = emptyRepo();
        seed.commit("main", Map.of("x", SeedFile.plain("one"), "empty", SeedFile.plain("")));
        RepoHub hub = seed.open("main");
        String etag = now(hub.head("main", "x")).etag();
        assertThat(now(hub.read("main", "x", new ByteRange(0, 3), etag))).isEqualTo(new PlainRead.NotModified());
        seed.commit("main", Map.of("x", SeedFile.plain("two")));
        assertThat(text(now(hub.read("main", "x", new ByteRange(0, 3), etag)))).isEqualTo("two");
        PlainRead empty = now(hub.read("main", "empty", new ByteRange(0, 3), null));
        assertThat(text(empty)).isEmpty();
        assertThat(((PlainRead.Content) empty).size()).isZero();
    }

    @Test
    void storedFile_isKnownByItsHash_andCanBeReadTheLongWayToo() throws Exception {
        Seed seed = emptyRepo();
        SeedFile model = SeedFile.stored(1, 300_000);
        String commit = seed.commit("main", Map.of("w/model.bin", model, "config.json", SeedFile.plain("{}")));
        RepoHub hub = seed.open("main");
        RepoFile head = now(hub.head(commit, "w/model.bin"));
        assertThat(head.hash()).isEqualTo(seed.hash(model));
        assertThat(head.size()).isEqualTo(300_000);
        assertThat(head.etag()).matches("[0-9a-f]{64}");
        RepoFile listed = ((RepoEntry.File) now(hub.list(commit, "w", false).next())).file();
        assertThat(listed.hash()).isEqualTo(head.hash());
        assertThat(listed.etag()).isEqualTo(head.etag());
        assertThat(listed.size()).isEqualTo(300_000);
        PlainRead part = now(hub.read(commit, "w/model.bin", new ByteRange(1000, 2000), null));
        byte[] bytes = new byte[1000];
        ((PlainRead.Content) part).bytes().get(0, bytes);
        assertThat(bytes).isEqualTo(java.util.Arrays.copyOfRange(model.content(), 1000, 2000));
        assertThat(((PlainRead.Content) part).size()).isEqualTo(300_000);
        assertThat(((PlainRead.Content) part).etag()).isEqualTo(head.etag());
    }

    @Test
    void tree_isListedBySegment_withDirectories() throws Exception {
        Seed seed = emptyRepo();
        SeedFile file = SeedFile.plain("x");
        Map<String, SeedFile> files = new HashMap<>();
        for (String path : List.of("logs/x", "logs/sub/y", "logs.txt", "logs_old/z", "a/b/c/d")) {
            files.put(path, file);
        }
        seed.commit("main", files);
        RepoHub hub = seed.open("main");
        assertThat(paths(hub, "main", "", false)).containsExactly("d a", "d logs", "d logs_old", "f logs.txt");
        assertThat(paths(hub, "main", "logs", false)).containsExactly("d logs/sub", "f logs/x");
        assertThat(paths(hub, "main", "logs", true)).containsExactly("d logs/sub", "f logs/sub/y", "f logs/x");
        assertThat(paths(hub, "main", "a", true)).containsExactly("d a/b", "d a/b/c", "f a/b/c/d");
        assertThat(paths(hub, "main", "log", true)).isEmpty();
        Map<String, RepoEntry> info = now(hub.pathsInfo("main", List.of("logs", "logs/x", "none")));
        assertThat(info).containsOnlyKeys("logs", "logs/x");
        assertThat(info.get("logs")).isEqualTo(new RepoEntry.Directory("logs"));
        assertThat(((RepoEntry.File) info.get("logs/x")).file().size()).isEqualTo(1);
    }

    @Test
    void listingOfManyPages_givesEveryEntryOnce() throws Exception {
        Seed seed = emptyRepo();
        Map<String, SeedFile> files = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            files.put("d" + i % 7 + "/" + i, SeedFile.plain("" + i));
        }
        seed.commit("main", files);
        RepoHub hub = seed.open("main");
        assertThat(paths(hub, "main", "", true)).hasSize(67).doesNotHaveDuplicates();
        assertThat(paths(hub, "main", "", false)).hasSize(7);
    }

    @Test
    void commit_keepsItsFiles_whileTheBranchMoves() throws Exception {
        Seed seed = emptyRepo();
        String first = seed.commit("main", Map.of("x", SeedFile.plain("one")));
        RepoHub hub = seed.open("main");
        Instant before = now(hub.info()).lastModified();
        String second = seed.commit("main", Map.of("x", SeedFile.plain("two"), "y", SeedFile.plain("new")));
        assertThat(first).isNotEqualTo(second);
        assertThat(now(hub.info()).commit()).isEqualTo(second);
        assertThat(now(hub.info()).lastModified()).isAfterOrEqualTo(before);
        assertThat(text(now(hub.read(first, "x", new ByteRange(0, 9), null)))).isEqualTo("one");
        assertThat(paths(hub, first, "", true)).containsExactly("f x");
        assertThat(text(now(hub.read("main", "x", new ByteRange(0, 9), null)))).isEqualTo("two");
        assertThat(now(hub.head(first, "y"))).isNull();
    }

    @Test
    void branches_areRevisionsOfTheirOwn_withSlashesToo() throws Exception {
        Seed seed = emptyRepo();
        String first = seed.commit("main", Map.of("x", SeedFile.plain("one")));
        seed.branch("feature/a%b", "main");
        String second = seed.commit("feature/a%b", Map.of("x", SeedFile.plain("two")));
        RepoHub hub = seed.open("feature/a%b");
        assertThat(now(hub.info()).commit()).isEqualTo(second);
        assertThat(text(now(hub.read("feature/a%b", "x", new ByteRange(0, 9), null))))
                .isEqualTo("two");
        assertThat(text(now(hub.read("main", "x", new ByteRange(0, 9), null)))).isEqualTo("one");
        assertThat(now(seed.open(first).info()).commit()).isEqualTo(first);
    }

    @Test
    void oddNames_surviveTheRoundTrip() throws Exception {
        List<String> names =
                List.of("odd/100%25 x.txt", "odd/a#b?c&d=e;f+g", "odd/ünï-文件-😀", "odd/%2F", "odd/~(1)*!$,:@");
        Map<String, SeedFile> files = new HashMap<>();
        names.forEach(name -> files.put(name, SeedFile.plain(name)));
        Seed seed = emptyRepo();
        seed.commit("main", files);
        RepoHub hub = seed.open("main");
        assertThat(now(hub.list("main", "odd", false).map(RepoEntry::path).collectList()))
                .containsExactlyInAnyOrderElementsOf(names);
        for (String name : names) {
            assertThat(text(now(hub.read("main", name, new ByteRange(0, 100), null))))
                    .isEqualTo(name);
        }
        assertThat(now(hub.pathsInfo("main", names))).containsOnlyKeys(names);
    }

    @Test
    void absentPath_isEmpty_absentRevision_isAnError() throws Exception {
        Seed seed = emptyRepo();
        seed.commit("main", Map.of("d/x", SeedFile.plain("one")));
        RepoHub hub = seed.open("main");
        for (String path : List.of("none", "d", "d/x/y")) {
            assertThat(now(hub.head("main", path))).as(path).isNull();
            assertThat(now(hub.read("main", path, new ByteRange(0, 1), null)))
                    .as(path)
                    .isNull();
        }
        for (String revision : List.of("nobranch", ABSENT, "refs/pr/77")) {
            List<Mono<?>> calls = List.of(
                    seed.open(revision).info(),
                    hub.list(revision, "", false).collectList(),
                    hub.list(revision, "d", false).collectList(),
                    hub.head(revision, "d/x"),
                    hub.pathsInfo(revision, List.of("d/x")),
                    hub.read(revision, "d/x", new ByteRange(0, 1), null),
                    hub.storageToken(revision));
            for (Mono<?> call : calls) {
                assertThatThrownBy(() -> now(call))
                        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(HubException.class))
                        .satisfies(e -> assertThat(e.status()).isEqualTo(404))
                        .satisfies(e -> assertThat(e.errorCode()).contains("RevisionNotFound"));
            }
        }
    }

    @Test
    void storageToken_isGiven() throws Exception {
        RepoHub hub = emptyRepo().open("main");
        StorageToken token = now(hub.storageToken("main"));
        assertThat(token.url()).startsWith("http").doesNotEndWith("/");
        assertThat(token.token()).isNotBlank();
        assertThat(token.expiresAt()).isAfter(Instant.now());
    }

    @Test
    void illegalCalls_areRefusedBeforeAnythingIsSent() throws Exception {
        RepoHub hub = emptyRepo().open("main");
        for (String path : List.of("/a", "a/", "a//b", "..", "a/../b", ".")) {
            for (Mono<?> call : List.<Mono<?>>of(
                    hub.head("main", path),
                    hub.list("main", path, false).collectList(),
                    hub.pathsInfo("main", List.of(path)),
                    hub.read("main", path, new ByteRange(0, 1), null))) {
                assertThatThrownBy(() -> now(call)).as(path).isInstanceOf(IllegalArgumentException.class);
            }
        }
        for (String revision : List.of("", "a b", "../x", "a..b")) {
            assertThatThrownBy(() -> now(hub.head(revision, "x"))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> now(hub.storageToken(revision))).isInstanceOf(IllegalArgumentException.class);
        }
        for (ByteRange range : List.of(new ByteRange(5, 5), ByteRange.of(0, RepoHub.MAX_READ + 1L))) {
            assertThatThrownBy(() -> now(hub.read("main", "x", range, null)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
