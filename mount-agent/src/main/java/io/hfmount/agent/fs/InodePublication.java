package io.hfmount.agent.fs;

import io.hfmount.agent.staging.Seal;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules of publication over the inode table (mount-semantics §3.2, §3.6, §3.7). Thread-safe. */
final class InodePublication implements Publication {
    private static final Logger log = LoggerFactory.getLogger(InodePublication.class);

    private final InodeTable table;
    private final ContentAccess content;

    InodePublication(InodeTable table, ContentAccess content) {
        this.table = table;
        this.content = content;
    }

    @Override
    public List<DirtyFile> dirtyFiles() {
        return table.reading(() -> {
            List<DirtyFile> files = new ArrayList<>(table.dirty().size());
            for (Inode inode : table.dirty()) {
                files.add(new DirtyFile(
                        inode.ino,
                        table.path(inode),
                        inode.size,
                        inode.dirtyGeneration,
                        inode.dirtySince,
                        inode.lastChange,
                        inode.writeHandles.get() > 0));
            }
            return files;
        });
    }

    @Override
    public DirtyTotals dirtyTotals() {
        return table.reading(table::dirtyTotals);
    }

    @Override
    public long dirtyGeneration(long ino) {
        return table.reading(() -> {
            Inode inode = table.find(ino);
            return inode != null && inode.isLinked() ? inode.dirtyGeneration : 0L;
        });
    }

    @Override
    public Optional<SealedFile> seal(long ino) throws FsException {
        Inode inode = table.<@Nullable Inode>reading(() -> table.find(ino));
        if (inode == null || !inode.isFile()) {
            return Optional.empty();
        }
        inode.staging.lock();
        try {
            ContentHash known = knownBase(inode);
            inode.io.writeLock().lock();
            try {
                return sealLocked(inode, known);
            } finally {
                inode.io.writeLock().unlock();
            }
        } finally {
            inode.staging.unlock();
        }
    }

    /** The base of a complete edit, if composing on it fetches next to nothing; asked for before the io lock is taken. */
    private @Nullable ContentHash knownBase(Inode inode) {
        EditState edit = table.<@Nullable EditState>reading(
                () -> inode.edit != null && inode.edit.isFullyCovered(inode.size) ? inode.edit : null);
        return edit != null && content.knows(edit.baseHash(), edit.baseSize()) ? edit.baseHash() : null;
    }

    private Optional<SealedFile> sealLocked(Inode inode, @Nullable ContentHash known) throws FsException {
        if (table.reading(() -> !inode.isDirty() || !inode.isLinked())) {
            return Optional.empty();
        }
        StagingFile file = inode.stagingFile;
        if (file == null || !file.exists()) {
            throw vanished(inode);
        }
        long size = table.reading(() -> inode.size);
        EditState edit = table.<@Nullable EditState>reading(() -> inode.edit);
        UploadRoute route =
                UploadRoute.of(edit, size, edit != null && edit.baseHash().equals(known));
        Seal seal = edit == null ? file.seal(size) : file.seal(size, edit.coverage());
        SealedEdit sealedEdit = edit == null ? null : edit.sealed(size);
        return Optional.of(table.reading(() -> new SealedInode(
                inode,
                file,
                seal,
                table.path(inode),
                inode.dirtyGeneration,
                inode.dirtySequence,
                inode.mtime,
                inode.hubState,
                List.copyOf(inode.pendingDeletes),
                table.lastChange(),
                table.now(),
                route,
                sealedEdit,
                inode.restore != null)));
    }

    /** Terminal: the bytes are lost, once reported, no retry loop (H-29). Staging and io locks held. */
    private FsException vanished(Inode inode) {
        return table.writing(() -> {
            String path = table.path(inode);
            FsException lost = new FsException(
                    Errno.EIO, "the staging file of '" + path + "' was removed by someone else; its changes are lost");
            log.error("{}", lost.getMessage());
            StagingFile file = inode.stagingFile;
            EditState edit = inode.edit;
            inode.stagingFile = null;
            inode.edit = null;
            table.deletes().drop(inode);
            table.markClean(inode);
            inode.localSequence++;
            inode.remoteVersion++; // pages that the kernel has are of the lost bytes
            inode.lastRevalidated = Instant.EPOCH;
            recordError(inode, lost);
            if (inode.contentHash == null || !(inode.hubState instanceof HubState.Present)) {
                inode.size = 0;
                inode.contentHash = ContentHash.ZERO;
            } else if (edit != null) {
                inode.size = edit.baseSize();
            }
            if (file != null) {
                file.release();
            }
            return lost;
        });
    }

    private static SealedInode own(SealedFile file) {
        return (SealedInode) file;
    }

    @Override
    public boolean isNoOp(SealedFile file, ContentHash uploaded) {
        SealedInode sealed = own(file);
        return table.reading(() -> sealed.isStillAt(table)
                && sealed.pendingDeletes().isEmpty()
                && sealed.inode().hubState instanceof HubState.Present(ContentHash hash)
                && hash.equals(uploaded));
    }

    @Override
    public boolean stillToRestore(SealedFile file, @Nullable HubFile actual) {
        return Restores.stillNeeded(table, own(file), actual);
    }

    @Override
    public boolean beginCommit(SealedFile file, ContentHash uploaded) {
        SealedInode sealed = own(file);
        return table.writing(() -> {
            Inode inode = sealed.inode();
            if (!sealed.isStillAt(table) || !inode.isDirty() || !sealed.isOfThisEpisode()) {
                return false;
            }
            sealed.stateBefore = inode.hubState;
            inode.hubState = inode.hubState.replacedBy(uploaded);
            return true;
        });
    }

    @Override
    public boolean committed(SealedFile file, ContentHash uploaded) {
        SealedInode sealed = own(file);
        Inode inode = sealed.inode();
        AtomicReference<@Nullable StagingFile> surplus = new AtomicReference<>();
        inode.io.writeLock().lock(); // no writer is between its pwrite and its bump (H-88)
        try {
            return table.writing(() -> {
                if (sealed.stateBefore == null && (!inode.isDirty() || !sealed.isOfThisEpisode())) {
                    return false; // nothing was sent, and what was sealed is published already: the Hub may have newer
                }
                for (QueuedDelete delete : sealed.pendingDeletes()) {
                    table.deletes().sent(inode, delete);
                    noteRemoved(delete.path());
                }
                if (!sealed.isStillAt(table)) {
                    return false; // unlink and rename knew of this publication by the fence
                }
                inode.hubState = new HubState.Present(uploaded);
                InodeTable.nowOnHub(inode);
                inode.changeSequence = table.tick();
                inode.publishedSequence = sealed.sequence();
                inode.cannotSucceed = false;
                inode.lastError = null;
                if (inode.dirtyGeneration != sealed.generation() || !sealed.isOfThisEpisode()) {
                    table.redate(inode, sealed.sealedAt());
                    return false; // H-06, H-58
                }
                table.markClean(inode);
                surplus.set(
                        EditEpisodes.published(inode, uploaded, inode.stagingFile == sealed.file(), table.settings()));
                inode.lastRevalidated = table.now();
                return true;
            });
        } finally {
            inode.io.writeLock().unlock();
            StagingFile unneeded = surplus.get();
            if (unneeded != null) {
                unneeded.release();
            }
        }
    }

    @Override
    public void refused(SealedFile file) {
        SealedInode sealed = own(file);
        table.writing(() -> {
            HubState before = sealed.stateBefore;
            if (before != null && sealed.isStillAt(table)) {
                sealed.inode().hubState = before;
            }
            return 0;
        });
    }

    @Override
    public boolean resolved(SealedFile file, ContentHash uploaded, @Nullable HubFile actual) {
        if (actual != null && uploaded.equals(actual.hash())) {
            committed(file, uploaded);
            return true;
        }
        SealedInode sealed = own(file);
        table.writing(() -> {
            if (sealed.isStillAt(table)) {
                ContentHash there = actual == null ? null : actual.hash();
                HubState before = sealed.stateBefore;
                boolean asBefore = before != null
                        && there != null
                        && before.possibleHashes().contains(there);
                if (there == null) {
                    sealed.inode().hubState = new HubState.Absent();
                } else if (asBefore) {
                    sealed.inode().hubState = new HubState.Present(there);
                } else if (before != null) {
                    sealed.inode().hubState = before; // somebody else's content: not ours to delete
                }
            }
            return 0;
        });
        return false;
    }

    @Override
    public void failed(long ino, FsException error) {
        table.writing(() -> {
            Inode inode = table.find(ino);
            if (inode != null) {
                recordError(inode, error);
            }
            return 0;
        });
    }

    private static void recordError(Inode inode, FsException error) {
        inode.errSeq++;
        inode.lastError = error;
    }

    @Override
    public List<QueuedDelete> deletesReady() {
        return table.reading(() -> {
            long barrier = Long.MAX_VALUE;
            for (Inode inode : table.dirty()) {
                if (!inode.cannotSucceed) {
                    barrier = Math.min(barrier, Math.max(inode.dirtySequence, inode.publishedSequence));
                }
            }
            List<QueuedDelete> ready = new ArrayList<>();
            for (QueuedDelete delete : table.deletes().queued()) {
                if (delete.sequence() <= barrier) {
                    ready.add(delete);
                }
            }
            return ready;
        });
    }

    @Override
    public List<QueuedDelete> deletesWaiting() {
        return table.reading(() -> table.deletes().waiting());
    }

    @Override
    public int deletesQueued() {
        return table.reading(() -> table.deletes().size());
    }

    @Override
    public boolean beginDelete(QueuedDelete delete) {
        return table.reading(() -> table.deletes().isWaiting(delete));
    }

    @Override
    public void deleteDone(QueuedDelete delete) {
        table.writing(() -> {
            noteRemoved(delete.path());
            table.deletes().done(delete);
            return 0;
        });
    }

    /** Answers asked for before now may still show the path, and directories above it that only it kept alive. */
    private void noteRemoved(String path) {
        long clock = table.tick();
        for (String p = path; !p.isEmpty(); p = RemotePath.parent(p)) {
            if (!p.equals(path) && table.at(p) != null) {
                break;
            }
            table.removedNames().add(p, clock);
        }
    }

    @Override
    public void requeue(QueuedDelete delete) {
        table.writing(() -> {
            Inode there = table.at(delete.path());
            if (there == null || !there.isFile()) {
                table.deletes().queue(delete.path(), delete.expected(), delete.sequence());
            } else if (there.hubState instanceof HubState.Absent) {
                there.hubState = new HubState.Unknown(delete.expected());
            }
            return 0;
        });
    }

    @Override
    public void cannotSucceed(long ino) {
        table.writing(() -> {
            Inode inode = table.find(ino);
            if (inode != null && inode.isDirty()) {
                inode.cannotSucceed = true;
            }
            return 0;
        });
    }
}
