package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an inode's staging hold its content before a change: the rows "sparse off" of the table in mount-semantics §1.6,
 * with the drift retry of §2.4. Every method runs under the inode's staging lock. A sparse mode will decide here.
 */
final class StagedContent {
    private static final Logger log = LoggerFactory.getLogger(StagedContent.class);
    private static final int MAX_DRIFTS = 4;

    private final InodeTable table;
    private final StagingArea area;
    private final ContentAccess content;

    StagedContent(InodeTable table, StagingArea area, ContentAccess content) {
        this.table = table;
        this.area = area;
        this.content = content;
    }

    /** What is done under the table's write lock once the staging is right. */
    @FunctionalInterface
    interface Install<T> {
        T run() throws FsException;
    }

    private record Base(boolean reusable, @Nullable ContentHash hash, long size) {}

    /**
     * Makes the staging hold the current content, downloading it if need be, and then runs {@code install} under the io
     * and table locks, before anything can drift (H-05, H-18).
     */
    <T> T withCurrent(Inode inode, Install<T> install) throws FsException {
        for (int attempt = 0; attempt < MAX_DRIFTS; attempt++) {
            Base base = table.read(() -> base(inode));
            Optional<T> result = base.reusable()
                    ? install(inode, () -> inode.isDirty() || inode.stagingIsCurrent, null, install)
                    : install(inode, () -> isStill(inode, base), download(inode, base), install);
            if (result.isPresent()) {
                return result.get();
            }
            log.debug("inode {} changed remotely while it was made ready for writing, once more", inode.ino);
        }
        throw new FsException(Errno.EIO, "the file keeps changing remotely while it is being opened for writing");
    }

    private static boolean isStill(Inode inode, Base base) {
        return !inode.isDirty() && inode.size == base.size() && Objects.equals(inode.contentHash, base.hash());
    }

    /** Gives the inode a new, empty staging epoch and runs {@code install} under the io and table locks. */
    <T> T withEmpty(Inode inode, Install<T> install) throws FsException {
        return install(inode, () -> true, newFile(), install).orElseThrow();
    }

    private Base base(Inode inode) throws FsException {
        StagingFile file = inode.stagingFile;
        if (inode.isDirty() && file == null) {
            throw new FsException(Errno.EIO, "the staging file of '" + table.path(inode) + "' is gone");
        }
        if (file != null && (inode.isDirty() || inode.stagingIsCurrent)) {
            return new Base(true, inode.contentHash, inode.size);
        }
        return new Base(false, inode.contentHash, inode.size);
    }

    private StagingFile download(Inode inode, Base base) throws FsException {
        StagingFile file = newFile();
        try {
            if (base.size() > 0) {
                ContentHash hash = base.hash();
                if (hash == null) {
                    throw new FsException(Errno.EOPNOTSUPP, "content outside Xet storage can only be read, not edited");
                }
                content.download(hash, base.size(), (position, data) -> writeAll(file, position, data));
            }
            if (file.length() != base.size()) {
                throw new FsException(
                        Errno.EIO,
                        "downloaded " + file.length() + " of " + base.size() + " bytes of inode " + inode.ino);
            }
            return file;
        } catch (FsException | RuntimeException e) {
            file.release();
            throw e;
        }
    }

    private static void writeAll(StagingFile file, long position, ByteBuffer data) throws IOException {
        int length = data.remaining();
        if (file.write(position, data) < length) {
            throw new IOException("the staging disk took only a part");
        }
    }

    private StagingFile newFile() throws FsException {
        try {
            return area.create();
        } catch (IOException e) {
            throw DiskErrors.toFs(e, "cannot create a staging file");
        }
    }

    /** Empty when {@code valid} no longer holds; the fresh file is released then. */
    private <T> Optional<T> install(Inode inode, BooleanSupplier valid, @Nullable StagingFile fresh, Install<T> install)
            throws FsException {
        StagingFile surplus = fresh;
        inode.io.writeLock().lock();
        try {
            Optional<T> result = table.write(() -> {
                if (table.find(inode.ino) != inode) {
                    throw new FsException(Errno.ENOENT, "inode " + inode.ino + " is gone");
                }
                return valid.getAsBoolean() ? Optional.of(install.run()) : Optional.empty();
            });
            if (result.isPresent() && fresh != null) {
                surplus = table.<@Nullable StagingFile>writing(() -> {
                    StagingFile old = inode.stagingFile;
                    inode.stagingFile = fresh;
                    inode.stagingIsCurrent = !inode.isDirty();
                    return old;
                });
            }
            return result;
        } finally {
            inode.io.writeLock().unlock();
            if (surplus != null) {
                surplus.release();
            }
        }
    }
}
