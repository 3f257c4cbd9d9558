package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CopyRange;
import io.hfmount.agent.vfs.CreateResult;
import io.hfmount.agent.vfs.DirectorySink;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.FsStatistics;
import io.hfmount.agent.vfs.KernelCache;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.OpenResult;
import io.hfmount.agent.vfs.Wait;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * The file system of one mount of a bucket. Each operation lives in the class of its concern; this one only joins them.
 *
 * <p>Thread-safe.
 */
public final class MountFileSystem implements FileSystem, AutoCloseable {
    private static final int BLOCK_SIZE = 4096;
    private static final long BLOCKS = (1L << 50) / BLOCK_SIZE;
    private static final long FILES = 1L << 40;

    private final InodeTable table;
    private final StagingArea area;
    private final HandleTable handles = new HandleTable();
    private final AtomicReference<KernelCache> kernel = new AtomicReference<>(KernelCache.NONE);
    private final Orphans orphans;
    private final Directories directories;
    private final Lookups lookups;
    private final FileOpens opens;
    private final FileReads reads;
    private final FileIo io;
    private final FileCopies copies;
    private final NameChanges names;
    private final Renames renames;
    private final Links links;
    private final ListingsAhead ahead;
    private final RemoteMerge merge;
    private final InodePublication publication;

    /**
     * What a file system is made of.
     *
     * @param settings options
     * @param time clock
     * @param area where staging files are; closed by the owner
     * @param content where clean content comes from
     * @param remote the Hub's tree
     * @param lane the one lane of changes on the Hub
     * @param signals the flush pipeline
     * @param errnoTable what a failed Hub call on a name answers
     * @param observer told of what happens
     */
    public record Parts(
            FsSettings settings,
            InstantSource time,
            StagingArea area,
            ContentAccess content,
            RemoteTree remote,
            CommitLane lane,
            FlushSignals signals,
            Function<Throwable, FsException> errnoTable,
            FsObserver observer) {}

    public MountFileSystem(Parts parts) {
        this.area = parts.area();
        this.table = new InodeTable(parts.settings(), parts.time(), parts.observer());
        NegativeCache negative =
                new NegativeCache(parts.time(), parts.settings().negativeTtl());
        this.orphans = new Orphans(table);
        this.ahead = new ListingsAhead(parts.settings().listAheadLimit());
        this.merge = new RemoteMerge(table, negative, orphans, ahead, kernel::get);
        Eviction eviction = new Eviction(table, orphans, kernel::get);
        this.directories = new Directories(table, handles, parts.remote(), merge, ahead, orphans, eviction);
        this.lookups = new Lookups(table, directories, parts.remote(), merge, negative, ahead, eviction);
        StagedContent staged = new StagedContent(table, area, parts.content());
        this.opens = new FileOpens(table, handles, directories, staged, area, negative, orphans, parts.signals());
        this.reads = new FileReads(table, handles, parts.content());
        this.io = new FileIo(table, handles, staged, parts.signals());
        this.copies = new FileCopies(table, handles, staged);
        this.names = new NameChanges(table, directories, negative, orphans, parts.signals());
        Restores restores = new Restores(table, staged, parts.signals());
        RemoteMoves moves = new RemoteMoves(table, parts.lane(), parts.remote(), restores, parts.errnoTable());
        this.renames = new Renames(table, directories, names, negative, orphans, parts.signals(), moves);
        this.links = new Links(table, directories, names, negative, moves);
        this.publication = new InodePublication(table, parts.content());
    }

    /** The kernel's caches, once the mount serves. */
    public void attach(KernelCache kernelCache) {
        kernel.set(kernelCache);
    }

    /** What the flush pipeline works on. */
    public Publication publication() {
        return publication;
    }

    /** What the poller works on. */
    public RemoteView remoteView() {
        return merge;
    }

    /** Facts for metrics and status. */
    public FsCounters counters() {
        return table.reading(
                () -> new FsCounters(table.count(), handles.openFiles(), table.generationsTotal(), area.bytes()));
    }

    /** Loads the root's listing, so that the first look is fast. */
    public void preload() throws FsException {
        directories.load(ROOT);
    }

    /**
     * Lets go of all staging files. Those of dirty files stay on disk, listed in a file beside them, for they are the
     * only copy. Call after the transport has ended.
     *
     * @return mount-relative paths of the files that were not published
     */
    public List<String> abandon() {
        List<StagingFile> all = new ArrayList<>();
        List<StagingArea.Unpublished> kept = table.writing(() -> {
            List<StagingArea.Unpublished> dirty = new ArrayList<>();
            for (Inode inode : table.all()) {
                StagingFile file = inode.stagingFile;
                if (file == null) {
                    continue;
                }
                all.add(file);
                EditState edit = inode.edit;
                inode.stagingFile = null;
                inode.stagingIsCurrent = false;
                inode.edit = null;
                if (inode.isDirty() && inode.isLinked()) {
                    file.keepOnDisk();
                    dirty.add(new StagingArea.Unpublished(
                            table.path(inode), file.path(), inode.size, edit == null ? null : edit.forReport()));
                }
            }
            return dirty;
        });
        all.forEach(StagingFile::release);
        area.recordUnpublished(kept);
        return kept.stream().map(StagingArea.Unpublished::path).toList();
    }

    /** Same as {@link #abandon}. */
    @Override
    public void close() throws IOException {
        abandon();
    }

    /** Paths that count as absent until their remote delete is done. */
    List<String> tombstones() {
        return table.reading(
                () -> table.deletes().waiting().stream().map(QueuedDelete::path).toList());
    }

    /** The inode itself; for tests that must hold its locks. */
    Inode inode(long ino) throws FsException {
        return table.read(() -> table.get(ino));
    }

    /** Checks all invariants under {@code assert}; for tests. */
    boolean checkInvariants() {
        return table.reading(() -> ahead.checkInvariants() && table.checkInvariants());
    }

    @Override
    public Attributes lookup(long parent, String name, Wait wait) throws FsException {
        return lookups.lookup(parent, name, wait);
    }

    @Override
    public void forget(long ino, long count) {
        orphans.forget(ino, count);
    }

    @Override
    public Attributes getattr(long ino) throws FsException {
        return table.read(() -> table.get(ino).attributes());
    }

    @Override
    public Attributes setattr(long ino, AttributeChange change) throws FsException {
        return io.setattr(ino, change);
    }

    @Override
    public String readlink(long ino) throws FsException {
        return names.readlink(ino);
    }

    @Override
    public Attributes mkdir(long parent, String name, int permissions, Caller caller) throws FsException {
        return names.mkdir(parent, name, permissions, caller);
    }

    @Override
    public Attributes mknod(long parent, String name, int permissions, Caller caller) throws FsException {
        return opens.mknod(parent, name, permissions, caller);
    }

    @Override
    public Attributes symlink(long parent, String name, String target, Caller caller) throws FsException {
        return names.symlink(parent, name, target, caller);
    }

    @Override
    public Attributes link(long ino, long newParent, String newName) throws FsException {
        return links.link(ino, newParent, newName);
    }

    @Override
    public void unlink(long parent, String name) throws FsException {
        names.unlink(parent, name);
    }

    @Override
    public void rmdir(long parent, String name) throws FsException {
        names.rmdir(parent, name);
    }

    @Override
    public void rename(long parent, String name, long newParent, String newName, boolean noReplace, boolean exchange)
            throws FsException {
        renames.rename(parent, name, newParent, newName, noReplace, exchange);
    }

    @Override
    public OpenResult open(long ino, OpenFlags flags, Caller caller) throws FsException {
        return opens.open(ino, flags);
    }

    @Override
    public CreateResult create(long parent, String name, int permissions, OpenFlags flags, Caller caller)
            throws FsException {
        return opens.create(parent, name, permissions, flags, caller);
    }

    @Override
    public int read(long ino, long handle, long offset, MemorySegment target, Wait wait) throws FsException {
        return reads.read(handle, offset, target, wait);
    }

    @Override
    public int write(long ino, long handle, long offset, MemorySegment data, Wait wait) throws FsException {
        return io.write(handle, offset, data);
    }

    @Override
    public void flush(long ino, long handle, Caller caller) throws FsException {
        opens.flush(handle);
    }

    @Override
    public void release(long ino, long handle) {
        opens.release(handle);
    }

    @Override
    public void fsync(long ino, long handle, boolean dataOnly) throws FsException {
        opens.fsync(handle);
    }

    @Override
    public OpenResult opendir(long ino) throws FsException {
        return directories.open(ino);
    }

    @Override
    public void readdir(long ino, long handle, long cookie, boolean plus, DirectorySink sink) throws FsException {
        directories.read(handle, cookie, plus, sink);
    }

    @Override
    public void releasedir(long ino, long handle) {
        directories.release(handle);
    }

    @Override
    public void fsyncdir(long ino, long handle) throws FsException {
        opens.drainDeletes();
    }

    @Override
    public FsStatistics statfs() {
        return new FsStatistics(BLOCK_SIZE, BLOCKS, BLOCKS, FILES, FILES, 255);
    }

    @Override
    public void fallocate(long ino, long handle, int mode, long offset, long length) throws FsException {
        io.fallocate(handle, mode, offset, length);
    }

    @Override
    public long lseek(long ino, long handle, long offset, int whence) throws FsException {
        return io.lseek(handle, offset, whence);
    }

    @Override
    public long copyFileRange(CopyRange range) throws FsException {
        return copies.copy(range);
    }

    @Override
    public long metadataTtlMillis() {
        return table.settings().metadataTtl().toMillis();
    }
}
