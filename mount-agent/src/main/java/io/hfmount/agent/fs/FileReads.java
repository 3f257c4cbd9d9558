package io.hfmount.agent.fs;

import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reading files, each read from where its newest bytes are (mount-semantics §2.6, §6.1). Thread-safe. */
final class FileReads {
    /** Times that a read may find its handle's content exchanged by another read of the same handle. */
    private static final int MOST_EXCHANGES = 16;

    private final InodeTable table;
    private final HandleTable handles;
    private final ContentAccess content;
    private final HoleFilling holeFilling;

    FileReads(InodeTable table, HandleTable handles, ContentAccess content) {
        this.table = table;
        this.handles = handles;
        this.content = content;
        this.holeFilling = new HoleFilling(table);
    }

    int read(long number, long offset, MemorySegment target, Wait wait) throws FsException {
        FileHandle handle = handles.file(number);
        if (!handle.readable) {
            throw new FsException(Errno.EBADF, "not open for reading");
        }
        if (offset < 0) {
            throw new FsException(Errno.EINVAL, "negative offset");
        }
        for (int exchanges = 0; ; exchanges++) {
            try {
                return read(handle, offset, target, wait);
            } catch (FsException e) {
                if (e.errno() != Errno.EBADF || handle.isClosed() || exchanges == MOST_EXCHANGES) {
                    throw e;
                }
            }
        }
    }

    private int read(FileHandle handle, long offset, MemorySegment target, Wait wait) throws FsException {
        Inode inode = handle.inode;
        Route route;
        List<ByteRange> holes = List.of();
        int length = 0;
        inode.io.readLock().lock();
        try {
            route = table.reading(() -> route(handle));
            if (route instanceof Staging staging) {
                length = (int) Math.max(0, Math.min(target.byteSize(), staging.size() - offset));
                EditState edit = staging.edit();
                holes = edit == null ? List.of() : edit.holes(offset, length);
                if (!holes.isEmpty() && wait == Wait.NEVER) {
                    throw WouldBlockException.INSTANCE;
                }
                readStaging(staging, offset, target.asSlice(0, length));
            }
        } finally {
            inode.io.readLock().unlock();
        }
        return switch (route) {
            case Staging(StagingFile file, long size, EditState edit) -> {
                if (edit != null && !holes.isEmpty()) {
                    OpenContent base = handle.content(content, edit.baseHash(), edit.baseSize());
                    holeFilling.fill(inode, file, edit, base, holes, offset, target.asSlice(0, length));
                }
                table.observer().stagingRead(length);
                yield length;
            }
            case Remote(ContentHash hash, long size) -> readRemote(handle, hash, size, offset, target, wait);
        };
    }

    private int readRemote(
            FileHandle handle, @Nullable ContentHash hash, long size, long offset, MemorySegment target, Wait wait)
            throws FsException {
        if (offset >= size || target.byteSize() == 0) {
            return 0;
        }
        if (hash == null) {
            throw new FsException(Errno.EOPNOTSUPP, "content outside Xet storage cannot be read through this mount");
        }
        OpenContent open = handle.content(content, hash, size);
        return open.read(offset, target, wait);
    }

    private sealed interface Route permits Staging, Remote {}

    private record Staging(
            StagingFile file, long size, @Nullable EditState edit) implements Route {}

    private record Remote(@Nullable ContentHash hash, long size) implements Route {}

    /** §6.1: own changes are always seen (H-86), remote ones not by a reader that was there before. */
    private static Route route(FileHandle handle) {
        Inode inode = handle.inode;
        StagingFile file = inode.stagingFile;
        boolean stagingIsReal = file != null && (inode.isDirty() || inode.stagingIsCurrent || inode.edit != null);
        ContentHash frozen = handle.frozenHash;
        if (frozen == null || handle.writable || inode.localSequence != handle.localSequence) {
            boolean replaced = !handle.writable && !inode.isDirty() && inode.ownSequence == inode.localSequence;
            if (replaced) {
                return new Remote(inode.ownHash, inode.ownSize); // staging may hold what came instead
            }
            return stagingIsReal && file != null
                    ? new Staging(file, inode.size, inode.edit)
                    : new Remote(inode.contentHash, inode.size);
        }
        if (stagingIsReal && file != null && inode.edit == null && frozen.equals(inode.contentHash)) {
            return new Staging(file, inode.size, null);
        }
        return new Remote(frozen, handle.frozenSize);
    }

    /** Published content: what a file is while it is clean. */
    record Published(ContentHash hash, long size) {}

    /**
     * The content that a reader of {@code handle} sees, if it is exactly what the Hub has at the file's path now. A file
     * that somebody may write is not: stores into a shared mapping are in the kernel's pages alone until it sends them.
     * Table lock held.
     */
    static @Nullable Published published(FileHandle handle) {
        Inode inode = handle.inode;
        ContentHash hash = inode.contentHash;
        if (inode.isDirty() || inode.writeHandles.get() > 0 || !inode.isLinked() || hash == null || hash.isZero()) {
            return null;
        }
        boolean onHub = inode.hubState instanceof HubState.Present(ContentHash there) && there.equals(hash);
        boolean seen = switch (route(handle)) {
            case Staging _ -> true; // of a clean file: equal to what was published
            case Remote(ContentHash bound, long size) -> hash.equals(bound) && size == inode.size;
        };
        return onHub && seen ? new Published(hash, inode.size) : null;
    }

    private static void readStaging(Staging staging, long offset, MemorySegment target) throws FsException {
        if (target.byteSize() == 0) {
            return;
        }
        try {
            int n = staging.file().read(offset, target.asByteBuffer());
            if (n < target.byteSize()) {
                throw new FsException(
                        Errno.EIO,
                        "staging file " + staging.file() + " ends at " + (offset + n) + " of " + staging.size());
            }
        } catch (IOException e) {
            throw DiskErrors.toFs(e, "reading staging");
        }
    }
}
