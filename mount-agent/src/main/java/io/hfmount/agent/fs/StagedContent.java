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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an inode's staging ready for a change: the table in mount-semantics §1.6, with the drift retry of §2.4. Every
 * method runs under the inode's staging lock.
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

    /** How staging is made ready. */
    private enum Way {
        /** What is there is real. */
        REUSE,
        /** An empty file of the right length; what is missing comes when it is read. */
        SPARSE,
        /** A complete copy. */
        DOWNLOAD
    }

    private record Base(Way way, @Nullable ContentHash hash, long size) {}

    /** A new staging file and what of it is real. */
    private record Fresh(StagingFile file, @Nullable EditState edit) {}

    /**
     * Makes the staging stand for the current content, downloading it if need be, and then runs {@code install} under the io
     * and table locks, before anything can drift (H-05, H-18).
     */
    <T> T withCurrent(Inode inode, Install<T> install) throws FsException {
        for (int attempt = 0; attempt < MAX_DRIFTS; attempt++) {
            Base base = table.read(() -> base(inode));
            Optional<T> result = switch (base.way()) {
                case REUSE -> install(inode, () -> isReusable(inode), null, install);
                case SPARSE ->
                    install(
                            inode,
                            () -> isStill(inode, base),
                            sparse(Objects.requireNonNull(base.hash()), base.size()),
                            install);
                case DOWNLOAD -> install(inode, () -> isStill(inode, base), download(inode, base), install);
            };
            if (result.isPresent()) {
                return result.get();
            }
            log.debug("inode {} changed remotely while it was made ready for writing, once more", inode.ino);
        }
        throw new FsException(Errno.EIO, "the file keeps changing remotely while it is being opened for writing");
    }

    private static boolean isReusable(Inode inode) {
        return inode.stagingFile != null && (inode.isDirty() || inode.stagingIsCurrent || inode.edit != null);
    }

    private static boolean isStill(Inode inode, Base base) {
        return !inode.isDirty() && inode.size == base.size() && Objects.equals(inode.contentHash, base.hash());
    }

    /** Gives the inode a new, empty staging epoch and runs {@code install} under the io and table locks. */
    <T> T withEmpty(Inode inode, Install<T> install) throws FsException {
        return install(inode, () -> true, new Fresh(newFile(), null), install).orElseThrow();
    }

    /**
     * Gives the inode a new staging epoch that is one hole over published content, and runs {@code install} under the io
     * and table locks. Nothing of the content is fetched.
     */
    <T> T withPublished(Inode inode, ContentHash hash, long size, Install<T> install) throws FsException {
        return install(inode, () -> true, sparse(hash, size), install).orElseThrow();
    }

    private Base base(Inode inode) throws FsException {
        StagingFile file = inode.stagingFile;
        if (inode.isDirty() && file == null) {
            throw new FsException(Errno.EIO, "the staging file of '" + table.path(inode) + "' is gone");
        }
        Way way = isReusable(inode)
                ? Way.REUSE
                : table.settings().isSparse(inode.contentHash, inode.size) ? Way.SPARSE : Way.DOWNLOAD;
        return new Base(way, inode.contentHash, inode.size);
    }

    /** S3: a hole as long as the base. */
    private Fresh sparse(ContentHash hash, long size) throws FsException {
        try {
            return new Fresh(area.createSparse(size), EditState.empty(hash, size));
        } catch (IOException e) {
            throw DiskErrors.toFs(e, "cannot create a staging file");
        }
    }

    private Fresh download(Inode inode, Base base) throws FsException {
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
            return new Fresh(file, null);
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
    private <T> Optional<T> install(Inode inode, BooleanSupplier valid, @Nullable Fresh fresh, Install<T> install)
            throws FsException {
        AtomicReference<@Nullable StagingFile> surplus = new AtomicReference<>(fresh == null ? null : fresh.file());
        inode.io.writeLock().lock();
        try {
            return table.write(() -> {
                if (table.find(inode.ino) != inode) {
                    throw new FsException(Errno.ENOENT, "inode " + inode.ino + " is gone");
                }
                if (!valid.getAsBoolean()) {
                    return Optional.empty();
                }
                T result = install.run();
                if (fresh == null) {
                    EditEpisodes.reuse(inode, table.settings());
                } else {
                    surplus.set(inode.stagingFile);
                    inode.stagingFile = fresh.file();
                    inode.edit = fresh.edit();
                    inode.stagingIsCurrent = fresh.edit() == null && !inode.isDirty();
                }
                return Optional.of(result);
            });
        } finally {
            inode.io.writeLock().unlock();
            StagingFile file = surplus.get();
            if (file != null) {
                file.release();
            }
        }
    }
}
