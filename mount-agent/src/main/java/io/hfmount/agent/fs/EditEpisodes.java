package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingFile;
import io.hfmount.model.ContentHash;
import org.jspecify.annotations.Nullable;

/**
 * When an inode has an edit state (mount-semantics §1.5, §2.12, §3.7): from the first writable open of eligible published
 * content until it is clean with its last writer gone. So a state never sees its base replaced: while it exists the inode
 * is dirty or open for writing, which freezes the remote identity (§4.6, E8).
 *
 * <p>Every method needs the inode's io lock and the table's, both for writing.
 */
final class EditEpisodes {
    private EditEpisodes() {}

    /**
     * Ends the episode of a clean file that nobody can write. Staging that holds the whole file stays and is trusted;
     * what has holes must go with its coverage (H-01b, H-02b).
     *
     * @return the staging to be released, outside the table's lock
     */
    static @Nullable StagingFile endIfOver(Inode inode) {
        EditState edit = inode.edit;
        if (edit == null || inode.isDirty() || inode.writeHandles.get() > 0) {
            return null;
        }
        inode.edit = null;
        if (edit.isFullyCovered(inode.size)) {
            inode.stagingIsCurrent = true;
            return null;
        }
        StagingFile file = inode.stagingFile;
        inode.stagingFile = null;
        return file;
    }

    /**
     * The file as it is has been published and is clean (§3.7).
     *
     * @param wasWhole whether its staging is complete and is the very file that was published
     * @return the staging to be released, outside the table's lock
     */
    static @Nullable StagingFile published(Inode inode, ContentHash hash, boolean wasWhole, FsSettings settings) {
        EditState edit = inode.edit;
        inode.contentHash = hash;
        if (edit != null) {
            inode.edit = edit.published(hash, inode.size);
        } else if (wasWhole && inode.writeHandles.get() > 0 && settings.isSparse(hash, inode.size)) {
            inode.edit = EditState.full(hash, inode.size); // a log held open does not travel whole again and again
        } else {
            inode.stagingIsCurrent = wasWhole;
        }
        return endIfOver(inode);
    }

    /** Trusted staging that is opened for writing holds all of its base (S11, H-01, H-19). */
    static void reuse(Inode inode, FsSettings settings) {
        ContentHash hash = inode.contentHash;
        if (inode.edit == null
                && inode.stagingIsCurrent
                && !inode.isDirty()
                && hash != null
                && settings.isSparse(hash, inode.size)) {
            inode.edit = EditState.full(hash, inode.size);
            inode.stagingIsCurrent = false;
        }
    }
}
