package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the flush pipeline may ask of the file system. Thread-safe; every call may take inode locks and touch the local
 * disk, so none belongs on an event loop. Paths are mount-relative.
 *
 * <p>One publication: {@link #seal} → upload → {@link #beginCommit} → batch on the {@link CommitLane} → exactly one of
 * {@link #committed}, {@link #refused}, {@link #resolved} → {@link SealedFile#close}. beginCommit up to its closing call
 * happen inside one turn of the lane. If the outcome is unknown and the Hub cannot be asked either, the seal is closed
 * without any of them: the state stays {@link HubState.Unknown} and the next publication settles it.
 */
public interface Publication {
    /** All files that are dirty and still have a name. */
    List<DirtyFile> dirtyFiles();

    /** Their sums; the cost does not depend on how many they are. */
    DirtyTotals dirtyTotals();

    /** How many changes of a file wait: 0 when it is clean, unknown or has no name. */
    long dirtyGeneration(long ino);

    /**
     * Takes a stable view; empty when the inode is unknown, unlinked or clean (a stale signal). No lock is held after
     * the return.
     *
     * @throws FsException EIO when the staging file has vanished: terminal, the inode is clean again and the error is
     *     recorded (H-29)
     */
    Optional<SealedFile> seal(long ino) throws FsException;

    /**
     * Whether content {@code uploaded} is already what the Hub has at the sealed path, and nothing else is to be sent
     * (no-op flush, H-58).
     */
    boolean isNoOp(SealedFile file, ContentHash uploaded);

    /**
     * For a file that {@linkplain SealedFile#onlyRestores() only restores}, inside the turn of the lane and before
     * {@link #beginCommit}: whether the path still is as the failed rename left it. If not, the file is clean again and
     * takes what the Hub has at the next look, or has been changed here meanwhile; then this seal is not to be published.
     *
     * @param actual what the Hub has at the path now, null when nothing
     */
    boolean stillToRestore(SealedFile file, @Nullable HubFile actual);

    /**
     * Last check before the Hub is told, and the fence behind which unlink and rename know of this publication (H-57,
     * H-59).
     *
     * @return false when the file was unlinked, renamed or superseded: then nothing may be sent
     */
    boolean beginCommit(SealedFile file, ContentHash uploaded);

    /**
     * The Hub has {@code uploaded} at the sealed path.
     *
     * @return whether the file became clean; false when it changed meanwhile and needs another flush (H-06, H-88)
     */
    boolean committed(SealedFile file, ContentHash uploaded);

    /** The Hub certainly did not take it; what it had before is still there. */
    void refused(SealedFile file);

    /**
     * The outcome was unknown and the Hub was asked (H-64).
     *
     * @param actual what is at the path now, null when nothing
     * @return whether it is {@code uploaded}; then {@link #committed} was done as well
     */
    boolean resolved(SealedFile file, ContentHash uploaded, @Nullable HubFile actual);

    /** Records a failure of the file's publication for its handles (errseq, §3.9); the file stays dirty. */
    void failed(long ino, FsException error);

    /**
     * Queued deletes that may be sent now: every file that was dirty when they were queued has been published since,
     * has gone, or cannot succeed by itself (H-56, H-90). They stay queued, as tombstones, until
     * {@link #deleteDone}.
     */
    List<QueuedDelete> deletesReady();

    /** All deletes that the Hub was not told, ready or not, those that go with a renamed file included. */
    List<QueuedDelete> deletesWaiting();

    /** Their number; the cost does not depend on it. */
    int deletesQueued();

    /**
     * Last check before a delete is sent, be it a queued one or a pending one of a sealed file whose add the Hub has just
     * taken and that was not reported {@link #committed} yet; false when it was cancelled (the path was created anew,
     * H-61). Inside a turn of the lane.
     */
    boolean beginDelete(QueuedDelete delete);

    /** The delete is done, or turned out not to be ours: the tombstone goes. */
    void deleteDone(QueuedDelete delete);

    /** A pending delete of a published file that was refused or not sent: it goes on by itself. */
    void requeue(QueuedDelete delete);

    /**
     * The file cannot be published without outside help (quota, permission): it no longer holds back deletes (H-90).
     * Reset by its next successful publication.
     */
    void cannotSucceed(long ino);
}
