package io.hfmount.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.FaultyRepoHub;
import io.hfmount.hub.FaultyRepoHub.Call;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.MemoryRepoHub;
import io.hfmount.hub.MemoryRepoHub.Content;
import io.hfmount.hub.PlainRead;
import io.hfmount.hub.RepoEntry;
import io.hfmount.hub.RepoFile;
import io.hfmount.hub.RepoHub;
import io.hfmount.hub.RepoInfo;
import io.hfmount.hub.StorageToken;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A repo as the mount sees it: one commit at a time, and plain files that are never mixed up. */
class RepoSourceHubTest {
    private static final ContentHash XET = ContentHash.parse("cd".repeat(32));

    private final MemoryRepoHub memory = new MemoryRepoHub("ann/net", "main");
    private final FaultyRepoHub repo = new FaultyRepoHub(memory);
    private final PlainFiles plain = plain(repo);
    private final RepoSourceHub hub = hub("hf://ann/net");

    private static PlainFiles plain(RepoHub repo) {
        return new PlainFiles(repo, Duration.ofSeconds(30), 3, Schedulers.parallel());
    }

    private RepoSourceHub hub(String source) {
        RepoSource parsed = RepoSource.parse(source);
        return new RepoSourceHub(
                parsed.revision().equals("main") ? repo : new FaultyRepoHub(memory.withRevision(parsed.revision())),
                parsed,
                plain);
    }

    private static Map<String, Content> files(String... pathsAndTexts) {
        Map<String, Content> files = new TreeMap<>();
        for (int i = 0; i < pathsAndTexts.length; i += 2) {
            files.put(pathsAndTexts[i], Content.plain(pathsAndTexts[i + 1]));
        }
        return files;
    }

    private static Map<String, HubEntry> list(RepoSourceHub hub, String directory, boolean recursive) {
        return Objects.requireNonNull(
                hub.list(directory, recursive).collectMap(HubEntry::path).block());
    }

    private static HubFile head(RepoSourceHub hub, String path) {
        return hub.head(path).block();
    }

    private String read(HubFile file) {
        return read(plain, file);
    }

    private static String read(PlainFiles plain, HubFile file) {
        ByteBuffer bytes =
                Objects.requireNonNull(plain.read(Objects.requireNonNull(file.hash()), new ByteRange(0, file.size()))
                        .block());
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    private static Errno errnoOf(Runnable read) {
        try {
            read.run();
        } catch (RuntimeException e) {
            return ((FsException) Exceptions.unwrap(e)).errno();
        }
        throw new AssertionError("expected a failure");
    }

    @Test
    void treeOfASubfolder_isRelativeToIt() {
        Map<String, Content> files = files("README.md", "hi", "sub/a", "one", "sub/deep/b", "two", "subtle", "no");
        files.put("sub/model.bin", new Content(new byte[500], XET));
        memory.commit("main", files);
        RepoSourceHub sub = hub("hf://ann/net/sub");
        assertThat(list(sub, "", false)).containsOnlyKeys("a", "deep", "model.bin");
        assertThat(list(sub, "", true)).containsOnlyKeys("a", "deep/b", "model.bin");
        assertThat(list(sub, "deep", false)).containsOnlyKeys("deep/b");
        assertThat(list(sub, "absent", false)).isEmpty();
        assertThat(head(sub, "model.bin").hash()).isEqualTo(XET);
        assertThat(head(sub, "model.bin").size()).isEqualTo(500);
        assertThat(head(sub, "deep")).isNull();
        assertThat(head(sub, "absent")).isNull();
        assertThat(read(head(sub, "deep/b"))).isEqualTo("two");
    }

    @Test
    void everyAnswer_isOfTheCommitThatWasFoundLast() {
        memory.commit("main", files("a", "one"));
        assertThat(hub.info().block()).isNotNull();
        String second = memory.commit("main", files("a", "second", "b", "new"));
        assertThat(list(hub, "", false)).containsOnlyKeys("a");
        assertThat(head(hub, "a").size()).isEqualTo(3);
        assertThat(hub.info().block().revision()).isEqualTo(second);
        assertThat(list(hub, "", false)).containsOnlyKeys("a", "b");
        assertThat(head(hub, "a").size()).isEqualTo(6);
    }

    @Test
    void commitAsRevision_isAskedForOnce() {
        String first = memory.commit("main", files("a", "one"));
        memory.commit("main", files("b", "two"));
        FaultyRepoHub counted = new FaultyRepoHub(memory.withRevision(first));
        RepoSourceHub pinned = new RepoSourceHub(counted, RepoSource.parse("hf://ann/net@" + first), plain);
        pinned.info().block();
        pinned.info().block();
        assertThat(list(pinned, "", false)).containsOnlyKeys("a");
        assertThat(counted.calls(Call.INFO)).isEqualTo(1);
    }

    @Test
    void changes_areRefused() {
        assertThatThrownBy(() -> hub.batch(List.of()).block()).isInstanceOf(HubException.class);
        assertThatThrownBy(() -> hub.storageToken(true).block()).isInstanceOf(HubException.class);
        memory.commit("main", files("a", "one"));
        assertThat(hub.storageToken(false).block()).isNotNull();
    }

    @Test
    void identity_staysWhileTheContentDoes_andChangesWithIt() {
        memory.commit("main", files("a", "same", "b", "one"));
        hub.info().block();
        HubFile a = head(hub, "a");
        HubFile b = head(hub, "b");
        memory.commit("main", files("a", "same", "b", "two", "c", "same"));
        hub.info().block();
        Map<String, HubEntry> now = list(hub, "", false);
        assertThat(now.get("a"))
                .isInstanceOfSatisfying(
                        HubEntry.File.class,
                        file -> assertThat(file.file().hash()).isSameAs(a.hash()));
        assertThat(head(hub, "b").hash()).isNotEqualTo(b.hash());
        assertThat(head(hub, "c").hash()).as("another path").isNotEqualTo(a.hash());
        assertThat(read(b)).as("still the old version").isEqualTo("one");
        assertThat(read(head(hub, "b"))).isEqualTo("two");
    }

    @Test
    void versionThatIsGoneFromItsBranch_isReadAtItsCommit() {
        memory.commit("main", files("a", "one"));
        hub.info().block();
        HubFile a = head(hub, "a");
        memory.commit("main", files("b", "two"));
        hub.info().block();
        assertThat(read(a)).isEqualTo("one");
    }

    @Test
    void troubleThatPasses_isTriedAgain_refusalsAreNot() {
        memory.commit("main", files("a", "one"));
        HubFile a = head(hub, "a");
        repo.refuseNext(Call.READ, 503);
        repo.refuseNext(Call.READ, 429);
        assertThat(read(a)).isEqualTo("one");
        assertThat(repo.calls(Call.READ)).isEqualTo(3);

        repo.refuseNext(Call.READ, 403);
        assertThat(errnoOf(() -> read(a))).isEqualTo(Errno.EACCES);
        assertThat(repo.calls(Call.READ)).isEqualTo(4);

        repo.refuseNext(Call.READ, 404, "EntryNotFound");
        assertThat(errnoOf(() -> read(a))).as("content is no name").isEqualTo(Errno.EIO);
    }

    /** A repo whose reads somebody tampers with. */
    private record Tampered(RepoHub inner, UnaryOperator<PlainRead> how) implements RepoHub {
        @Override
        public Mono<RepoInfo> info() {
            return inner.info();
        }

        @Override
        public Flux<RepoEntry> list(String revision, String directory, boolean recursive) {
            return inner.list(revision, directory, recursive);
        }

        @Override
        public Mono<RepoFile> head(String revision, String path) {
            return inner.head(revision, path);
        }

        @Override
        public Mono<Map<String, RepoEntry>> pathsInfo(String revision, List<String> paths) {
            return inner.pathsInfo(revision, paths);
        }

        @Override
        public Mono<PlainRead> read(String revision, String path, ByteRange range, @Nullable String unlessEtag) {
            return inner.read(revision, path, range, unlessEtag).map(how);
        }

        @Override
        public Mono<StorageToken> storageToken(String revision) {
            return inner.storageToken(revision);
        }
    }

    private Errno errnoWhen(UnaryOperator<PlainRead.Content> how) {
        PlainFiles files = plain(new Tampered(memory, read -> how.apply((PlainRead.Content) read)));
        HubFile a = new RepoSourceHub(memory, RepoSource.parse("hf://ann/net"), files)
                .head("a")
                .block();
        return errnoOf(() -> read(files, Objects.requireNonNull(a)));
    }

    @Test
    void bytesThatAreNotTheFiles_areNeverServed() {
        memory.commit("main", files("a", "one"));
        ByteBuffer other = ByteBuffer.wrap("two".getBytes(StandardCharsets.UTF_8));
        assertThat(errnoWhen(read -> new PlainRead.Content(other, read.size(), read.etag())))
                .as("flipped bytes under the right ETag")
                .isEqualTo(Errno.EIO);
        assertThat(errnoWhen(read -> new PlainRead.Content(read.bytes(), read.size(), "f".repeat(40))))
                .as("another version")
                .isEqualTo(Errno.EIO);
        assertThat(errnoWhen(read -> new PlainRead.Content(read.bytes(), 4, read.etag())))
                .as("another size")
                .isEqualTo(Errno.EIO);
        assertThat(errnoWhen(read -> new PlainRead.Content(ByteBuffer.allocate(2), read.size(), read.etag())))
                .as("short")
                .isEqualTo(Errno.EIO);
    }

    @Test
    void whatAnIdentityMeans_isForgottenWithIt() {
        assertThat(plain.knows(new ContentHash(1, 2, 3, 4))).isFalse();
        assertThat(errnoOf(() -> plain.read(new ContentHash(1, 2, 3, 4), new ByteRange(0, 1))
                        .block()))
                .isEqualTo(Errno.EIO);
    }
}
