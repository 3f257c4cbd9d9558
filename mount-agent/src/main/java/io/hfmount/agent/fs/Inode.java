package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingFile;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the tree (mount-semantics §1.2). Plain state; {@link InodeTable} and the operations keep its rules.
 *
 * <p>Locks, to be taken in this order: {@link #listing}, {@link #staging}, {@link #io}, the table's lock. Fields are
 * guarded by the table's lock unless they say otherwise.
 *
 * <p>An edit state implies staging that is not {@code stagingIsCurrent}, a base that is {@code contentHash}, and that the
 * inode is dirty or open for writing (E8).
 *
 * <p>Invariants: dirty implies a file; {@code stagingIsCurrent} implies clean with a staging file; {@code nlink == 0}
 * exactly when it has no parent (the root aside); {@code pendingDeletes} only on files.
 */
final class Inode {
    /** One listing of a directory at a time, a child's taken before its parent's. May be held over the network. */
    final ReentrantLock listing = new ReentrantLock();

    /** Staging create, rebuild, size change, seal. Held over the network only for a download. */
    final ReentrantLock staging = new ReentrantLock();

    /** The pair of staging bytes and size. Never held over anything but single disk calls. */
    final ReentrantReadWriteLock io = new ReentrantReadWriteLock();

    /** Lookups that the kernel holds. Raised under the table's read lock at least, so that eviction sees it (H-40). */
    final AtomicLong nlookup = new AtomicLong();

    /** Live handles of any kind. Raised like {@link #nlookup}. */
    final AtomicInteger openHandles = new AtomicInteger();

    /** Live writable handles; freezes the remote identity (§4.6). */
    final AtomicInteger writeHandles = new AtomicInteger();

    final long ino;
    final FileKind kind;

    @Nullable
    Inode parent;

    String name;
    long size;
    Instant atime;
    Instant mtime;
    Instant ctime;
    int permissions;
    int uid;
    int gid;

    /** The time was set while the file was clean: the Hub does not have it. */
    boolean timeIsOwn;

    int nlink = 1;

    @Nullable
    String symlinkTarget;

    // --- content of a file ---
    /** Content of the clean view. */
    @Nullable
    ContentHash contentHash;

    /** Replaced with io (write) and the table's lock (write) held; read under either. */
    @Nullable
    StagingFile stagingFile;

    boolean stagingIsCurrent;

    /**
     * What of the staging is real; null when all of it is, or none. Replaced with io (write) and the table's lock (write)
     * held; read under either.
     */
    @Nullable
    EditState edit;

    long dirtyGeneration;
    Instant dirtySince = Instant.EPOCH;
    Instant lastChange = Instant.EPOCH;

    /** Clock at clean → dirty: position in program order (H-56). */
    long dirtySequence;

    /** Clock at the seal of the last successful publication. */
    long publishedSequence;

    /** Cannot be published without outside help: holds back no deletes (H-90). */
    boolean cannotSucceed;

    /** Set while the file is unpublished only because its content has to be put back. */
    @Nullable
    Restore restore;

    /** Counts own writes and size changes: readers with an older value look at live content (H-86). */
    long localSequence;

    /**
     * Content of our last own change, kept when a remote update replaces it, and {@link #localSequence} of that time:
     * readers that saw our changes do not move on to somebody else's (H-86).
     */
    @Nullable
    ContentHash ownHash;

    long ownSize;
    long ownSequence = -1;

    /** Counts applied remote updates: which content the kernel's pages may show (H-87). */
    long remoteVersion;

    /** {@link #remoteVersion} at the last open that let the kernel fill its page cache. */
    long pagesVersion;

    HubState hubState = new HubState.Absent();
    List<QueuedDelete> pendingDeletes = new ArrayList<>(0);

    /** Error sequence (§3.9). */
    long errSeq;

    @Nullable
    FsException lastError;

    // --- remote view ---
    /** Clock at the last own change or commit of this entry (H-62). */
    long changeSequence;

    /** Clock at the last question whose answer told of this entry: answers to earlier ones do not count. */
    long answeredSequence;

    Instant lastRevalidated = Instant.EPOCH;

    // --- directories ---
    final @Nullable NavigableMap<String, Inode> children;
    boolean childrenLoaded;
    boolean childrenFromRemote = true;
    Instant childrenConfirmed = Instant.EPOCH;

    /** {@link InodeTable#made} when somebody last looked at a name in it; written under the table's lock, shared too. */
    volatile long lastUsed;

    /** Names asked for one by one since {@link #childrenConfirmed}. */
    final AtomicInteger misses = new AtomicInteger();

    /** How its subdirectories are looked at. */
    final @Nullable Walk walk;

    /** The directory was made or changed here: a listing without it does not remove it (H-68). */
    boolean keptLocally;

    Inode(long ino, FileKind kind, String name, Instant now) {
        this.ino = ino;
        this.kind = kind;
        this.name = name;
        this.atime = now;
        this.mtime = now;
        this.ctime = now;
        this.children = kind == FileKind.DIRECTORY ? new TreeMap<>() : null;
        this.walk = kind == FileKind.DIRECTORY ? new Walk() : null;
        if (kind == FileKind.DIRECTORY) {
            nlink = 2;
        }
    }

    boolean isFile() {
        return kind == FileKind.FILE;
    }

    boolean isDirectory() {
        return kind == FileKind.DIRECTORY;
    }

    boolean isDirty() {
        return dirtyGeneration > 0;
    }

    /** A remote file without a content hash: it can be seen, and little else. */
    boolean isOutsideXet() {
        return isFile() && !isDirty() && contentHash == null;
    }

    /** Whether it still has a name. */
    boolean isLinked() {
        return parent != null || ino == InodeTable.ROOT;
    }

    /** Children of a directory. */
    NavigableMap<String, Inode> entries() {
        if (children == null) {
            throw new IllegalStateException("inode " + ino + " is no directory");
        }
        return children;
    }

    Attributes attributes() {
        return new Attributes(ino, kind, permissions, nlink, uid, gid, size, atime, mtime, ctime);
    }

    void touch(Instant now) {
        mtime = now;
        ctime = now;
    }

    private boolean checkEdit(EditState state) {
        assert stagingFile != null && !stagingIsCurrent : "an edit without staging, or of trusted staging: " + ino;
        assert state.baseHash().equals(contentHash) : "E8: base of " + ino;
        assert isDirty() || writeHandles.get() > 0 : "an edit of a clean file that nobody writes: " + ino;
        assert isDirty() || state.isUnchanged(size) : "clean, but " + state + " of " + size;
        return state.checkSize(size);
    }

    boolean checkInvariants() {
        assert !isDirty() || isFile() : "dirty but no file: " + ino;
        assert !stagingIsCurrent || (!isDirty() && stagingFile != null)
                : "trusted but dirty or without staging: " + ino;
        assert edit == null || checkEdit(edit);
        assert restore == null || isDirty() : "to be put back, but clean: " + ino;
        assert (nlink == 0) == !isLinked() : "nlink " + nlink + " of " + ino;
        assert pendingDeletes.isEmpty() || isFile() : "pending deletes on no file: " + ino;
        assert nlookup.get() >= 0 && openHandles.get() >= writeHandles.get() && writeHandles.get() >= 0;
        return true;
    }
}
