package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Making and removing names, renames aside (mount-semantics §2.13, §2.15, §2.17). Thread-safe. */
final class NameChanges {
    private final InodeTable table;
    private final Directories directories;
    private final NegativeCache negative;
    private final Orphans orphans;
    private final FlushSignals signals;

    NameChanges(
            InodeTable table, Directories directories, NegativeCache negative, Orphans orphans, FlushSignals signals) {
        this.table = table;
        this.directories = directories;
        this.negative = negative;
        this.orphans = orphans;
        this.signals = signals;
    }

    /** Refuses every change of a read-only mount before anything else is looked at. */
    void requireWritable() throws FsException {
        if (table.settings().readOnly()) {
            throw new FsException(Errno.EROFS, "the mount is read-only");
        }
    }

    Attributes mkdir(long parentIno, String name, int permissions, Caller caller) throws FsException {
        requireWritable();
        Names.checkNew(name, table.settings());
        InodeTable.Section<Attributes> work = () -> {
            Inode inode = insert(parentIno, name, FileKind.DIRECTORY, caller);
            inode.permissions = permissions & 07777;
            inode.childrenLoaded = true;
            inode.childrenFromRemote = false;
            inode.keptLocally = true;
            return inode.attributes();
        };
        return directories.pinned(() -> table.write(work), parentIno);
    }

    Attributes symlink(long parentIno, String name, String target, Caller caller) throws FsException {
        requireWritable();
        Names.check(name);
        InodeTable.Section<Attributes> work = () -> {
            Inode inode = insert(parentIno, name, FileKind.SYMLINK, caller);
            inode.symlinkTarget = target;
            inode.size = target.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            return inode.attributes();
        };
        return directories.pinned(() -> table.write(work), parentIno);
    }

    private Inode insert(long parentIno, String name, FileKind kind, Caller caller) throws FsException {
        Inode parent = table.directory(parentIno);
        if (parent.entries().containsKey(name)) {
            throw new FsException(Errno.EEXIST, "'" + name + "' exists");
        }
        String path = table.childPath(parent, name);
        Inode inode = table.insert(parent, name, kind);
        inode.uid = caller.uid();
        inode.gid = caller.gid();
        inode.changeSequence = table.tick();
        inode.nlookup.incrementAndGet();
        parent.keptLocally = true;
        parent.touch(table.now());
        negative.remove(path);
        return inode;
    }

    String readlink(long ino) throws FsException {
        return table.read(() -> {
            String target = table.get(ino).symlinkTarget;
            if (target == null) {
                throw new FsException(Errno.EINVAL, "inode " + ino + " is no symbolic link");
            }
            return target;
        });
    }

    void unlink(long parentIno, String name) throws FsException {
        requireWritable();
        Names.check(name);
        InodeTable.Section<Inode> work = () -> {
            Inode parent = table.directory(parentIno);
            Inode inode = child(parent, name);
            if (inode.isDirectory()) {
                throw new FsException(Errno.EISDIR, "'" + name + "' is a directory");
            }
            requireRemovable(inode);
            detach(inode);
            return inode;
        };
        Inode removed = directories.pinned(() -> table.write(work), parentIno);
        orphans.dropStaging(removed);
        signals.deletesQueued();
    }

    /** Deletes are guarded by the content's hash: what has none could only be removed here, and would come back. */
    static void requireRemovable(Inode inode) throws FsException {
        if (inode.isOutsideXet()) {
            throw new FsException(
                    Errno.EOPNOTSUPP, "content outside Xet storage cannot be removed or replaced through this mount");
        }
    }

    /** The entry {@code name}, or ENOENT. */
    static Inode child(Inode parent, String name) throws FsException {
        Inode inode = parent.entries().get(name);
        if (inode == null) {
            throw new FsException(Errno.ENOENT, "no '" + name + "'");
        }
        return inode;
    }

    /**
     * Takes the name of a file or symlink away and queues the remote delete if the Hub may have it (H-59, H-60). The
     * absence is cached before anything waits (H-49). Table write lock held.
     */
    void detach(Inode inode) {
        Inode parent = inode.parent;
        String path = table.path(inode);
        Instant now = table.now();
        if (inode.isFile() && inode.hubState.mayExist()) {
            table.deletes().queue(path, inode.hubState.possibleHashes(), table.tick());
        }
        table.deletes().unbind(inode);
        negative.add(path);
        table.removedNames().add(path, table.tick());
        table.unlink(inode);
        inode.ctime = now;
        if (parent != null) {
            parent.keptLocally = true;
            parent.touch(now);
        }
    }

    void rmdir(long parentIno, String name) throws FsException {
        requireWritable();
        Names.check(name);
        directories.load(parentIno);
        Inode directory = table.read(() -> directoryChild(parentIno, name));
        InodeTable.Section<Integer> work = () -> {
            if (directoryChild(parentIno, name) != directory) {
                throw new FsException(Errno.ENOENT, "'" + name + "' was replaced meanwhile");
            }
            requireEmpty(table, directory);
            detach(directory);
            return 0;
        };
        directories.pinned(() -> table.write(work), parentIno, directory.ino);
    }

    private Inode directoryChild(long parentIno, String name) throws FsException {
        Inode inode = child(table.directory(parentIno), name);
        if (!inode.isDirectory()) {
            throw new FsException(Errno.ENOTDIR, "'" + name + "' is no directory");
        }
        return inode;
    }

    /** Names whose remote delete waits do not count (§2.15), those that the Hub is just told do. */
    static void requireEmpty(InodeTable table, Inode directory) throws FsException {
        if (!directory.entries().isEmpty() || table.moves().arrivesIn(directory)) {
            throw new FsException(Errno.ENOTEMPTY, "the directory is not empty");
        }
    }

    /** Like {@link #child}, but null when absent. */
    static @Nullable Inode childOrNull(Inode parent, String name) {
        return parent.entries().get(name);
    }
}
