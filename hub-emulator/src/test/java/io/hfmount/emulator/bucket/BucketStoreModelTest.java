package io.hfmount.emulator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.model.PathOrder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.Transformer;

/** The store against maps, across restarts, compactions and torn tails. */
class BucketStoreModelTest {
    /** A clock that stands still and sometimes runs backwards. */
    private static final InstantSource CLOCK = () -> Instant.ofEpochMilli(1_772_366_400_000L);

    private final List<Under> opened = new ArrayList<>();

    /** The store under test and what it must hold. */
    static final class Under {
        final Path directory;
        final Map<String, TreeMap<String, Long>> model = new HashMap<>();
        final Map<String, Boolean> isPrivate = new HashMap<>();
        final Map<String, Long> updatedAt = new HashMap<>();
        BucketStore store;

        Under() {
            try {
                directory = Files.createTempDirectory("bucket-store");
                open();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void open() throws IOException {
            store = new BucketStore(directory, CLOCK, 600);
        }

        void check() {
            store.checkInvariants();
            assertThat(store.all().stream().map(BucketFacts::id).toList())
                    .containsExactlyInAnyOrderElementsOf(model.keySet());
            model.forEach((id, files) -> {
                BucketFacts facts = store.facts(id).orElseThrow();
                assertThat(facts.totalFiles()).isEqualTo(files.size());
                assertThat(facts.size())
                        .isEqualTo(files.values().stream().mapToLong(n -> n).sum());
                assertThat(facts.isPrivate()).isEqualTo(isPrivate.get(id));
                assertThat(facts.updatedAt()).isEqualTo(updatedAt.get(id));
                List<String> paths = store.tree(id, new TreeQuery("", true, null, 1000)).entries().stream()
                        .map(entry -> ((TreeEntry.File) entry).file().path())
                        .toList();
                assertThat(paths).containsExactlyElementsOf(files.keySet());
                files.forEach((path, size) ->
                        assertThat(store.file(id, path).orElseThrow().size()).isEqualTo(size));
            });
        }

        /** Notes the bucket's new revision, which must be above every earlier one of any bucket. */
        void moved(String id) {
            long now = store.facts(id).orElseThrow().updatedAt();
            updatedAt.values().forEach(before -> assertThat(now).isGreaterThan(before));
            updatedAt.put(id, now);
        }

        void delete() {
            try {
                store.close();
                try (Stream<Path> all = Files.walk(directory)) {
                    for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Property(tries = 40)
    void store_holdsWhatTheModelHolds(@ForAll("chains") ActionChain<Under> chain) {
        chain.withInvariant("same as the model", Under::check).run();
    }

    @AfterTry
    void cleanUp() {
        opened.forEach(Under::delete);
        opened.clear();
    }

    @Provide
    Arbitrary<ActionChain<Under>> chains() {
        return ActionChain.startWith(() -> {
                    Under under = new Under();
                    opened.add(under);
                    return under;
                })
                .withAction(
                        3,
                        on(Combinators.combine(ids(), Arbitraries.of(true, false))
                                .as((id, flag) -> under -> create(under, id, flag))))
                .withAction(
                        12,
                        on(Combinators.combine(ids(), changes())
                                .as((id, changes) -> under -> apply(under, id, changes))))
                .withAction(1, on(ids().map(id -> under -> delete(under, id))))
                .withAction(1, on(Combinators.combine(ids(), ids()).as((from, to) -> under -> move(under, from, to))))
                .withAction(
                        1,
                        on(Combinators.combine(ids(), Arbitraries.of(true, false))
                                .as((id, flag) -> under -> setPrivate(under, id, flag))))
                .withAction(2, on(Arbitraries.just(BucketStoreModelTest::restart)))
                .withAction(
                        2,
                        on(Combinators.combine(
                                        ids(), changes(), Arbitraries.integers().between(1, 30))
                                .as((id, changes, cut) -> under -> tear(under, id, changes, cut))))
                .withMaxTransformations(40);
    }

    /** A change of store and model. */
    @FunctionalInterface
    interface Step {
        void run(Under under) throws Exception;
    }

    private static Action.Independent<Under> on(Arbitrary<? extends Step> steps) {
        return () -> steps.map(step -> Transformer.mutate("step", under -> {
            try {
                step.run(under);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }));
    }

    private static void create(Under under, String id, boolean isPrivate) throws IOException {
        try {
            under.store.create(id, isPrivate, "us");
            assertThat(under.model).doesNotContainKey(id);
            under.model.put(id, new TreeMap<>(PathOrder.INSTANCE));
            under.isPrivate.put(id, isPrivate);
            under.moved(id);
        } catch (NameTakenException e) {
            assertThat(under.model).containsKey(e.id());
        }
    }

    private static void apply(Under under, String id, List<FileChange> changes) throws IOException {
        boolean known = under.store.apply(id, changes);
        assertThat(known).isEqualTo(under.model.containsKey(id));
        if (known && change(under.model.get(id), changes)) {
            under.moved(id);
        }
    }

    private static boolean change(TreeMap<String, Long> files, List<FileChange> changes) {
        boolean effect = false;
        boolean anyEffect = changes.stream()
                .anyMatch(c -> c instanceof FileChange.Put || files.containsKey(((FileChange.Remove) c).path()));
        for (FileChange change : changes) {
            switch (change) {
                case FileChange.Put(BucketFile file) -> files.put(file.path(), file.size());
                case FileChange.Remove(String path) -> files.remove(path);
            }
            effect = anyEffect;
        }
        return effect;
    }

    private static void delete(Under under, String id) throws IOException {
        assertThat(under.store.delete(id)).isEqualTo(under.model.remove(id) != null);
        under.isPrivate.remove(id);
        under.updatedAt.remove(id);
    }

    private static void move(Under under, String from, String to) throws IOException {
        try {
            boolean moved = under.store.move(from, to);
            assertThat(moved).isEqualTo(under.model.containsKey(from));
            if (moved) {
                assertThat(under.model).doesNotContainKey(to);
                under.model.put(to, under.model.remove(from));
                under.isPrivate.put(to, under.isPrivate.remove(from));
                under.moved(to);
                under.updatedAt.remove(from);
            }
        } catch (NameTakenException e) {
            assertThat(under.model).containsKeys(from, to);
        }
    }

    private static void setPrivate(Under under, String id, boolean isPrivate) throws IOException {
        if (under.store.setPrivate(id, isPrivate)) {
            under.isPrivate.put(id, isPrivate);
            under.moved(id);
        } else {
            assertThat(under.model).doesNotContainKey(id);
        }
    }

    private static void restart(Under under) throws IOException {
        under.store.close();
        under.open();
    }

    /** A mutation whose record lost its end: after the restart nothing of it is there, and all before it is. */
    private static void tear(Under under, String id, List<FileChange> changes, int cut) throws IOException {
        Path log = newest(under.directory);
        long before = Files.size(log);
        if (!under.model.containsKey(id) || changes.isEmpty()) {
            return;
        }
        under.store.apply(id, changes);
        under.store.close();
        if (newest(under.directory).equals(log) && Files.size(log) > before) {
            try (var channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                channel.truncate(Math.max(before, Files.size(log) - cut));
            }
            under.open();
        } else {
            under.open(); // it was compacted, or changed nothing
            if (change(under.model.get(id), changes)) {
                under.moved(id);
            }
        }
    }

    private static Path newest(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("log-"))
                    .max(Comparator.comparing(
                            file -> Long.parseLong(file.getFileName().toString().substring(4))))
                    .orElseThrow();
        }
    }

    private static Arbitrary<String> ids() {
        return Arbitraries.of("ann/a", "ann/b", "bob/a");
    }

    private static Arbitrary<List<FileChange>> changes() {
        Arbitrary<String> paths = Arbitraries.of("x", "y", "d/x", "d/y", "d.x", "ü", "\uD83C\uDF89/z");
        Arbitrary<FileChange> put = Combinators.combine(
                        paths, Arbitraries.longs().between(0, 1000))
                .as((path, size) ->
                        new FileChange.Put(new BucketFile(path, new ContentHash(size, 0, 0, 0), size, size, null, 0)));
        Arbitrary<FileChange> remove = paths.map(FileChange.Remove::new);
        return Arbitraries.frequencyOf(Tuple.of(3, put), Tuple.of(1, remove))
                .list()
                .ofMaxSize(6);
    }
}
