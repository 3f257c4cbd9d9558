package io.hfmount.transport.jnr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.MemoryFileSystem;
import io.hfmount.agent.vfs.Wait;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Paths, the nodes kept for them, and the balance of lookups. */
final class PathNodesTest {
    private static final long BELIEVED = 1000;

    private final Counting fileSystem = new Counting();
    private long now;
    private final PathNodes nodes = new PathNodes(fileSystem, 4, BELIEVED, () -> now);

    private static final class Counting extends MemoryFileSystem {
        int lookups;

        @Override
        protected void beforeLookup(long parent, String name, Wait wait) {
            lookups++;
        }
    }

    private void tree(String... directories) throws FsException {
        for (String path : directories) {
            long at = FileSystem.ROOT;
            for (String name : path.split("/")) {
                try {
                    at = fileSystem.mkdir(at, name, 0755, Caller.SELF).ino();
                } catch (FsException e) {
                    at = fileSystem.lookup(at, name, Wait.ALLOWED).ino();
                }
                fileSystem.forget(at, 1);
            }
        }
        fileSystem.lookups = 0;
    }

    @Test
    void pathAskedTwice_isLookedUpOnceWhileBelieved() throws FsException {
        tree("a/b/c");
        nodes.unpin(nodes.pin("/a/b/c"));
        nodes.unpin(nodes.pin("/a/b/c"));
        assertThat(fileSystem.lookups).isEqualTo(3);

        now += BELIEVED;
        nodes.unpin(nodes.pin("/a/b/c"));
        assertThat(fileSystem.lookups).isEqualTo(6);
        assertThat(fileSystem.lookupsHeld()).as("one a node").isEqualTo(3);
    }

    @Test
    void moreNamesThanKept_giveBackTheLeastRecentlyUsed() throws FsException {
        tree("a", "b", "c", "d", "e", "f");
        for (String path : List.of("/a", "/b", "/c", "/d", "/a", "/e", "/f")) {
            nodes.unpin(nodes.pin(path));
        }
        assertThat(fileSystem.lookupsHeld()).isEqualTo(4);
        fileSystem.lookups = 0;
        nodes.unpin(nodes.pin("/a"));
        assertThat(fileSystem.lookups).as("used lately").isZero();
    }

    @Test
    void pinnedNode_keepsItsLookupBeyondEvictionAndDrop() throws FsException {
        tree("a", "b", "c", "d", "e", "f");
        PathNodes.Node held = nodes.pin("/a");
        for (String path : List.of("/b", "/c", "/d", "/e", "/f")) {
            nodes.unpin(nodes.pin(path));
        }
        nodes.drop(new EntryName(FileSystem.ROOT, "a"));
        assertThat(fileSystem.lookupsHeld()).isEqualTo(5);
        nodes.unpin(held);
        assertThat(fileSystem.lookupsHeld()).isEqualTo(4);
    }

    @Test
    void invalidatedEntry_isAskedForAgainAtOnce() throws FsException {
        tree("a/b");
        nodes.unpin(nodes.pin("/a/b"));
        fileSystem.removeSilently("a");
        nodes.invalidateEntry(FileSystem.ROOT, "a");

        assertThatThrownBy(() -> nodes.pin("/a/b"))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    @Test
    void nameLookedUpBeforeADrop_isNotKept() throws FsException {
        tree("a");
        long before = nodes.drops();
        long ino = fileSystem.lookup(FileSystem.ROOT, "a", Wait.ALLOWED).ino();
        EntryName name = new EntryName(FileSystem.ROOT, "a");
        nodes.drop(name);

        PathNodes.Node node = nodes.adopt(name, ino, before);

        assertThat(fileSystem.lookupsHeld()).isEqualTo(1);
        nodes.unpin(node);
        assertThat(fileSystem.lookupsHeld()).isZero();
    }

    @Test
    void pathsThatAreNone_areRefused() {
        assertThatThrownBy(() -> nodes.pin("/a\uFFFD"))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EILSEQ));
        assertThatThrownBy(() -> nodes.pin("a"))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        assertThatThrownBy(() -> nodes.parentOf("/"))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }

    @Test
    void privateNames_areLibfusesSixteenDigitsAlone() {
        assertThat(EntryName.isPrivate(".fuse_hidden0123456789abcdef")).isTrue();
        assertThat(EntryName.isPrivate(".fuse_hidden")).isFalse();
        assertThat(EntryName.isPrivate(".fuse_hidden0123456789abcdeg")).isFalse();
        assertThat(EntryName.isPrivate(".fuse_hidden0123456789abcdef0")).isFalse();
        assertThat(EntryName.isPrivate("fuse_hidden00123456789abcdef")).isFalse();
    }

    /** What a mount does with names, in any order; {@code path} is one of a few. */
    record Step(int action, String path) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<String> paths = Arbitraries.of("/a", "/b", "/a/x", "/a/y", "/b/x", "/a/x/deep", "/c", "/d", "/e");
        return Combinators.combine(Arbitraries.integers().between(0, 6), paths)
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 300)
    void lookupsAndForgets_balanceInAnyOrder(@ForAll("steps") List<Step> steps) throws FsException {
        MemoryFileSystem served = new MemoryFileSystem();
        long[] time = {0};
        PathNodes table = new PathNodes(served, 3, 2, () -> time[0]);
        Deque<PathNodes.Node> pinned = new ArrayDeque<>();
        List<Long> hidden = new ArrayList<>();
        for (Step step : steps) {
            time[0]++;
            try {
                switch (step.action()) {
                    case 0 -> pinned.add(table.pin(step.path()));
                    case 1 -> pinned.add(table.pinFresh(step.path()).node());
                    case 2 -> {
                        PathNodes.Place place = table.parentOf(step.path());
                        pinned.add(place.directory());
                        long drops = table.drops();
                        long made = served.mkdir(
                                        place.name().parent(), place.name().name(), 0755, Caller.SELF)
                                .ino();
                        table.unpin(table.adopt(place.name(), made, drops));
                    }
                    case 3 -> {
                        PathNodes.Place place = table.parentOf(step.path());
                        pinned.add(place.directory());
                        served.rmdir(place.name().parent(), place.name().name());
                        table.drop(place.name());
                    }
                    case 4 -> {
                        if (!pinned.isEmpty()) {
                            table.unpin(pinned.poll());
                        }
                    }
                    case 5 -> {
                        PathNodes.Node node = table.pin(step.path());
                        pinned.add(node);
                        table.hide(new EntryName(1, String.format(".fuse_hidden%016x", hidden.size())), node);
                        hidden.add(node.ino());
                    }
                    default -> {
                        if (!hidden.isEmpty()) {
                            table.unhide(hidden.getLast());
                        }
                    }
                }
            } catch (FsException refused) {
                assertThat(refused.errno()).isIn(Errno.ENOENT, Errno.EEXIST, Errno.ENOTEMPTY);
            }
        }
        pinned.forEach(table::unpin);
        table.close();
        assertThat(served.lookupsHeld()).isZero();
    }
}
