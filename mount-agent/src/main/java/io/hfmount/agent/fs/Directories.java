package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.DirectorySink;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenResult;
import io.hfmount.hub.HubEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listings: loading them from the Hub once, and reading directories by snapshot (mount-semantics §2.18). Thread-safe. */
final class Directories {
    private static final Logger log = LoggerFactory.getLogger(Directories.class);
    private static final int MAX_MOVES = 5;
    private static final int FIRST_COOKIE = 3;

    private final InodeTable table;
    private final HandleTable handles;
    private final RemoteTree remote;
    private final RemoteMerge merge;
    private final ListingsAhead ahead;
    private final Orphans orphans;
    private final Eviction eviction;

    Directories(
            InodeTable table,
            HandleTable handles,
            RemoteTree remote,
            RemoteMerge merge,
            ListingsAhead ahead,
            Orphans orphans,
            Eviction eviction) {
        this.table = table;
        this.handles = handles;
        this.remote = remote;
        this.merge = merge;
        this.ahead = ahead;
        this.orphans = orphans;
        this.eviction = eviction;
    }

    /** Makes sure that the directory's children are known. Waits for the network unless they are. */
    Inode load(long ino) throws FsException {
        Inode directory = table.read(() -> table.directory(ino));
        load(directory);
        return directory;
    }

    void load(Inode directory) throws FsException {
        load(directory, Integer.MAX_VALUE);
    }

    /**
     * Makes sure that the directory's children are known, unless it has more than {@code most}.
     *
     * @return false when it has more
     */
    boolean load(Inode directory, int most) throws FsException {
        if (isLoaded(directory)) {
            return true;
        }
        directory.listing.lock();
        try {
            if (isLoaded(directory) || merge.loadedAhead(directory)) {
                return true;
            }
            listSubtreeOfAWalk(directory);
            return merge.loadedAhead(directory) || listAlone(directory, most);
        } finally {
            directory.listing.unlock();
        }
    }

    /** Its {@link Inode#listing} is held. */
    private boolean listAlone(Inode directory, int most) throws FsException {
        for (int attempt = 0; attempt < MAX_MOVES; attempt++) {
            ListingsAhead.Asked asked = table.reading(() -> ahead.ask(table));
            String path = table.read(() -> {
                if (!directory.isLinked()) {
                    throw new FsException(Errno.ENOENT, "directory " + directory.ino + " was removed");
                }
                return table.path(directory);
            });
            List<HubEntry> entries = remote.listAtMost(path, false, most);
            if (entries == null) {
                return false;
            }
            if (merge.loaded(directory, path, entries, asked)) {
                return true;
            }
        }
        throw new FsException(Errno.EAGAIN, "directory " + directory.ino + " is renamed faster than it can be listed");
    }

    /** A listing of the subtree above. */
    private record Subtree(Inode root, String path, int most, ListingsAhead.Asked asked) {}

    /**
     * Where somebody looks into one sibling after the other, asks for all of them at once. Trouble with that is none:
     * the directory is listed alone then. Its {@link Inode#listing} is held, and the parent's is taken, in this order.
     */
    private void listSubtreeOfAWalk(Inode directory) {
        Inode parent = table.reading(() -> directory.parent);
        if (parent == null) {
            return;
        }
        parent.listing.lock();
        try {
            Subtree subtree = table.<@Nullable Subtree>writing(() -> nextStep(directory, parent));
            if (subtree == null) {
                return;
            }
            List<HubEntry> files = remote.listAtMost(subtree.path(), true, subtree.most());
            table.writing(() -> {
                if (files == null) {
                    walk(subtree.root()).wasTooLarge();
                } else {
                    ahead.add(subtree.path(), files, subtree.asked());
                }
                return 0;
            });
        } catch (FsException e) {
            table.writing(() -> {
                walk(parent).wasTooLarge();
                return 0;
            });
            log.debug("the subtree above directory {} could not be listed: {}", directory.ino, e.getMessage());
        } finally {
            parent.listing.unlock();
        }
    }

    private @Nullable Subtree nextStep(Inode directory, Inode parent) {
        if (directory.parent != parent || ahead.has(table.path(directory), table)) {
            return null; // moved, or another sibling's listing just answered for this one too
        }
        int most = walk(parent)
                .step(table.lastChange(), table.now(), table.settings().metadataTtl(), ahead.limit());
        return most == 0 ? null : new Subtree(parent, table.path(parent), most, ahead.ask(table));
    }

    private static Walk walk(Inode directory) {
        return Objects.requireNonNull(directory.walk);
    }

    /** Lists once more what is loaded. */
    void reload(Inode directory) throws FsException {
        directory.listing.lock();
        try {
            table.writing(() -> directory.childrenLoaded = !directory.childrenFromRemote);
            if (!isLoaded(directory)) {
                listAlone(directory, Integer.MAX_VALUE);
            }
        } finally {
            directory.listing.unlock();
        }
    }

    /**
     * Lists a loaded directory anew, so that names it lacks are known to be absent and those it has to be there. Takes
     * what is new or changed; vanished names are left to the poller, which confirms them first (H-50). Does nothing to
     * a directory of more than {@code most} entries.
     *
     * @return false when it has more
     */
    boolean refresh(Inode directory, Instant confirmedBefore, int most) throws FsException {
        directory.listing.lock();
        try {
            if (table.reading(() -> !directory.isLinked() || directory.childrenConfirmed.isAfter(confirmedBefore))) {
                return true; // somebody else did it meanwhile
            }
            long asOf = table.reading(table::ask);
            String path = table.reading(() -> table.path(directory));
            List<HubEntry> entries = remote.listAtMost(path, false, most);
            if (entries == null) {
                return false;
            }
            merge.merge(path, entries, Set.of(), asOf);
            return true;
        } finally {
            directory.listing.unlock();
        }
    }

    boolean isLoaded(Inode directory) {
        return table.reading(() -> InodeTable.isLoaded(directory));
    }

    /**
     * Does something with directories all of whose names are known, and stay known: what is clean and forgotten by the
     * kernel leaves memory at any time otherwise, and would count as absent.
     */
    <T extends @Nullable Object> T pinned(InodeTable.Section<T> work, long... inos) throws FsException {
        List<Inode> pinned = new ArrayList<>(inos.length);
        try {
            for (long ino : inos) {
                pinned.add(pin(ino));
            }
            return work.run();
        } finally {
            pinned.forEach(this::unpin);
        }
    }

    private Inode pin(long ino) throws FsException {
        for (int attempt = 0; attempt < MAX_MOVES; attempt++) {
            Inode directory = load(ino);
            boolean pinned = table.reading(() -> {
                if (!InodeTable.isLoaded(directory)) {
                    return false;
                }
                directory.openHandles.incrementAndGet();
                table.used(directory);
                return true;
            });
            if (pinned) {
                return directory;
            }
        }
        throw new FsException(Errno.EAGAIN, "directory " + ino + " is forgotten faster than it can be listed");
    }

    private void unpin(Inode directory) {
        table.reading(directory.openHandles::decrementAndGet);
        if (!table.reading(directory::isLinked)) {
            orphans.handleClosed(directory);
        }
        eviction.sweepIfNeeded();
    }

    OpenResult open(long ino) throws FsException {
        Inode directory = pin(ino);
        return table.reading(() -> {
            List<DirectorySnapshot.Entry> entries =
                    new ArrayList<>(directory.entries().size());
            directory.entries().forEach((name, inode) -> entries.add(new DirectorySnapshot.Entry(name, inode)));
            return new OpenResult(handles.add(new DirectorySnapshot(directory, entries)), false, false);
        });
    }

    void read(long handle, long cookie, boolean plus, DirectorySink sink) throws FsException {
        DirectorySnapshot snapshot = handles.directory(handle);
        Inode directory = snapshot.inode();
        if (cookie < 1 && !offerDots(sink, ".", directory, 1, plus)) {
            return;
        }
        if (cookie < 2) {
            Inode up = table.reading(() -> directory.parent == null ? directory : directory.parent);
            if (!offerDots(sink, "..", up, 2, plus)) {
                return;
            }
        }
        List<DirectorySnapshot.Entry> entries = snapshot.entries();
        long first = Math.max(0, cookie - FIRST_COOKIE + 1);
        for (long i = first; i < entries.size(); i++) {
            DirectorySnapshot.Entry entry = entries.get((int) i);
            long next = i + FIRST_COOKIE;
            boolean more = table.reading(() -> offer(directory, entry, next, plus, sink));
            if (!more) {
                return;
            }
        }
    }

    private boolean offerDots(DirectorySink sink, String name, Inode target, long next, boolean plus) {
        @Nullable Attributes attributes = plus ? table.reading(target::attributes) : null;
        return sink.offer(name, target.ino, FileKind.DIRECTORY, next, attributes);
    }

    private boolean offer(Inode directory, DirectorySnapshot.Entry entry, long next, boolean plus, DirectorySink sink) {
        Inode inode = entry.inode();
        if (inode.parent != directory || !inode.name.equals(entry.name())) {
            return true; // gone or elsewhere since: legal to leave out
        }
        boolean taken = sink.offer(entry.name(), inode.ino, inode.kind, next, plus ? inode.attributes() : null);
        if (taken && plus) {
            inode.nlookup.incrementAndGet();
        }
        return taken;
    }

    void release(long handle) {
        DirectorySnapshot snapshot = handles.removeDirectory(handle);
        if (snapshot != null) {
            unpin(snapshot.inode());
        }
    }
}
