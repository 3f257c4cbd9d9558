package io.hfmount.agent.fs;

import io.hfmount.agent.staging.Seal;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.xet.ContentSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sealed file over an inode's staging. */
final class SealedInode implements SealedFile, ContentSource {
    private static final int PIECE = 1 << 20;

    private final Inode inode;
    private final StagingFile file;
    private final Seal seal;
    private final String path;
    private final long generation;
    private final long episode;
    private final Instant mtime;
    private final HubState hubState;
    private final List<QueuedDelete> pendingDeletes;
    private final long sequence;
    private final Instant sealedAt;
    private final UploadRoute route;
    private final @Nullable SealedEdit edit;
    private final boolean onlyRestores;

    /** What {@link Publication#beginCommit} found; guarded by the table's lock. */
    @Nullable
    HubState stateBefore;

    SealedInode(
            Inode inode,
            StagingFile file,
            Seal seal,
            String path,
            long generation,
            long episode,
            Instant mtime,
            HubState hubState,
            List<QueuedDelete> pendingDeletes,
            long sequence,
            Instant sealedAt,
            UploadRoute route,
            @Nullable SealedEdit edit,
            boolean onlyRestores) {
        this.inode = inode;
        this.file = file;
        this.seal = seal;
        this.path = path;
        this.generation = generation;
        this.episode = episode;
        this.mtime = mtime;
        this.hubState = hubState;
        this.pendingDeletes = pendingDeletes;
        this.sequence = sequence;
        this.sealedAt = sealedAt;
        this.route = route;
        this.edit = edit;
        this.onlyRestores = onlyRestores;
    }

    Inode inode() {
        return inode;
    }

    StagingFile file() {
        return file;
    }

    /** Whether the file is where it was. Table lock held. */
    boolean isStillAt(InodeTable table) {
        return table.find(inode.ino) == inode
                && inode.isLinked()
                && table.path(inode).equals(path);
    }

    /**
     * Whether the file has been dirty all the time. Generations repeat after each publication; the clock at which the
     * file became dirty does not (H-33). Table lock held.
     */
    boolean isOfThisEpisode() {
        return inode.dirtySequence == episode;
    }

    /** Clock at the seal. */
    long sequence() {
        return sequence;
    }

    Instant sealedAt() {
        return sealedAt;
    }

    @Override
    public long ino() {
        return inode.ino;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public long generation() {
        return generation;
    }

    @Override
    public long size() {
        return seal.size();
    }

    @Override
    public Instant mtime() {
        return mtime;
    }

    @Override
    public HubState hubState() {
        return hubState;
    }

    @Override
    public boolean onlyRestores() {
        return onlyRestores;
    }

    @Override
    public List<QueuedDelete> pendingDeletes() {
        return pendingDeletes;
    }

    @Override
    public UploadRoute route() {
        return route;
    }

    @Override
    public @Nullable SealedEdit edit() {
        return edit;
    }

    @Override
    public boolean isWhole() {
        return edit == null || edit.coverage().contains(0, size());
    }

    @Override
    public ContentSource content() {
        return this;
    }

    /** Reads in pieces, so that writers of the file wait for one disk call at most. */
    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        int limit = target.limit();
        int done = 0;
        while (target.hasRemaining()) {
            target.limit(Math.min(limit, target.position() + PIECE));
            int n;
            inode.io.readLock().lock();
            try {
                n = seal.read(position + done, target);
            } finally {
                inode.io.readLock().unlock();
                target.limit(limit);
            }
            if (n == 0) {
                break;
            }
            done += n;
        }
        return done;
    }

    @Override
    public boolean broken() {
        return seal.broken();
    }

    @Override
    public void close() {
        inode.io.writeLock().lock();
        try {
            seal.close();
        } finally {
            inode.io.writeLock().unlock();
        }
    }

    @Override
    public String toString() {
        return "'" + path + "' generation " + generation;
    }
}
