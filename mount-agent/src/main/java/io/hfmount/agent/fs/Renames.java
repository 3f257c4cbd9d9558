package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames (mount-semantics §2.14): check, tell the Hub if published content moves, then move locally with all checks
 * repeated. Published content moves on the {@link CommitLane}, so no flush of the same files crosses it. Thread-safe.
 */
final class Renames {
    private static final Logger log = LoggerFactory.getLogger(Renames.class);

    private final InodeTable table;
    private final Directories directories;
    private final NameChanges names;
    private final NegativeCache negative;
    private final Orphans orphans;
    private final FlushSignals signals;
    private final RemoteMoves moves;

    Renames(
            InodeTable table,
            Directories directories,
            NameChanges names,
            NegativeCache negative,
            Orphans orphans,
            FlushSignals signals,
            RemoteMoves moves) {
        this.table = table;
        this.directories = directories;
        this.names = names;
        this.negative = negative;
        this.orphans = orphans;
        this.signals = signals;
        this.moves = moves;
    }

    /** Where from and where to. */
    private record Plan(Inode source, @Nullable Inode target, String oldPath, String newPath) {}

    void rename(long parent, String name, long newParent, String newName, boolean noReplace, boolean exchange)
            throws FsException {
        names.requireWritable();
        if (exchange) {
            throw new FsException(Errno.EINVAL, "names cannot be exchanged");
        }
        Names.check(name);
        Names.checkNew(newName, table.settings());
        directories.pinned(
                () -> {
                    renamePinned(parent, name, newParent, newName, noReplace);
                    return 0;
                },
                parent,
                newParent);
    }

    private void renamePinned(long parent, String name, long newParent, String newName, boolean noReplace)
            throws FsException {
        Plan first = table.read(() -> check(parent, name, newParent, newName, noReplace));
        if (first.source() == first.target()) {
            return;
        }
        Local local = new Local(parent, name, newParent, newName, noReplace, first.source());
        Inode target = first.target();
        if (target == null || !target.isDirectory()) {
            rename(local);
        } else {
            directories.pinned(
                    () -> {
                        rename(local);
                        return 0;
                    },
                    target.ino);
        }
    }

    private void rename(Local local) throws FsException {
        if (table.reading(() -> mayBePublished(local.source())) || !applied(local, RemoteMoves.Moved.NOTHING, false)) {
            moves.onLane(() -> onLane(local));
        }
    }

    private boolean onLane(Local local) throws FsException {
        MovesUnderWay.Move move = table.read(() -> {
            Inode newParent = table.directory(local.newParent());
            MovesUnderWay.Move begun = new MovesUnderWay.Move(local.source(), newParent, local.newName());
            table.moves().begin(begun);
            return begun;
        });
        try {
            Plan plan = table.read(() -> recheck(local));
            RemoteMoves.Moved moved = plan.source().isDirectory()
                    ? moves.directory(plan.oldPath(), plan.newPath())
                    : moves.file(plan.source(), plan.oldPath(), plan.newPath());
            try {
                return applied(local, moved, true);
            } catch (FsException e) {
                moves.restore(moved);
                throw e;
            }
        } finally {
            table.reading(() -> {
                table.moves().end(move);
                return 0;
            });
        }
    }

    private record Local(long parent, String name, long newParent, String newName, boolean noReplace, Inode source) {}

    /** Whether the Hub has something to move, or is just told the name of something that arrives below. */
    private boolean mayBePublished(Inode inode) {
        if (!inode.isDirectory()) {
            return inode.isFile() && !inode.isDirty() && inode.hubState.mayExist();
        }
        if (inode.childrenFromRemote || table.moves().arrivesIn(inode)) {
            return true;
        }
        for (Inode child : inode.entries().values()) {
            if (mayBePublished(child)) {
                return true;
            }
        }
        return false;
    }

    private Plan recheck(Local local) throws FsException {
        Plan plan = check(local.parent(), local.name(), local.newParent(), local.newName(), local.noReplace());
        if (plan.source() != local.source()) {
            throw new FsException(Errno.ENOENT, "'" + local.name() + "' was replaced meanwhile");
        }
        return plan;
    }

    private Plan check(long parentIno, String name, long newParentIno, String newName, boolean noReplace)
            throws FsException {
        Inode parent = table.directory(parentIno);
        Inode newParent = table.directory(newParentIno);
        Inode source = NameChanges.child(parent, name);
        Inode target = NameChanges.childOrNull(newParent, newName);
        if (source != target) {
            if (target != null && noReplace) {
                throw new FsException(Errno.EEXIST, "'" + newName + "' exists");
            }
            if (source.isDirectory() && InodeTable.isWithin(newParent, source)) {
                throw new FsException(Errno.EINVAL, "a directory cannot move into itself");
            }
            if (target != null) {
                if (target.isDirectory() && !source.isDirectory()) {
                    throw new FsException(Errno.EISDIR, "'" + newName + "' is a directory");
                }
                if (!target.isDirectory() && source.isDirectory()) {
                    throw new FsException(Errno.ENOTDIR, "'" + newName + "' is no directory");
                }
                if (target.isDirectory()) {
                    NameChanges.requireEmpty(table, target);
                }
                NameChanges.requireRemovable(target);
            }
            if (source.isOutsideXet()) {
                throw new FsException(Errno.EXDEV, "content outside Xet storage can only be copied");
            }
        }
        return new Plan(source, target, table.path(source), table.childPath(newParent, newName));
    }

    /**
     * The local phase. {@code moved} says what the Hub did already.
     *
     * @param onLane whether no publication can end meanwhile
     * @return false when nothing was done, for it needs a turn of the lane after all: since the first look a
     *     publication ended, so that the Hub has to be told (H-57), or the Hub is told the name of something below
     */
    private boolean applied(Local local, RemoteMoves.Moved moved, boolean onLane) throws FsException {
        List<Inode> replaced = new ArrayList<>(1);
        List<Long> dirty = new ArrayList<>();
        boolean done = table.write(() -> {
            Plan plan;
            try {
                plan = recheck(local);
            } catch (FsException e) {
                if (moved.isNothing()) {
                    throw e;
                }
                log.warn(
                        "'{}' became '{}' on the Hub, but not here: {}; both directories are listed anew",
                        local.name(),
                        local.newName(),
                        e.getMessage());
                relist(local.parent());
                relist(local.newParent());
                if (e.errno() == Errno.ENOENT) {
                    return true;
                }
                throw e;
            }
            if (!onLane && mayBePublished(plan.source())) {
                return false;
            }
            Inode newParent = table.directory(local.newParent());
            Inode oldParent = table.directory(local.parent());
            HubState atTarget = table.deletes().cancel(plan.newPath());
            Inode target = plan.target();
            if (target != null) {
                if (target.isFile()) {
                    atTarget = target.hubState;
                    table.deletes().unbind(target);
                }
                table.unlink(target);
                replaced.add(target);
            }
            Instant now = table.now();
            List<Moving> files = new ArrayList<>();
            collect(plan.source(), plan.oldPath(), plan.newPath(), files);
            for (Moving file : files) {
                moveState(file, plan.source() == file.inode() ? atTarget : null, moved, now, dirty);
            }
            table.move(plan.source(), newParent, local.newName());
            arrived(plan, moved);
            if (!moved.isNothing()) {
                InodeTable.nowOnHub(plan.source());
            }
            plan.source().changeSequence = table.tick();
            plan.source().ctime = now;
            negative.remove(plan.newPath());
            negative.removeBelow(plan.newPath());
            negative.add(plan.oldPath());
            table.removedNames().add(plan.oldPath(), table.tick());
            touched(oldParent, now);
            touched(newParent, now);
            return true;
        });
        replaced.forEach(orphans::dropStaging);
        dirty.forEach(signals::dirty);
        signals.deletesQueued();
        return done;
    }

    /**
     * Also what is not known here: a delete that waits for the new path means what was there before. And what was removed
     * here while the Hub moved it is to go from its new path too.
     */
    private void arrived(Plan plan, RemoteMoves.Moved moved) {
        moved.hashes().forEach((oldPath, hash) -> {
            String path = plan.newPath() + oldPath.substring(plan.oldPath().length());
            table.deletes().cancel(path);
            if (plan.source().isDirectory()
                    && table.at(path) == null
                    && table.removedNames().wasRemovedAfter(oldPath, moved.asOf())) {
                table.deletes().queue(path, Set.of(hash), table.tick());
            }
        });
    }

    private void relist(long ino) {
        Inode directory = table.find(ino);
        if (directory != null && directory.childrenFromRemote) {
            directory.childrenLoaded = false;
        }
    }

    private static void touched(Inode parent, Instant now) {
        parent.keptLocally = true;
        parent.touch(now);
    }

    private record Moving(Inode inode, String oldPath, String newPath) {}

    private static void collect(Inode inode, String oldPath, String newPath, List<Moving> files) {
        if (inode.isFile()) {
            files.add(new Moving(inode, oldPath, newPath));
        } else if (inode.isDirectory()) {
            inode.keptLocally = true;
            inode.entries()
                    .forEach((name, child) ->
                            collect(child, RemotePath.join(oldPath, name), RemotePath.join(newPath, name), files));
        }
    }

    /**
     * What the Hub has for a moved file from now on. What it may still have at the old path goes with the file's next
     * publication, or by itself if the file is clean (H-57).
     */
    private void moveState(
            Moving file, @Nullable HubState atTarget, RemoteMoves.Moved moved, Instant now, List<Long> dirty) {
        Inode inode = file.inode();
        HubState before = inode.hubState;
        HubState cancelled = table.deletes().cancel(file.newPath());
        inode.changeSequence = table.tick();
        table.removedNames().add(file.oldPath(), table.tick());
        ContentHash remote = moved.hashes().get(file.oldPath());
        if (remote != null) {
            inode.hubState = new HubState.Present(remote);
            // where the Hub moved a newer version than we knew, the next look at the file takes it
            inode.lastRevalidated = remote.equals(inode.contentHash) ? now : Instant.EPOCH;
        } else if (inode.isDirty()) {
            inode.hubState = atTarget != null && atTarget.mayExist() ? atTarget : cancelled;
            if (before.mayExist()) {
                table.deletes().bind(inode, file.oldPath(), before.possibleHashes(), table.tick());
            }
        } else {
            inode.lastRevalidated = Instant.EPOCH; // the Hub no longer had it: the next look at it decides
        }
        if (inode.isDirty()) {
            table.markDirty(inode, now);
            dirty.add(inode.ino);
        }
    }
}
