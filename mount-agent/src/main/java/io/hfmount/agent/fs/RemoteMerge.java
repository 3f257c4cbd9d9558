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
    private final Supplier<KernelCache> kernel;

    RemoteMerge(InodeTable table, NegativeCache negative, Orphans orphans, Supplier<KernelCache> kernel) {
        this.table = table;
        this.negative = negative;
        this.orphans = orphans;
        this.kernel = kernel;
    }

    @Override
    public long clock() {
        return table.reading(table::clock);
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
    boolean loaded(Inode directory, String path, List<HubEntry> entries, long asOf) {
        Changes changes = new Changes();
        List<Inode> dropped = new ArrayList<>();
        boolean done = table.writing(() -> {
            if (!directory.isLinked() || !table.path(directory).equals(path)) {
                return false;
            }
            Map<String, HubEntry> listed = byName(path, entries);
            Set<String> gone = vanished(directory, listed, asOf);
            apply(directory, listed, gone, asOf, changes, dropped);
            directory.childrenLoaded = true;
            return true;
        });
        finish(changes, dropped);
        return done;
    }

    @Override
    public Set<String> missing(String directory, List<HubEntry> entries, long asOf) {
        return table.reading(() -> {
            Inode inode = table.at(directory);
            return inode == null || !inode.isDirectory() ? Set.of() : vanished(inode, byName(directory, entries), asOf);
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
            Map<String, HubEntry> listed = byName(directory, entries);
            Set<String> removable = vanished(inode, listed, asOf);
            removable.retainAll(gone);
            return apply(inode, listed, removable, asOf, changes, dropped);
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
            if (inode != null && inode.isDirectory() && inode.parent != null && !changedSince(inode, asOf)) {
                removeTree(inode, asOf, changes, dropped);
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
            if (inode == null || !inode.isFile() || changedSince(inode, asOf)) {
                return 0;
            }
            if (answer == null) {
                if (removable(inode)) {
                    remove(inode, changes, dropped);
                }
                return 0;
            }
            if (answer.size() >= 0) {
                update(inode, answer, changes);
            }
            inode.lastRevalidated = table.now();
            return 0;
        });
        finish(changes, dropped);
    }

    @Override
    public void clearNegativeCache() {
        negative.clear();
    }

    /** A HEAD found a file that was not known. */
    void found(Inode parent, HubFile file, long asOf) {
        table.writing(() -> {
            String name = RemotePath.name(file.path());
            if (parent.isLinked()
                    && table.childPath(parent, name).equals(file.path())
                    && mayAppear(file.path(), asOf)
                    && !parent.entries().containsKey(name)) {
                insertFile(parent, name, file);
            }
            return 0;
        });
    }

    /** A listing proved a directory that was not known; false when it only holds what waits for its delete. */
    boolean foundDirectory(Inode parent, String path, long asOf) {
        return table.writing(() -> {
            String name = RemotePath.name(path);
            if (!parent.isLinked() || !table.childPath(parent, name).equals(path) || !mayAppear(path, asOf)) {
                return false;
            }
            if (table.deletes().anyBelow(path)) {
                return false;
            }
            if (!parent.entries().containsKey(name)) {
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

    private boolean mayAppear(String path, long asOf) {
        return !table.deletes().isTombstone(path) && !table.removedNames().isNewerThan(path, asOf);
    }

    private static boolean changedSince(Inode inode, long asOf) {
        return inode.changeSequence > asOf;
    }

    /** Known entries of a directory that the listing lacks and that could be removed. */
    private static Set<String> vanished(Inode directory, Map<String, HubEntry> listed, long asOf) {
        Set<String> names = new HashSet<>();
        for (Inode child : directory.entries().values()) {
            if (listed.containsKey(child.name) || changedSince(child, asOf)) {
                continue;
            }
            if (child.isFile() ? removable(child) : child.isDirectory() && !InodeTable.isProtected(child)) {
                names.add(child.name);
            }
        }
        return names;
    }

    /** Clean, published, and nobody writes it: its disappearance is the Hub's to decide. */
    private static boolean removable(Inode file) {
        return !file.isDirty()
                && file.writeHandles.get() == 0
                && file.pendingDeletes.isEmpty()
                && file.hubState.mayExist();
    }

    private int apply(
            Inode directory,
            Map<String, HubEntry> listed,
            Set<String> gone,
            long asOf,
            Changes changes,
            List<Inode> dropped) {
        int count = 0;
        for (Map.Entry<String, HubEntry> e : listed.entrySet()) {
            if (applyEntry(directory, e.getKey(), e.getValue(), asOf, changes, dropped)) {
                count++;
            }
        }
        for (String name : gone) {
            Inode child = directory.entries().get(name);
            if (child != null) {
                if (child.isDirectory()) {
                    removeTree(child, asOf, changes, dropped);
                } else {
                    remove(child, changes, dropped);
                }
                count++;
            }
        }
        directory.childrenConfirmed = table.now();
        directory.misses.set(0);
        if (count > 0) {
            changes.attributes(directory);
        }
        return count;
    }

    private boolean applyEntry(
            Inode directory, String name, HubEntry entry, long asOf, Changes changes, List<Inode> dropped) {
        Inode child = directory.entries().get(name);
        if (child == null) {
            return add(directory, name, entry, asOf, changes);
        }
        if (changedSince(child, asOf)) {
            return false;
        }
        switch (entry) {
            case HubEntry.File file -> {
                if (child.isFile()) {
                    child.lastRevalidated = table.now();
                    return update(child, file.file(), changes);
                }
                if (child.isDirectory() && !InodeTable.isProtected(child)) {
                    removeTree(child, asOf, changes, dropped);
                    return !directory.entries().containsKey(name) && add(directory, name, entry, asOf, changes);
                }
            }
            case HubEntry.Directory d -> {
                if (child.isFile() && removable(child)) {
                    remove(child, changes, dropped);
                    return add(directory, name, entry, asOf, changes);
                }
            }
        }
        return false;
    }

    private boolean add(Inode directory, String name, HubEntry entry, long asOf, Changes changes) {
        if (!mayAppear(entry.path(), asOf) || RemotePath.utf8Length(name) > RemotePath.MAX_SEGMENT_BYTES) {
            return false;
        }
        switch (entry) {
            case HubEntry.File file -> {
                if (file.file().size() < 0) {
                    return false; // H-47
                }
                insertFile(directory, name, file.file());
            }
            case HubEntry.Directory d -> {
                if (table.deletes().anyBelow(d.path())) {
                    return false; // all it shows may be names whose delete is still to be sent
                }
                InodeTable.nowOnHub(table.insert(directory, name, FileKind.DIRECTORY));
            }
        }
        changes.entry(directory, name);
        return true;
    }

    private void insertFile(Inode parent, String name, HubFile file) {
        Inode inode = table.insert(parent, name, FileKind.FILE);
        adopt(inode, file);
        InodeTable.nowOnHub(inode);
    }

    private void adopt(Inode inode, HubFile file) {
        inode.contentHash = file.hash();
        inode.size = file.size();
        Instant mtime = file.mtime();
        if (mtime != null) {
            inode.mtime = mtime;
            inode.ctime = mtime;
        }
        inode.hubState = file.hash() == null ? new HubState.Absent() : new HubState.Present(file.hash());
        inode.lastRevalidated = table.now();
    }

    /** Takes a newer remote version unless the identity is frozen (§4.6). */
    private boolean update(Inode inode, HubFile file, Changes changes) {
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
        adopt(inode, file);
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
