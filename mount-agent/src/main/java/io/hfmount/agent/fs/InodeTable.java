package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.RemotePath;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All inodes of one mount, and the one lock that guards their fields (mount-semantics §1.8, lock 5). No I/O of any kind
 * happens under it.
 *
 * <p>Methods without an own word on locking need the lock: reading ones at least shared, changing ones exclusive.
 */
final class InodeTable {
    static final long ROOT = 1;

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Map<Long, Inode> inodes = new HashMap<>();
    private final DirtySet dirty = new DirtySet();
    private final InstantSource time;
    private final FsSettings settings;
    private final Inode root;
    private final DeleteQueue deletes = new DeleteQueue();
    private final RemovedNames removedNames = new RemovedNames();
    private final RemovedNames goneNames = new RemovedNames();
    private final MovesUnderWay moves = new MovesUnderWay();
    private long nextIno = ROOT;
    /** Orders own changes and questions to the Hub. Atomic, as questions are asked under the read lock. */
    private final AtomicLong clock = new AtomicLong();
    /** {@link #clock} at the last own change. Guarded by the write lock. */
    private long lastChange;

    private long generationsTotal;
    private final FsObserver observer;

    InodeTable(FsSettings settings, InstantSource time, FsObserver observer) {
        this.settings = settings;
        this.observer = observer;
        this.time = time;
        this.root = newInode(FileKind.DIRECTORY, "");
        root.keptLocally = true;
        inodes.put(ROOT, root);
    }

    /** A section under the table's lock. */
    @FunctionalInterface
    interface Section<T extends @Nullable Object> {
        T run() throws FsException;
    }

    /** Runs under the shared lock. */
    <T extends @Nullable Object> T read(Section<T> section) throws FsException {
        lock.readLock().lock();
        try {
            return section.run();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Runs under the exclusive lock. */
    <T extends @Nullable Object> T write(Section<T> section) throws FsException {
        lock.writeLock().lock();
        try {
            return section.run();
        } finally {
            unlockChecked();
        }
    }

    /** Like {@link #read}, for a section that cannot fail. */
    <T extends @Nullable Object> T reading(Supplier<T> section) {
        lock.readLock().lock();
        try {
            return section.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Like {@link #write}, for a section that cannot fail. */
    <T extends @Nullable Object> T writing(Supplier<T> section) {
        lock.writeLock().lock();
        try {
            return section.get();
        } finally {
            unlockChecked();
        }
    }

    /** A broken invariant is one caller's failure, and must not be everybody's deadlock. */
    private void unlockChecked() {
        try {
            assert dirty.checkInvariants();
        } finally {
            lock.writeLock().unlock();
        }
    }

    Inode root() {
        return root;
    }

    Instant now() {
        return time.instant();
    }

    FsSettings settings() {
        return settings;
    }

    DeleteQueue deletes() {
        return deletes;
    }

    /** What was removed here: a file that the Hub moves meanwhile goes from its new path too. */
    RemovedNames removedNames() {
        return removedNames;
    }

    /** What is absent here without a removal of ours: the Hub no longer had it, or it left memory. */
    RemovedNames goneNames() {
        return goneNames;
    }

    /** What the Hub moves just now. */
    MovesUnderWay moves() {
        return moves;
    }

    FsObserver observer() {
        return observer;
    }

    /** The clock at the last own change. */
    long lastChange() {
        return lastChange;
    }

    /** An own change is made now: its place in the order of changes and questions. */
    long tick() {
        lastChange = clock.incrementAndGet();
        return lastChange;
    }

    /** A question is put to the Hub now: its place in the order of changes and questions. */
    long ask() {
        return clock.incrementAndGet();
    }

    @Nullable
    Inode find(long ino) {
        return inodes.get(ino);
    }

    Inode get(long ino) throws FsException {
        Inode inode = inodes.get(ino);
        if (inode == null) {
            throw new FsException(Errno.ENOENT, "no inode " + ino);
        }
        return inode;
    }

    /** Whether all names of a directory are known. */
    static boolean isLoaded(Inode directory) {
        return directory.childrenLoaded || !directory.childrenFromRemote;
    }

    /** A linked directory. */
    Inode directory(long ino) throws FsException {
        Inode inode = get(ino);
        if (!inode.isDirectory()) {
            throw new FsException(Errno.ENOTDIR, "inode " + ino + " is no directory");
        }
        if (!inode.isLinked()) {
            throw new FsException(Errno.ENOENT, "directory " + ino + " was removed");
        }
        return inode;
    }

    /** Path from the mount's root; the empty string for the root and for what has no name. */
    String path(Inode inode) {
        if (inode.parent == null) {
            return "";
        }
        ArrayDeque<String> names = new ArrayDeque<>();
        for (Inode i = inode; i.parent != null; i = i.parent) {
            names.addFirst(i.name);
        }
        return String.join("/", names);
    }

    /** The inode at {@code path}, if it is known. */
    @Nullable
    Inode at(String path) {
        Inode inode = root;
        if (path.isEmpty()) {
            return inode;
        }
        for (String name : path.split("/", -1)) {
            if (!inode.isDirectory()) {
                return null;
            }
            inode = inode.entries().get(name);
            if (inode == null) {
                return null;
            }
        }
        return inode;
    }

    /** Whether {@code inode} is {@code ancestor} or below it. */
    static boolean isWithin(Inode inode, Inode ancestor) {
        for (Inode i = inode; i != null; i = i.parent) {
            if (i == ancestor) {
                return true;
            }
        }
        return false;
    }

    /** Makes an inode with the mount's defaults and puts it at {@code parent/name}, which must be free. */
    Inode insert(Inode parent, String name, FileKind kind) {
        Inode inode = newInode(kind, name);
        inodes.put(inode.ino, inode);
        attach(inode, parent, name);
        return inode;
    }

    private Inode newInode(FileKind kind, String name) {
        Inode inode = new Inode(nextIno++, kind, name, now());
        inode.uid = settings.uid();
        inode.gid = settings.gid();
        inode.permissions = settings.permissions(kind);
        return inode;
    }

    private static void attach(Inode inode, Inode parent, String name) {
        Inode before = parent.entries().putIfAbsent(name, inode);
        if (before != null) {
            throw new IllegalStateException("name taken: " + name);
        }
        inode.parent = parent;
        inode.name = name;
        if (inode.isDirectory()) {
            parent.nlink++;
        }
    }

    private static void detach(Inode inode) {
        Inode parent = inode.parent;
        if (parent == null) {
            throw new IllegalStateException("inode " + inode.ino + " has no name");
        }
        parent.entries().remove(inode.name, inode);
        if (inode.isDirectory()) {
            parent.nlink--;
        }
        inode.parent = null;
    }

    /** Gives the inode another place; the place must be free. */
    void move(Inode inode, Inode newParent, String newName) {
        detach(inode);
        attach(inode, newParent, newName);
    }

    /** Takes the name away. The inode stays as an orphan while it is open or the kernel knows it. */
    void unlink(Inode inode) {
        detach(inode);
        inode.nlink = 0;
        dirty.remove(inode);
        dropIfUnreferenced(inode);
    }

    /** Forgets an inode that has no name, no handle and no lookup. */
    boolean dropIfUnreferenced(Inode inode) {
        if (inode.isLinked() || inode.openHandles.get() > 0 || inode.nlookup.get() > 0) {
            return false;
        }
        return inodes.remove(inode.ino, inode);
    }

    /** Forgets a named inode altogether; the parent's listing no longer counts as complete. */
    void evict(Inode inode) {
        Inode parent = inode.parent;
        goneNames.forgotten(path(inode), inode.changeSequence);
        detach(inode);
        inode.nlink = 0;
        inodes.remove(inode.ino, inode);
        if (parent != null) {
            parent.childrenLoaded = false;
        }
    }

    /** The Hub has a file here: directories made in this mount exist there too, and others may add to them. */
    static void nowOnHub(Inode file) {
        for (Inode up = file.parent; up != null && !up.childrenFromRemote; up = up.parent) {
            up.childrenFromRemote = true;
        }
    }

    /** One more change that the Hub does not have. */
    void markDirty(Inode inode, Instant now) {
        if (inode.dirtyGeneration == 0) {
            inode.dirtySince = now;
            inode.dirtySequence = tick();
        }
        inode.stagingIsCurrent = false;
        inode.restore = null;
        if (inode.dirtyGeneration < Long.MAX_VALUE) {
            inode.dirtyGeneration++;
        }
        if (inode.isLinked()) {
            dirty.note(inode);
        }
        generationsTotal++;
        observer.dirtied();
        inode.lastChange = now;
        inode.localSequence++;
    }

    /** Clean again. */
    void markClean(Inode inode) {
        inode.dirtyGeneration = 0;
        inode.cannotSucceed = false;
        inode.restore = null;
        dirty.remove(inode);
    }

    /** A dirty file has been waiting since {@code since} only: what was older is published. */
    void redate(Inode inode, Instant since) {
        inode.dirtySince = since;
        if (dirty.contains(inode)) {
            dirty.note(inode);
        }
    }

    /** Files that are dirty and have a name. */
    Collection<Inode> dirty() {
        return dirty.files();
    }

    /** Their sums. */
    DirtyTotals dirtyTotals() {
        return dirty.totals();
    }

    /** Changes counted since the mount began. */
    long generationsTotal() {
        return generationsTotal;
    }

    /** How many inodes were ever made: grows as memory does. */
    long made() {
        return nextIno;
    }

    /** Somebody looks at a name in the directory; the shared lock is enough. */
    void used(Inode directory) {
        if (directory.lastUsed != nextIno) {
            directory.lastUsed = nextIno;
        }
    }

    /** Number of inodes. */
    int count() {
        return inodes.size();
    }

    /** All inodes. */
    Collection<Inode> all() {
        return inodes.values();
    }

    /** The path of {@code name} below {@code directory}. */
    String childPath(Inode directory, String name) {
        return RemotePath.join(path(directory), name);
    }

    /** Whether a file below {@code inode}, or it itself, is dirty or open, or a local-only entry is there. */
    static boolean isProtected(Inode inode) {
        if (inode.isDirty() || inode.openHandles.get() > 0 || inode.kind == FileKind.SYMLINK || inode.keptLocally) {
            return true;
        }
        if (!inode.pendingDeletes.isEmpty()) {
            return true;
        }
        if (inode.isDirectory()) {
            for (Inode child : inode.entries().values()) {
                if (isProtected(child)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Checks everything; for tests. */
    boolean checkInvariants() {
        deletes.checkInvariants();
        dirty.checkInvariants();
        for (Inode inode : inodes.values()) {
            assert inode.checkInvariants();
            assert !inode.isDirty() || !inode.isLinked() || dirty.contains(inode)
                    : "not in the dirty set: " + inode.ino;
            Inode parent = inode.parent;
            assert parent == null || parent.entries().get(inode.name) == inode : "parent of " + inode.ino;
        }
        return true;
    }
}
