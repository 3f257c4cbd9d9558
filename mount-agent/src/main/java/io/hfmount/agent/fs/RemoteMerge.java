package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.KernelCache;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.model.RemotePath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings remote facts into the inode table under the guards of mount-semantics §4: nothing dirty, open for writing or
 * changed by us since the question was asked is touched (H-43, H-62, H-63), and what waits for its remote delete stays
 * absent (H-91). Thread-safe.
 */
final class RemoteMerge implements RemoteView {
    private final InodeTable table;
    private final NegativeCache negative;
    private final Orphans orphans;
    private final ListingsAhead ahead;
    private final Supplier<KernelCache> kernel;

    RemoteMerge(
            InodeTable table,
            NegativeCache negative,
            Orphans orphans,
            ListingsAhead ahead,
            Supplier<KernelCache> kernel) {
        this.table = table;
        this.negative = negative;
        this.orphans = orphans;
        this.ahead = ahead;
        this.kernel = kernel;
    }

    /**
     * A listing of one directory.
     *
     * @param entries by name
     * @param asOf when the Hub was asked, in the order of own changes and questions
     * @param at when the Hub was asked: how fresh it is
     */
    private record Answer(Map<String, HubEntry> entries, long asOf, Instant at) {
        static Answer of(String directory, List<HubEntry> entries, long asOf, Instant at) {
            return new Answer(byName(directory, entries), asOf, at);
        }

        /** Whether what is known of {@code child} is newer: our own change, or a later answer. */
        boolean isOlderThan(Inode child) {
            return changedSince(child, asOf) || child.answeredSequence > asOf;
        }
    }

    @Override
    public long ask() {
        return table.reading(table::ask);
    }

    @Override
    public List<String> loadedDirectories() {
        return table.reading(() -> {
            List<String> paths = new ArrayList<>();
            for (Inode inode : table.all()) {
                if (inode.isDirectory() && inode.isLinked() && inode.childrenLoaded) {
                    paths.add(table.path(inode));
                }
            }
            paths.sort(Comparator.comparingInt(RemoteMerge::depth).thenComparing(Comparator.naturalOrder()));
            return paths;
        });
    }

    private static int depth(String path) {
        return path.isEmpty() ? 0 : 1 + (int) path.chars().filter(c -> c == '/').count();
    }

    /** The first complete listing of a directory; false when it moved meanwhile. */
    boolean loaded(Inode directory, String path, List<HubEntry> entries, ListingsAhead.Asked asked) {
        Changes changes = new Changes();
        List<Inode> dropped = new ArrayList<>();
        boolean done = table.writing(() -> {
            if (!directory.isLinked() || !table.path(directory).equals(path)) {
                return false;
            }
            ahead.forget(path);
            fill(directory, path, entries, asked, changes, dropped);
            return true;
        });
        finish(changes, dropped);
        return done;
    }

    /** Loads a directory from the listing of a subtree above it; false when there is none that counts. */
    boolean loadedAhead(Inode directory) {
        Changes changes = new Changes();
        List<Inode> dropped = new ArrayList<>();
        boolean done = table.writing(() -> {
            String path = table.path(directory);
            ListingsAhead.Listing listing = directory.isLinked() ? ahead.take(path, table) : null;
            if (listing == null
                    || directory.childrenConfirmed.isAfter(listing.asked().at())) {
                return false;
            }
            fill(directory, path, listing.entries(), listing.asked(), changes, dropped);
            return true;
        });
        finish(changes, dropped);
        return done;
    }

    private void fill(
            Inode directory,
            String path,
            List<HubEntry> entries,
            ListingsAhead.Asked asked,
            Changes changes,
            List<Inode> dropped) {
        Answer answer = Answer.of(path, entries, asked.clock(), asked.at());
        apply(directory, answer, vanished(directory, answer), changes, dropped);
        directory.childrenLoaded = true;
    }

    @Override
    public Set<String> missing(String directory, List<HubEntry> entries, long asOf) {
        return table.reading(() -> {
            Inode inode = table.at(directory);
            return inode == null || !inode.isDirectory()
                    ? Set.of()
                    : vanished(inode, Answer.of(directory, entries, asOf, table.now()));
        });
    }

    @Override
    public int merge(String directory, List<HubEntry> entries, Set<String> gone, long asOf) {
        Changes changes = new Changes();
        List<Inode> dropped = new ArrayList<>();
        int count = table.writing(() -> {
            Inode inode = table.at(directory);
            if (inode == null || !inode.isDirectory()) {
                return 0;
            }
            Answer answer = Answer.of(directory, entries, asOf, table.now());
            Set<String> removable = vanished(inode, answer);
            removable.retainAll(gone);
            int changed = apply(inode, answer, removable, changes, dropped);
            if (changed > 0) {
                ahead.hubChanged();
            }
            return changed;
        });
        if (count > 0) {
            negative.removeBelow(directory);
        }
        finish(changes, dropped);
        return count;
    }

    @Override
    public void directoryGone(String directory, long asOf) {
        Changes changes = new Changes();
        List<Inode> dropped = new ArrayList<>();
        table.writing(() -> {
            Inode inode = table.at(directory);
            if (inode != null
                    && inode.isDirectory()
                    && inode.parent != null
                    && !changedSince(inode, asOf)
                    && !table.moves().isLeaving(inode)) {
                ahead.hubChanged();
                removeTree(inode, asOf, changes, dropped);
                table.goneNames().add(directory, asOf);
            }
            return 0;
        });
        finish(changes, dropped);
    }

    @Override
    public void revalidated(String path, @Nullable HubFile answer, long asOf) {
        Changes changes = new Changes();
        List<Inode> dropped = new ArrayList<>();
        table.writing(() -> {
            Inode inode = table.at(path);
            if (inode == null || !inode.isFile() || changedSince(inode, asOf) || inode.answeredSequence > asOf) {
                return 0;
            }
            inode.answeredSequence = asOf;
            if (answer == null) {
                if (removable(inode)) {
                    ahead.hubChanged();
                    remove(inode, changes, dropped);
                    table.goneNames().add(path, asOf);
                }
                return 0;
            }
            if (answer.size() >= 0 && update(inode, answer, table.now(), changes)) {
                ahead.hubChanged();
            }
            inode.lastRevalidated = table.now();
            return 0;
        });
        finish(changes, dropped);
    }

    @Override
    public void roundBegins(boolean moved) {
        if (moved) {
            negative.clear();
        }
        table.writing(() -> {
            if (moved) {
                ahead.hubChanged();
            } else {
                ahead.dropStale(table);
            }
            return 0;
        });
    }

    /** A HEAD found a file that was not known. */
    void found(Inode parent, HubFile file, long asOf) {
        table.writing(() -> {
            String name = RemotePath.name(file.path());
            if (parent.isLinked()
                    && table.childPath(parent, name).equals(file.path())
                    && mayAppear(parent, name, file.path(), asOf)
                    && !parent.entries().containsKey(name)) {
                insertFile(parent, name, file, asOf, table.now());
            }
            return 0;
        });
    }

    /** A listing proved a directory that was not known; false when it only holds what waits for its delete. */
    boolean foundDirectory(Inode parent, String path, long asOf) {
        return table.writing(() -> {
            String name = RemotePath.name(path);
            if (!parent.isLinked()
                    || !table.childPath(parent, name).equals(path)
                    || !mayAppear(parent, name, path, asOf)) {
                return false;
            }
            if (table.deletes().anyBelow(path)) {
                return false;
            }
            if (!parent.entries().containsKey(name)) {
                ahead.hubChanged();
                table.insert(parent, name, FileKind.DIRECTORY);
            }
            return true;
        });
    }

    private static Map<String, HubEntry> byName(String directory, List<HubEntry> entries) {
        Map<String, HubEntry> byName = new HashMap<>();
        for (HubEntry entry : entries) {
            String path = entry.path();
            if (RemotePath.isValid(path) && RemotePath.parent(path).equals(directory)) {
                // a file beats a directory of the same name: the file can be read, and HEAD would find it
                byName.merge(RemotePath.name(path), entry, (a, b) -> a instanceof HubEntry.File ? a : b);
            }
        }
        return byName;
    }

    private boolean mayAppear(Inode parent, String name, String path, long asOf) {
        return !table.moves().isArriving(parent, name)
                && !table.deletes().isTombstone(path)
                && !table.removedNames().isNewerThan(path, asOf)
                && !table.goneNames().isNewerThan(path, asOf);
    }

    private static boolean changedSince(Inode inode, long asOf) {
        return inode.changeSequence > asOf;
    }

    /** Known entries of a directory that the listing lacks and that could be removed. */
    private Set<String> vanished(Inode directory, Answer answer) {
        Set<String> names = new HashSet<>();
        for (Inode child : directory.entries().values()) {
            if (answer.entries().containsKey(child.name) || answer.isOlderThan(child)) {
                continue;
            }
            if (child.isFile() ? removable(child) : child.isDirectory() && removableTree(child)) {
                names.add(child.name);
            }
        }
        return names;
    }

    /** Clean, published, and nobody writes it: its disappearance is the Hub's to decide. */
    private boolean removable(Inode file) {
        return !table.moves().isLeaving(file)
                && !file.isDirty()
                && file.writeHandles.get() == 0
                && file.pendingDeletes.isEmpty()
                && file.hubState.mayExist();
    }

    private boolean removableTree(Inode directory) {
        return !table.moves().isLeaving(directory) && !InodeTable.isProtected(directory);
    }

    private int apply(Inode directory, Answer answer, Set<String> gone, Changes changes, List<Inode> dropped) {
        int count = 0;
        for (Map.Entry<String, HubEntry> e : answer.entries().entrySet()) {
            if (applyEntry(directory, e.getKey(), e.getValue(), answer, changes, dropped)) {
                count++;
            }
        }
        for (String name : gone) {
            Inode child = directory.entries().get(name);
            if (child != null) {
                if (child.isDirectory()) {
                    removeTree(child, answer.asOf(), changes, dropped);
                } else {
                    String path = table.path(child);
                    remove(child, changes, dropped);
                    table.goneNames().add(path, answer.asOf());
                }
                count++;
            }
        }
        directory.childrenConfirmed = answer.at();
        directory.misses.set(0);
        if (count > 0) {
            changes.attributes(directory);
        }
        return count;
    }

    private boolean applyEntry(
            Inode directory, String name, HubEntry entry, Answer answer, Changes changes, List<Inode> dropped) {
        Inode child = directory.entries().get(name);
        if (child == null) {
            return add(directory, name, entry, answer, changes);
        }
        if (answer.isOlderThan(child)) {
            return false;
        }
        switch (entry) {
            case HubEntry.File file -> {
                if (child.isFile()) {
                    child.answeredSequence = answer.asOf();
                    child.lastRevalidated = answer.at();
                    return update(child, file.file(), answer.at(), changes);
                }
                if (child.isDirectory() && removableTree(child)) {
                    removeTree(child, answer.asOf(), changes, dropped);
                    return !directory.entries().containsKey(name) && add(directory, name, entry, answer, changes);
                }
            }
            case HubEntry.Directory d -> {
                if (child.isFile() && removable(child)) {
                    remove(child, changes, dropped);
                    return add(directory, name, entry, answer, changes);
                }
            }
        }
        return false;
    }

    private boolean add(Inode directory, String name, HubEntry entry, Answer answer, Changes changes) {
        if (!mayAppear(directory, name, entry.path(), answer.asOf())
                || RemotePath.utf8Length(name) > RemotePath.MAX_SEGMENT_BYTES) {
            return false;
        }
        switch (entry) {
            case HubEntry.File file -> {
                if (file.file().size() < 0) {
                    return false; // H-47
                }
                insertFile(directory, name, file.file(), answer.asOf(), answer.at());
            }
            case HubEntry.Directory d -> {
                if (table.deletes().anyBelow(d.path())) {
                    return false; // all it shows may be names whose delete is still to be sent
                }
                InodeTable.nowOnHub(table.insert(directory, name, FileKind.DIRECTORY));
            }
        }
        if (directory.childrenLoaded) {
            changes.entry(directory, name); // else nobody asked for it: the kernel keeps no absences
        }
        return true;
    }

    private void insertFile(Inode parent, String name, HubFile file, long asOf, Instant at) {
        Inode inode = table.insert(parent, name, FileKind.FILE);
        inode.answeredSequence = asOf;
        adopt(inode, file, at);
        InodeTable.nowOnHub(inode);
    }

    private static void adopt(Inode inode, HubFile file, Instant at) {
        inode.contentHash = file.hash();
        inode.size = file.size();
        Instant mtime = file.mtime();
        if (mtime != null) {
            inode.mtime = mtime;
            inode.ctime = mtime;
        }
        inode.hubState = file.hash() == null ? new HubState.Absent() : new HubState.Present(file.hash());
        inode.lastRevalidated = at;
    }

    /** Takes a newer remote version unless the identity is frozen (§4.6). */
    private static boolean update(Inode inode, HubFile file, Instant at, Changes changes) {
        if (file.size() < 0 || (Objects.equals(inode.contentHash, file.hash()) && inode.size == file.size())) {
            return false;
        }
        if (inode.isDirty() || inode.writeHandles.get() > 0) {
            return false; // asked again by the next poll and by the first lookup after the last close
        }
        if (inode.ownSequence != inode.localSequence) {
            inode.ownSequence = inode.localSequence;
            inode.ownHash = inode.contentHash;
            inode.ownSize = inode.size;
        }
        adopt(inode, file, at);
        inode.stagingIsCurrent = false;
        inode.remoteVersion++;
        changes.content(inode);
        Inode parent = inode.parent;
        if (parent != null) {
            changes.entry(parent, inode.name);
        }
        return true;
    }

    private void removeTree(Inode directory, long asOf, Changes changes, List<Inode> dropped) {
        for (Inode child : List.copyOf(directory.entries().values())) {
            if (changedSince(child, asOf)) {
                continue;
            }
            if (child.isDirectory()) {
                removeTree(child, asOf, changes, dropped);
            } else if (child.isFile() && removable(child)) {
                remove(child, changes, dropped);
            }
        }
        if (directory.entries().isEmpty() && !directory.keptLocally && directory.parent != null) {
            remove(directory, changes, dropped);
        }
    }

    /** Open readers keep the orphan (H-43). */
    private void remove(Inode inode, Changes changes, List<Inode> dropped) {
        Inode parent = Objects.requireNonNull(inode.parent);
        changes.entry(parent, inode.name);
        table.unlink(inode);
        dropped.add(inode);
    }

    private void finish(Changes changes, List<Inode> dropped) {
        dropped.forEach(orphans::dropStaging);
        changes.send(kernel);
    }
}
