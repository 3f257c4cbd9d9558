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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Listings: loading them from the Hub once, and reading directories by snapshot (mount-semantics §2.18). Thread-safe. */
final class Directories {
    private static final int MAX_MOVES = 5;
    private static final int FIRST_COOKIE = 3;

    private final InodeTable table;
    private final HandleTable handles;
    private final RemoteTree remote;
    private final RemoteMerge merge;
    private final Orphans orphans;

    Directories(InodeTable table, HandleTable handles, RemoteTree remote, RemoteMerge merge, Orphans orphans) {
        this.table = table;
        this.handles = handles;
        this.remote = remote;
        this.merge = merge;
        this.orphans = orphans;
    }

    /** Makes sure that the directory's children are known. Waits for the network unless they are. */
    Inode load(long ino) throws FsException {
        Inode directory = table.read(() -> table.directory(ino));
        load(directory);
        return directory;
    }

    void load(Inode directory) throws FsException {
        if (isLoaded(directory)) {
            return;
        }
        directory.listing.lock();
        try {
            for (int attempt = 0; attempt < MAX_MOVES; attempt++) {
                if (isLoaded(directory)) {
                    return;
                }
                long asOf = table.reading(table::clock);
                String path = table.read(() -> {
                    if (!directory.isLinked()) {
                        throw new FsException(Errno.ENOENT, "directory " + directory.ino + " was removed");
                    }
                    return table.path(directory);
                });
                List<HubEntry> entries = remote.list(path, false);
                if (merge.loaded(directory, path, entries, asOf)) {
                    return;
                }
            }
        } finally {
            directory.listing.unlock();
        }
        throw new FsException(Errno.EAGAIN, "directory " + directory.ino + " is renamed faster than it can be listed");
    }

    /** Lists once more what is loaded. */
    void reload(Inode directory) throws FsException {
        table.writing(() -> directory.childrenLoaded = !directory.childrenFromRemote);
        load(directory);
    }

    /**
     * Lists a loaded directory anew, so that names it lacks are known to be absent. Takes what is new or changed;
     * vanished names are left to the poller, which confirms them first (H-50).
     */
    void refresh(Inode directory, Instant confirmedBefore) throws FsException {
        directory.listing.lock();
        try {
            if (table.reading(() -> !directory.isLinked() || directory.childrenConfirmed.isAfter(confirmedBefore))) {
                return; // somebody else did it meanwhile
            }
            long asOf = table.reading(table::clock);
            String path = table.reading(() -> table.path(directory));
            merge.merge(path, remote.list(path, false), Set.of(), asOf);
        } finally {
            directory.listing.unlock();
        }
    }

    boolean isLoaded(Inode directory) {
        return table.reading(() -> InodeTable.isLoaded(directory));
    }

    OpenResult open(long ino) throws FsException {
        Inode directory = load(ino);
        return table.write(() -> {
            List<DirectorySnapshot.Entry> entries =
                    new ArrayList<>(directory.entries().size());
            directory.entries().forEach((name, inode) -> entries.add(new DirectorySnapshot.Entry(name, inode)));
            directory.openHandles.incrementAndGet();
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
            Inode directory = snapshot.inode();
            table.writing(() -> directory.openHandles.decrementAndGet());
            if (!table.reading(directory::isLinked)) {
                orphans.handleClosed(directory);
            }
        }
    }
}
