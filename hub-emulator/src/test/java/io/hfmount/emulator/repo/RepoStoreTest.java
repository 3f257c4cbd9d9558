package io.hfmount.emulator.repo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import io.hfmount.model.RepoKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepoStoreTest {
    private static final RepoId NET = new RepoId(RepoKind.MODEL, "ann/net");
    private static final String MAIN = "refs/heads/main";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-01T12:00:00Z"));

    @TempDir
    Path directory;

    private RepoStore open() throws IOException {
        return RepoStore.open(directory.resolve("repos"), CLOCK);
    }

    private static String head(RepoStore store) {
        return store.resolve(NET, "main").orElseThrow().id();
    }

    private static String commit(RepoStore store, String path, String text) throws Exception {
        RepoContent.Plain blob = store.blobs().put(text.getBytes(StandardCharsets.UTF_8));
        return store.commit(NET, MAIN, head(store), "one", List.of(new RepoChange.Put(path, blob)));
    }

    @Test
    void tornCommit_isCutOff_andTheOneBeforeIsWhole() throws Exception {
        String first;
        Path log = directory.resolve("repos/log");
        long whole;
        try (RepoStore store = open()) {
            store.create(NET, false, Gating.NONE);
            first = commit(store, "x", "one");
            whole = Files.size(log);
            commit(store, "x", "two");
        }
        byte[] all = Files.readAllBytes(log);
        for (long cut : new long[] {whole, whole + 1, whole + 9, all.length - 1}) {
            Files.write(log, Arrays.copyOf(all, (int) cut));
            try (RepoStore store = open()) {
                store.checkInvariants();
                assertThat(head(store)).isEqualTo(first);
                commit(store, "y", "after the crash");
            }
        }
    }

    @Test
    void damagedLog_isRefused() throws Exception {
        try (RepoStore store = open()) {
            store.create(NET, false, Gating.NONE);
            commit(store, "x", "one");
            commit(store, "y", "two");
        }
        Path log = directory.resolve("repos/log");
        byte[] all = Files.readAllBytes(log);
        all[30] ^= 1;
        Files.write(log, all);
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("damaged");
    }

    @Test
    void directory_isForOneStore_andUnfinishedBlobsGo() throws Exception {
        try (RepoStore store = open()) {
            assertThatThrownBy(this::open).hasMessageContaining("in use");
            assertThat(store.size()).isZero();
        }
        Path leftover = directory.resolve("repos/blobs/tmp/1");
        Files.writeString(leftover, "half", StandardOpenOption.CREATE_NEW);
        open().close();
        assertThat(leftover).doesNotExist();
    }

    @Test
    void commitOfContentThatIsNotThere_isRefused() throws Exception {
        try (RepoStore store = open()) {
            store.create(NET, false, Gating.NONE);
            RepoContent absent = new RepoContent.Plain(GitId.ofBlob(new byte[] {1}), 1);
            assertThatThrownBy(
                            () -> store.commit(NET, MAIN, head(store), "one", List.of(new RepoChange.Put("x", absent))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.commit(NET, MAIN, GitId.ofBlob(new byte[0]), "one", List.of()))
                    .isInstanceOf(StaleParentException.class);
        }
    }

    @Test
    void commitIds_differ_evenForTheSameChangesInTheSameMillisecond() throws Exception {
        try (RepoStore store = open()) {
            store.create(NET, false, Gating.NONE);
            Set<String> ids = new HashSet<>();
            for (int i = 0; i < 5; i++) {
                ids.add(commit(store, "x", "same"));
            }
            assertThat(ids).hasSize(5);
        }
    }

    @Property(tries = 200)
    void mutation_isReadAsItWasWritten(@ForAll("mutations") RepoMutation mutation) throws Exception {
        byte[] record = RepoMutationCodec.encode(mutation);
        assertThat(RepoMutationCodec.decode(record)).isEqualTo(mutation);
        for (int cut = 0; cut < record.length; cut += 7) {
            byte[] part = Arrays.copyOf(record, cut);
            assertThatThrownBy(() -> RepoMutationCodec.decode(part)).isInstanceOf(IOException.class);
        }
        byte[] longer = Arrays.copyOf(record, record.length + 1);
        assertThatThrownBy(() -> RepoMutationCodec.decode(longer)).isInstanceOf(IOException.class);
    }

    /** Against a plain set of paths: what a listing says of directories and files. */
    @Property(tries = 300)
    void listing_isWhatThePathsSay(@ForAll("paths") Set<String> paths, @ForAll boolean recursive) {
        List<RepoChange> changes = new ArrayList<>();
        Map<String, RepoContent> contents = new HashMap<>();
        for (String path : paths) {
            RepoContent content = new RepoContent.Plain(GitId.ofBlob(path.getBytes(StandardCharsets.UTF_8)), 1);
            contents.put(path, content);
            changes.add(new RepoChange.Put(path, content));
        }
        RepoTree tree = RepoTree.EMPTY.with(changes, "id");
        tree.checkInvariants();
        for (String directory : List.of("", "a", "a/b", "b", "zz")) {
            Set<String> wanted = new HashSet<>();
            for (String path : paths) {
                for (String at = path; RemotePath.isBelow(at, directory); at = RemotePath.parent(at)) {
                    if (recursive || RemotePath.parent(at).equals(directory)) {
                        wanted.add((contents.containsKey(at) ? "f " : "d ") + at);
                    }
                }
            }
            List<String> listed = tree.list(directory, recursive).stream()
                    .map(e -> (e instanceof RepoTree.Entry.Directory ? "d " : "f ") + e.path())
                    .toList();
            assertThat(listed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(wanted);
            assertThat(tree.isDirectory(directory)).isEqualTo(directory.isEmpty() || !wanted.isEmpty());
        }
        contents.forEach((path, content) ->
                assertThat(tree.file(path).orElseThrow().content()).isEqualTo(content));
    }

    @Provide
    Arbitrary<Set<String>> paths() {
        Arbitrary<String> part = Arbitraries.of("a", "b", "a-", "a0", "é", "😀", "zz");
        // No path is file and directory at once: files end in their depth.
        return part.list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(parts -> String.join("/", parts) + ".f")
                .set()
                .ofMaxSize(25);
    }

    @Provide
    Arbitrary<RepoMutation> mutations() {
        Arbitrary<Long> at = Arbitraries.longs();
        Arbitrary<String> text = Arbitraries.strings()
                .ofMaxLength(20)
                .filter(t -> StandardCharsets.UTF_8.newEncoder().canEncode(t));
        Arbitrary<RepoId> repo = Arbitraries.of(RepoKind.class).map(kind -> new RepoId(kind, "ann/" + kind.wireName()));
        Arbitrary<RepoChange> change = Combinators.combine(
                        text, Arbitraries.longs(), Arbitraries.integers().between(0, 2))
                .as((path, size, kind) -> switch (kind) {
                    case 0 -> new RepoChange.Put(path, new RepoContent.Plain("oid" + size, size));
                    case 1 ->
                        new RepoChange.Put(
                                path,
                                new RepoContent.Stored(
                                        new ContentHash(size, 1, 2, 3), new ContentHash(4, size, 5, 6), size));
                    default -> new RepoChange.Remove(path);
                });
        return Arbitraries.oneOf(
                Combinators.combine(repo, at, Arbitraries.of(Gating.class))
                        .as((id, time, gating) -> new RepoMutation.Create(id, time % 2 == 0, gating, time)),
                Combinators.combine(repo, at).as(RepoMutation.Delete::new),
                Combinators.combine(repo, at, Arbitraries.of(Gating.class))
                        .as((id, time, gating) -> new RepoMutation.Set(id, time % 2 == 0, gating, time)),
                Combinators.combine(
                                repo,
                                text,
                                text,
                                text.injectNull(0.3),
                                text,
                                change.list().ofMaxSize(5),
                                at)
                        .as(RepoMutation.Commit::new),
                Combinators.combine(repo, text, text.injectNull(0.3), at).as(RepoMutation.Point::new));
    }
}
