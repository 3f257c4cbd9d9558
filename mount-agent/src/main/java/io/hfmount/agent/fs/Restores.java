package io.hfmount.agent.fs;

import io.hfmount.agent.fs.StagedContent.Install;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps content that a failed rename took away on the Hub and that could not be put back at once: the file becomes an
 * unpublished edit of it without a change. So it is counted, tried again, reported and waited for like everything that is
 * unpublished, and no remote update replaces it here; its publication gives way to what others made of the path
 * ({@link Publication#stillToRestore}). Thread-safe.
 */
final class Restores {
    private static final Logger log = LoggerFactory.getLogger(Restores.class);

    private final InodeTable table;
    private final StagedContent staged;
    private final FlushSignals signals;

    Restores(InodeTable table, StagedContent staged, FlushSignals signals) {
        this.table = table;
        this.staged = staged;
        this.signals = signals;
    }

    /**
     * Content that is to be at a path.
     *
     * @param inode the file, as it was
     * @param path where
     * @param hash what it held
     * @param size its size, -1 if that is not known
     * @param mtime its time
     */
    record Lost(Inode inode, String path, ContentHash hash, long size, Instant mtime) {}

    /** Makes the file unpublished, unless it changed meanwhile. Called with no lock held, inside a turn of the lane. */
    void hold(Lost lost, Restore why) {
        Inode inode = lost.inode();
        Install<Boolean> install = () -> {
            if (!inode.isLinked() || inode.isDirty() || !table.path(inode).equals(lost.path())) {
                throw new FsException(Errno.EAGAIN, "'" + lost.path() + "' changed meanwhile");
            }
            if (!lost.hash().equals(inode.contentHash)) {
                inode.remoteVersion++; // what the rename made of it was seen here
            }
            inode.contentHash = lost.hash();
            inode.size = lost.size();
            inode.mtime = lost.mtime();
            HubState state = new HubState.Present(lost.hash());
            for (ContentHash over : why.over()) {
                state = state.replacedBy(over);
            }
            inode.hubState = state;
            inode.changeSequence = table.tick();
            table.markDirty(inode, table.now());
            inode.restore = why;
            return true;
        };
        inode.staging.lock();
        try {
            boolean held = lost.size() == 0
                    ? staged.withEmpty(inode, install)
                    : staged.withPublished(inode, lost.hash(), lost.size(), install);
            assert held : "installed";
        } catch (FsException e) {
            log.error(
                    "a rename failed; the Hub may have lost '{}' ({}, {} bytes) to it, which is not put back: {}",
                    lost.path(),
                    lost.hash().text(),
                    lost.size(),
                    Objects.requireNonNullElse(e.getMessage(), "no reason"));
            return;
        } finally {
            inode.staging.unlock();
        }
        log.warn(
                "a rename failed, and what the Hub had at '{}' ({}, {} bytes) cannot be put back yet; it counts as"
                        + " unpublished until it is",
                lost.path(),
                lost.hash().text(),
                lost.size());
        signals.dirty(inode.ino);
    }

    /** {@link Publication#stillToRestore}. */
    static boolean stillNeeded(InodeTable table, SealedInode sealed, @Nullable HubFile actual) {
        Inode inode = sealed.inode();
        AtomicReference<@Nullable StagingFile> surplus = new AtomicReference<>();
        inode.io.writeLock().lock();
        try {
            return table.writing(() -> {
                Restore restore = inode.restore;
                if (restore == null || !sealed.isStillAt(table) || !sealed.isOfThisEpisode()) {
                    return false;
                }
                ContentHash there = actual == null ? null : actual.hash();
                boolean asLeft = actual == null
                        ? restore.over().isEmpty()
                        : there != null && (restore.over().contains(there) || there.equals(inode.contentHash));
                if (asLeft) {
                    inode.hubState = there == null ? new HubState.Absent() : new HubState.Present(there);
                    return true;
                }
                log.warn("'{}' is not put back on the Hub: others have changed it since", sealed.path());
                giveWay(table, inode);
                surplus.set(EditEpisodes.endIfOver(inode));
                return false;
            });
        } finally {
            inode.io.writeLock().unlock();
            StagingFile unneeded = surplus.get();
            if (unneeded != null) {
                unneeded.release();
            }
        }
    }

    /** The next look at the file takes what the Hub has. */
    private static void giveWay(InodeTable table, Inode inode) {
        table.markClean(inode);
        ContentHash hash = inode.contentHash;
        inode.hubState = hash == null ? new HubState.Absent() : new HubState.Present(hash);
        inode.lastRevalidated = Instant.EPOCH;
    }
}
