package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingFile;
import org.jspecify.annotations.Nullable;

/** Lets go of inodes and their staging when nobody needs them any more. Thread-safe. */
final class Orphans {
    private final InodeTable table;

    Orphans(InodeTable table) {
        this.table = table;
    }

    /**
     * Drops the staging of an inode that has neither name nor handle. Called with no lock held.
     *
     * <p>A seal of a running upload holds the file itself, so an upload never sees it vanish (H-31).
     */
    void dropStaging(Inode inode) {
        inode.io.writeLock().lock();
        try {
            StagingFile file = table.<@Nullable StagingFile>writing(() -> {
                if (inode.isLinked() || inode.openHandles.get() > 0) {
                    return null;
                }
                inode.stagingIsCurrent = false;
                inode.edit = null;
                StagingFile current = inode.stagingFile;
                inode.stagingFile = null;
                return current;
            });
            if (file != null) {
                file.release();
            }
        } finally {
            inode.io.writeLock().unlock();
        }
    }

    /** The kernel gave back {@code count} lookups. */
    void forget(long ino, long count) {
        Inode inode = table.<@Nullable Inode>reading(() -> table.find(ino));
        if (inode == null || ino == InodeTable.ROOT) {
            return;
        }
        long left = inode.nlookup.updateAndGet(n -> Math.max(0, n - count));
        if (left == 0 && inode.openHandles.get() == 0 && table.writing(() -> tryEvict(inode))) {
            dropStaging(inode);
        }
    }

    /** A handle was closed: let go of what only it kept alive. */
    void handleClosed(Inode inode) {
        boolean drop = table.writing(
                () -> inode.nlookup.get() == 0 ? tryEvict(inode) : !inode.isLinked() && inode.openHandles.get() == 0);
        if (drop) {
            dropStaging(inode);
        }
    }

    /** Evicts a clean, unused file or an unused orphan; with the table's write lock held. */
    private boolean tryEvict(Inode inode) {
        if (inode.nlookup.get() > 0 || inode.openHandles.get() > 0) {
            return false;
        }
        if (!inode.isLinked()) {
            return table.dropIfUnreferenced(inode) || table.find(inode.ino) == null;
        }
        if (!Eviction.mayGo(inode, table.settings())) {
            return false;
        }
        table.evict(inode);
        return true;
    }
}
