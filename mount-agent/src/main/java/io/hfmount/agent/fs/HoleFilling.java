package io.hfmount.agent.fs;

import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ByteRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes reads of a staging file with holes from the base, and keeps what it fetched (mount-semantics §6.2). Waiting,
 * its limits and its retries are those of {@link OpenContent}; no lock is held meanwhile. Thread-safe.
 */
final class HoleFilling {
    private static final Logger log = LoggerFactory.getLogger(HoleFilling.class);

    private final InodeTable table;

    HoleFilling(InodeTable table) {
        this.table = table;
    }

    /**
     * Puts the base's bytes into the holes of one read.
     *
     * @param edit the state under which staging was read
     * @param offset file offset of {@code bytes}
     * @param bytes what was read from staging; complete after the return
     * @throws FsException when the exact bytes cannot be had; never zeros instead
     */
    void fill(
            Inode inode,
            StagingFile file,
            EditState edit,
            OpenContent base,
            List<ByteRange> holes,
            long offset,
            MemorySegment bytes)
            throws FsException {
        for (ByteRange hole : holes) {
            int n = base.read(hole.start(), part(bytes, offset, hole), Wait.ALLOWED);
            if (n != hole.length()) {
                throw new FsException(
                        Errno.EIO,
                        "the base of inode " + inode.ino + " ends at " + (hole.start() + n) + " instead of "
                                + edit.baseSize()); // H-08d
            }
        }
        keep(inode, file, edit, holes, offset, bytes);
    }

    private static MemorySegment part(MemorySegment bytes, long offset, ByteRange range) {
        return bytes.asSlice(range.start() - offset, range.length());
    }

    /**
     * Writes what was fetched into staging, where it still is a hole of the same base and the same file: a writer may have
     * come meanwhile (H-12b), or a truncation (H-12c). A full disk costs the copy and not the read.
     */
    private void keep(
            Inode inode, StagingFile file, EditState seen, List<ByteRange> holes, long offset, MemorySegment bytes) {
        inode.io.writeLock().lock();
        try {
            EditState edit = table.<@Nullable EditState>reading(() -> inode.stagingFile == file ? inode.edit : null);
            if (edit == null || !edit.baseHash().equals(seen.baseHash())) {
                return;
            }
            long size = table.reading(() -> inode.size);
            for (ByteRange hole : holes) {
                long end = Math.min(hole.end(), size);
                if (end > hole.start()) {
                    for (ByteRange gap : edit.holes(hole.start(), end - hole.start())) {
                        edit = keep(inode, file, edit, gap, part(bytes, offset, gap));
                    }
                }
            }
        } catch (IOException e) {
            log.debug("what was read of inode {} is not kept: {}", inode.ino, e.getMessage());
        } finally {
            inode.io.writeLock().unlock();
        }
    }

    private EditState keep(Inode inode, StagingFile file, EditState edit, ByteRange gap, MemorySegment bytes)
            throws IOException {
        if (!edit.keepsFills()) {
            return edit;
        }
        int written = file.write(gap.start(), bytes.asByteBuffer());
        EditState next = edit.trackFill(gap.start(), written);
        table.writing(() -> {
            inode.edit = next;
            return 0;
        });
        file.occupies(next.coverage().bytes());
        return next;
    }
}
