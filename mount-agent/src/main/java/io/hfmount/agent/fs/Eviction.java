package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.KernelCache;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Bounds the inode table (mount-semantics §4.9): above the soft limit, what nobody has looked at for longest goes, a
 * directory's names together, for the next look at one of them lists them all again. What the kernel still knows it is
 * asked to forget; it comes here by {@link Orphans#forget} then. Nothing goes that could not be had from the Hub again.
 * Thread-safe.
 */
final class Eviction {
    /** Part of the limit, as a divisor, that one sweep makes free. */
    private static final int SLACK = 8;

    /** Most names that the kernel is asked to forget by one sweep: a quarter of what its notifier queues. */
    private static final int MOST_ASKED = 16_384;

    /** What the kernel was asked to forget may have been looked up again: it is asked once more after this. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Listings lag behind what we published by seconds: a rename of the directory has to know such files (H-50). */
    private static final Duration RECENT = Duration.ofMinutes(1);

    private final InodeTable table;
    private final Orphans orphans;
    private final Supplier<KernelCache> kernel;
    private final int limit;
    private final AtomicBoolean sweeping = new AtomicBoolean();
    /** Inodes that the last sweep could not let go of; the next waits for growth, or for {@link #PAUSE}. */
    private volatile int leftOver;

    private volatile Instant lastSweep = Instant.EPOCH;

    Eviction(InodeTable table, Orphans orphans, Supplier<KernelCache> kernel) {
        this.table = table;
        this.orphans = orphans;
        this.kernel = kernel;
        this.limit = table.settings().inodeSoftLimit();
    }

    /**
     * Whether a file that nobody refers to can be had again as it is: it is clean and on the Hub, where somebody would look
     * for it, no listing is being read that shows it, and nothing is known of it here alone. Table lock held.
     */
    static boolean mayGo(Inode inode, FsSettings settings) {
        return inode.isFile()
                && !inode.isDirty()
                && inode.edit == null
                && inode.pendingDeletes.isEmpty()
                && inode.lastError == null
                && inode.hubState instanceof HubState.Present
                && isUnreferenced(inode, settings);
    }

    /** The same of a directory of which no name is known. */
    private static boolean mayGoEmpty(Inode directory, FsSettings settings) {
        return directory.isDirectory()
                && directory.entries().isEmpty()
                && directory.childrenFromRemote
                && !directory.keptLocally
                && isUnreferenced(directory, settings);
    }

    private static boolean isUnreferenced(Inode inode, FsSettings settings) {
        Inode parent = inode.parent;
        return inode.nlookup.get() == 0
                && inode.openHandles.get() == 0
                && parent != null
                && parent.childrenFromRemote
                && parent.openHandles.get() == 0
                && !inode.timeIsOwn
                && inode.permissions == settings.permissions(inode.kind)
                && inode.uid == settings.uid()
                && inode.gid == settings.gid();
    }

    /** Makes room if there are too many inodes. Called with no lock held. */
    void sweepIfNeeded() {
        if (limit == 0 || !isDue() || !sweeping.compareAndSet(false, true)) {
            return;
        }
        try {
            sweep();
        } finally {
            sweeping.set(false);
        }
    }

    private boolean isDue() {
        int count = table.reading(table::count);
        return count > limit
                && (count > leftOver + limit / SLACK || !lastSweep.plus(PAUSE).isAfter(table.now()));
    }

    private void sweep() {
        int goal = limit - limit / SLACK;
        List<Inode> directories = table.reading(this::directoriesByUse);
        for (Inode directory : directories) {
            if (table.reading(table::count) <= goal) {
                break;
            }
            List<Inode> gone = table.writing(() -> evictFrom(directory));
            gone.forEach(orphans::dropStaging);
        }
        leftOver = table.reading(table::count);
        lastSweep = table.now();
        askKernel(directories, Math.min(MOST_ASKED, leftOver - goal));
    }

    /** Directories with names in them, those that were used longest ago first, and children before their parents. */
    private List<Inode> directoriesByUse() {
        List<Inode> directories = new ArrayList<>();
        for (Inode inode : table.all()) {
            if (inode.isDirectory() && inode.isLinked() && !inode.entries().isEmpty()) {
                directories.add(inode);
            }
        }
        directories.sort(Comparator.comparingLong((Inode d) -> d.lastUsed).thenComparingLong(d -> -d.ino));
        return directories;
    }

    private List<Inode> evictFrom(Inode directory) {
        List<Inode> gone = new ArrayList<>();
        if (directory.isLinked() && directory.openHandles.get() == 0 && !directory.listing.isLocked()) {
            for (Inode child : directory.entries().values()) {
                if ((mayGo(child, table.settings()) && !isRecent(child)) || mayGoEmpty(child, table.settings())) {
                    gone.add(child);
                }
            }
        }
        gone.forEach(table::evict);
        return gone;
    }

    private boolean isRecent(Inode file) {
        return file.lastChange.plus(RECENT).isAfter(table.now());
    }

    /** Names go from the kernel first: it tells when it no longer needs the inode. */
    private void askKernel(List<Inode> directories, int most) {
        Changes names = new Changes();
        int left = most;
        for (Inode directory : directories) {
            if (left <= 0) {
                break;
            }
            int room = left;
            left -= table.reading(() -> collectKnown(directory, room, names));
        }
        names.send(kernel);
    }

    private static int collectKnown(Inode directory, int room, Changes names) {
        int asked = 0;
        for (Inode child : directory.entries().values()) {
            if (asked == room) {
                break;
            }
            if (child.isFile() && !child.isDirty() && child.openHandles.get() == 0 && child.nlookup.get() > 0) {
                names.entry(directory, child.name);
                asked++;
            }
        }
        return asked;
    }
}
