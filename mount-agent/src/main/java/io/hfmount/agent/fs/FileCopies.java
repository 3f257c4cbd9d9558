package io.hfmount.agent.fs;

import io.hfmount.agent.fs.FileReads.Published;
import io.hfmount.agent.vfs.CopyRange;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.time.Instant;

/**
 * copy_file_range by hash (mount-semantics §2.23, H-79): a whole published file becomes the whole content of another file,
 * which from then on is an unpublished edit of that content without a change. So it is read, written, truncated, renamed
 * and published like any other edit, and its publication refers to the content that storage has. Everything else is
 * refused with EOPNOTSUPP, for which the kernel copies the bytes.
 *
 * <p>Of the source nothing is locked: its content is named by its hash, and that the source still is this content is
 * decided under the table's lock, in the section that makes the target. A write to the source that has not returned then
 * comes after the copy. Thread-safe.
 */
final class FileCopies {
    private final InodeTable table;
    private final HandleTable handles;
    private final StagedContent staged;

    FileCopies(InodeTable table, HandleTable handles, StagedContent staged) {
        this.table = table;
        this.handles = handles;
        this.staged = staged;
    }

    long copy(CopyRange range) throws FsException {
        if (table.settings().readOnly()) {
            throw new FsException(Errno.EROFS, "the mount is read-only");
        }
        FileHandle from = handles.file(range.handle());
        FileHandle to = handles.file(range.toHandle());
        if (!from.readable || !to.writable) {
            throw new FsException(Errno.EBADF, "not open for this copy");
        }
        if (range.offset() < 0 || range.toOffset() < 0 || range.length() < 0) {
            throw new FsException(Errno.EINVAL, "not a range");
        }
        if (range.length() == 0) {
            return 0;
        }
        if (from.inode == to.inode) {
            throw range.overlaps()
                    ? new FsException(Errno.EINVAL, "the ranges overlap")
                    : new FsException(Errno.EOPNOTSUPP, "a file is copied to itself by its bytes");
        }
        Inode target = to.inode;
        Published content = table.read(() -> wholeOver(range, from, target));
        target.staging.lock();
        try {
            return staged.withPublished(target, content.hash(), content.size(), () -> {
                if (!content.equals(wholeOver(range, from, target))) {
                    throw new FsException(Errno.EOPNOTSUPP, "the source changed meanwhile");
                }
                Instant now = table.now();
                target.contentHash = content.hash();
                target.size = content.size();
                target.touch(now);
                table.markDirty(target, now);
                return content.size();
            });
        } finally {
            target.staging.unlock();
        }
    }

    /** The content that the range makes all of the target; refused if there is none. Table lock held. */
    private Published wholeOver(CopyRange range, FileHandle from, Inode target) throws FsException {
        Published content = FileReads.published(from);
        if (content == null) {
            throw new FsException(Errno.EOPNOTSUPP, "the source is not what the Hub has");
        }
        boolean wholeSource = range.offset() == 0 && range.length() >= content.size() && content.size() > 0;
        boolean wholeTarget = range.toOffset() == 0 && target.size <= content.size();
        if (!wholeSource || !wholeTarget) {
            throw new FsException(Errno.EOPNOTSUPP, "not a whole file onto a whole file");
        }
        if (content.size() > table.settings().maxFileSize()) {
            throw new FsException(Errno.EFBIG, "past the largest file size");
        }
        return content;
    }
}
