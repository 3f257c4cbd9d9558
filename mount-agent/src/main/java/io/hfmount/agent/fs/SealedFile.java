package io.hfmount.agent.fs;

import io.hfmount.xet.ContentSource;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stable view of one dirty file, for one publication (mount-semantics §3.2, §3.5 F1). Everything of the publication
 * uses it and never live fields. Must be closed, which ends the seal. Thread-safe.
 */
public interface SealedFile extends AutoCloseable {
    /** Inode number. */
    long ino();

    /** Mount-relative path at the seal. */
    String path();

    /** Dirty generation at the seal; the only legal argument to becoming clean. */
    long generation();

    /** Size at the seal; also what is published, never the uploader's count (H-28). */
    long size();

    /** Modification time to publish (H-74). */
    Instant mtime();

    /** What the Hub had at {@link #path()} at the seal. */
    HubState hubState();

    /**
     * Whether nobody changed it and it only puts content back that a failed rename took away: what others put there since
     * stays ({@link Publication#stillToRestore}).
     */
    boolean onlyRestores();

    /** Old paths of this file, to be deleted by the commit that publishes it. */
    List<QueuedDelete> pendingDeletes();

    /** How its bytes travel; nobody decides it again (H-23). */
    UploadRoute route();

    /** What edit of which base it is; null when it is none, and then its route is {@link UploadRoute#FULL}. */
    @Nullable
    SealedEdit edit();

    /**
     * The sealed bytes; with holes unless the route is {@link UploadRoute#FULL} or {@link #isWhole()} says so, and a hole
     * cannot be read. Reading throws an IOException when the seal was broken by a large truncation or a full disk;
     * the file is then still dirty and is to be sealed again at once, which is no error of the user's.
     */
    ContentSource content();

    /** Whether every byte can be read. */
    boolean isWhole();

    /** Whether the seal was broken. */
    boolean broken();

    @Override
    void close();
}
