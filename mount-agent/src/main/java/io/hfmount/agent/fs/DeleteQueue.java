package io.hfmount.agent.fs;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Remote deletes that wait, by path: queued ones go on their own, bound ones with the commit that publishes a renamed
 * file (mount-semantics §2.14, §3.10). A path that is here counts as absent (H-91). At most one delete a path.
 *
 * <p>Guarded by the inode table's lock.
 */
final class DeleteQueue {
    private final TreeMap<String, QueuedDelete> queued = new TreeMap<>();
    private final TreeMap<String, Bound> bound = new TreeMap<>();

    private record Bound(QueuedDelete delete, Inode inode) {}

    /** Queues a delete on its own; joins one that is there already. */
    void queue(String path, Set<ContentHash> expected, long sequence) {
        QueuedDelete delete = new QueuedDelete(path, expected, sequence);
        Bound b = bound.get(path);
        if (b == null) {
            queued.merge(path, delete, DeleteQueue::join);
            return;
        }
        QueuedDelete joined = join(b.delete, delete);
        b.inode.pendingDeletes.remove(b.delete);
        b.inode.pendingDeletes.add(joined);
        bound.put(path, new Bound(joined, b.inode));
    }

    private static QueuedDelete join(QueuedDelete older, QueuedDelete newer) {
        Set<ContentHash> expected = new HashSet<>(older.expected());
        expected.addAll(newer.expected());
        return new QueuedDelete(newer.path(), expected, newer.sequence());
    }

    /** Binds a delete to the next publication of {@code inode}. */
    void bind(Inode inode, String path, Set<ContentHash> expected, long sequence) {
        QueuedDelete before = queued.remove(path);
        QueuedDelete delete = new QueuedDelete(path, expected, sequence);
        if (before != null) {
            delete = join(before, delete);
        }
        Bound old = bound.remove(path);
        if (old != null) {
            old.inode.pendingDeletes.remove(old.delete);
            delete = join(old.delete, delete);
        }
        bound.put(path, new Bound(delete, inode));
        inode.pendingDeletes.add(delete);
    }

    /** Bound deletes of an inode that will not be published go on their own. */
    void unbind(Inode inode) {
        for (QueuedDelete delete : inode.pendingDeletes) {
            bound.remove(delete.path());
            queued.merge(delete.path(), delete, DeleteQueue::join);
        }
        inode.pendingDeletes = new ArrayList<>(0);
    }

    /** Bound deletes of a file that was lost do not go at all: what the Hub has there is all that is left (H-29). */
    void drop(Inode inode) {
        inode.pendingDeletes.forEach(delete -> bound.remove(delete.path()));
        inode.pendingDeletes = new ArrayList<>(0);
    }

    /**
     * Something new is at {@code path}: the delete must not happen any more (H-61).
     *
     * @return what the Hub may still have there
     */
    HubState cancel(String path) {
        QueuedDelete delete = queued.remove(path);
        Bound b = bound.remove(path);
        if (b != null) {
            b.inode.pendingDeletes.remove(b.delete);
            delete = b.delete;
        }
        if (delete == null || delete.expected().isEmpty()) {
            return new HubState.Absent();
        }
        return new HubState.Unknown(delete.expected());
    }

    /** Whether {@code path} counts as absent. */
    boolean isTombstone(String path) {
        return queued.containsKey(path) || bound.containsKey(path);
    }

    /** Whether a delete waits strictly below {@code directory}. */
    boolean anyBelow(String directory) {
        return !below(queued, directory).isEmpty() || !below(bound, directory).isEmpty();
    }

    private static <V> Map<String, V> below(NavigableMap<String, V> map, String directory) {
        // '0' follows '/': the range of all keys that start with "directory/"
        return directory.isEmpty() ? map : map.subMap(directory + "/", true, directory + "0", false);
    }

    /** Whether exactly this queued delete still waits. */
    boolean isQueued(QueuedDelete delete) {
        return delete.equals(queued.get(delete.path()));
    }

    /** Whether exactly this delete still waits, queued or bound. */
    boolean isWaiting(QueuedDelete delete) {
        Bound b = bound.get(delete.path());
        return isQueued(delete) || (b != null && b.delete.equals(delete));
    }

    /** The queued delete has been carried out. */
    void done(QueuedDelete delete) {
        queued.remove(delete.path(), delete);
    }

    /** The bound delete was sent with its file. */
    void sent(Inode inode, QueuedDelete delete) {
        Bound b = bound.get(delete.path());
        if (b != null && b.inode == inode && b.delete.equals(delete)) {
            bound.remove(delete.path());
        }
        inode.pendingDeletes.remove(delete);
    }

    /** All deletes that go on their own. */
    Collection<QueuedDelete> queued() {
        return queued.values();
    }

    @Nullable
    QueuedDelete queuedAt(String path) {
        return queued.get(path);
    }

    /** Number of deletes, bound ones included. */
    int size() {
        return queued.size() + bound.size();
    }

    /** All deletes, bound ones included. */
    List<QueuedDelete> waiting() {
        List<QueuedDelete> all = new ArrayList<>(queued.values());
        bound.values().forEach(b -> all.add(b.delete()));
        return all;
    }

    boolean checkInvariants() {
        for (String path : bound.keySet()) {
            assert !queued.containsKey(path) : "two deletes of " + path;
        }
        bound.forEach((path, b) -> {
            assert b.inode.pendingDeletes.contains(b.delete) : "bound but not pending: " + path;
        });
        return true;
    }
}
