package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;
import java.time.Instant;
import java.util.Objects;

/** link(2) as a copy by hash: a new, independent inode (mount-semantics §2.16). Thread-safe. */
final class Links {
    private final InodeTable table;
    private final Directories directories;
    private final NameChanges names;
    private final NegativeCache negative;
    private final RemoteMoves moves;

    Links(InodeTable table, Directories directories, NameChanges names, NegativeCache negative, RemoteMoves moves) {
        this.table = table;
        this.directories = directories;
        this.names = names;
        this.negative = negative;
        this.moves = moves;
    }

    private record Source(ContentHash hash, long size, Instant mtime, int permissions, int uid, int gid) {}

    Attributes link(long ino, long newParent, String newName) throws FsException {
        names.requireWritable();
        Names.checkNew(newName, table.settings());
        return directories.pinned(() -> linkPinned(ino, newParent, newName), newParent);
    }

    private Attributes linkPinned(long ino, long newParent, String newName) throws FsException {
        table.read(() -> {
            requireFree(newParent, newName);
            return source(ino);
        });
        return moves.onLane(() -> {
            MovesUnderWay.Move move = table.read(() -> {
                MovesUnderWay.Move begun = new MovesUnderWay.Move(null, table.directory(newParent), newName);
                table.moves().begin(begun);
                return begun;
            });
            try {
                return linkOnLane(ino, newParent, newName);
            } finally {
                table.reading(() -> {
                    table.moves().end(move);
                    return 0;
                });
            }
        });
    }

    private Attributes linkOnLane(long ino, long newParent, String newName) throws FsException {
        Source source = table.read(() -> source(ino));
        String path = table.read(() -> {
            requireFree(newParent, newName);
            return table.childPath(table.directory(newParent), newName);
        });
        moves.add(path, source.hash(), source.mtime());
        return table.write(() -> insert(newParent, newName, path, source));
    }

    private Source source(long ino) throws FsException {
        Inode inode = table.get(ino);
        if (!inode.isFile()) {
            throw new FsException(Errno.EPERM, "only files can be linked");
        }
        ContentHash hash = inode.contentHash;
        if (inode.isDirty() || hash == null) {
            throw new FsException(
                    Errno.EOPNOTSUPP, "the file is not published yet, so it cannot be copied by its hash");
        }
        return new Source(hash, inode.size, inode.mtime, inode.permissions, inode.uid, inode.gid);
    }

    private void requireFree(long parent, String name) throws FsException {
        if (table.directory(parent).entries().containsKey(name)) {
            throw new FsException(Errno.EEXIST, "'" + name + "' exists");
        }
    }

    private Attributes insert(long parentIno, String name, String path, Source source) throws FsException {
        Inode parent = table.find(parentIno);
        Inode there = table.at(path);
        if (parent == null
                || !parent.isLinked()
                || there != null
                || !table.childPath(parent, name).equals(path)) {
            if (there != null && there.isFile()) {
                there.hubState = there.hubState.replacedBy(source.hash());
            } else {
                table.deletes().queue(path, java.util.Set.of(source.hash()), table.tick());
            }
            throw new FsException(Errno.EEXIST, "'" + name + "' was made meanwhile");
        }
        table.deletes().cancel(path);
        Inode inode = table.insert(Objects.requireNonNull(parent), name, FileKind.FILE);
        inode.contentHash = source.hash();
        inode.hubState = new HubState.Present(source.hash());
        inode.size = source.size();
        inode.mtime = source.mtime();
        inode.permissions = source.permissions();
        inode.uid = source.uid();
        inode.gid = source.gid();
        inode.changeSequence = table.tick();
        inode.lastRevalidated = table.now();
        inode.nlookup.incrementAndGet();
        InodeTable.nowOnHub(inode);
        parent.keptLocally = true;
        parent.touch(table.now());
        negative.remove(path);
        return inode.attributes();
    }
}
