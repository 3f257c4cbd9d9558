package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.KernelCache;
import io.hfmount.agent.vfs.Wait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * From libfuse's paths to inodes. Names found are kept, least recently used out first; each {@link Node} holds exactly
 * one lookup of its inode, which is given back when the node is neither kept nor pinned, so lookups and forgets always
 * balance. A kept name is believed for a while, like an entry in the kernel's cache, and asked for again afterwards;
 * names that the file system calls stale are dropped at once.
 *
 * <p>The private names of unlinked open files live here alone, as long as the file is open.
 *
 * <p>Thread-safe. The lock (this) guards the maps and the nodes' counts; the file system is called without it.
 */
final class PathNodes implements KernelCache {
    /** An inode with one lookup held. Its counts are guarded by the table. */
    static final class Node {
        private final long ino;
        private int pins;
        private boolean kept;
        private long checkedAt;

        private Node(long ino) {
            this.ino = ino;
        }

        long ino() {
            return ino;
        }
    }

    /** A pinned node, with attributes that are fresh. */
    record Found(Node node, Attributes attributes) {}

    /** A name in a pinned directory. */
    record Place(Node directory, EntryName name) {}

    private final FileSystem fileSystem;
    private final int capacity;
    private final long believedNanos;
    private final LongSupplier clock;
    private final Node root = new Node(FileSystem.ROOT);
    private final LinkedHashMap<EntryName, Node> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<EntryName, Node> hidden = new HashMap<>();
    /** How often names were dropped: a name looked up before a drop may be the one dropped, and is not kept. */
    private long drops;

    /**
     * @param capacity most names kept
     * @param believedNanos how long a kept name is believed
     * @param clock nanoseconds, as {@link System#nanoTime}
     */
    PathNodes(FileSystem fileSystem, int capacity, long believedNanos, LongSupplier clock) {
        this.fileSystem = fileSystem;
        this.capacity = capacity;
        this.believedNanos = believedNanos;
        this.clock = clock;
        root.pins = 1; // the root is never looked up, so nothing is to be given back
    }

    /** The node at {@code path}, pinned; {@link #unpin} it. */
    Node pin(String path) throws FsException {
        requireText(path);
        return walk(path, path.length());
    }

    /** The node at {@code path}, pinned, after asking the file system for its attributes now. */
    Found pinFresh(String path) throws FsException {
        requireText(path);
        if (isRoot(path)) {
            return new Found(pinned(root), fileSystem.getattr(FileSystem.ROOT));
        }
        Place place = parentOf(path);
        try {
            return pinFresh(place.name());
        } finally {
            unpin(place.directory());
        }
    }

    /** The node of {@code name}, whose directory is pinned, likewise. */
    Found pinFresh(EntryName name) throws FsException {
        return name.isPrivate() ? freshHidden(name) : lookUp(name);
    }

    private Found freshHidden(EntryName name) throws FsException {
        Node node = pinHidden(name, Errno.ENOENT); // what libfuse wants to hear of a name that is free
        boolean done = false;
        try {
            Found found = new Found(node, fileSystem.getattr(node.ino));
            done = true;
            return found;
        } finally {
            if (!done) {
                unpin(node);
            }
        }
    }

    /** The last name of {@code path} and its directory, pinned. */
    Place parentOf(String path) throws FsException {
        requireText(path);
        int slash = path.lastIndexOf('/');
        if (slash < 0 || slash == path.length() - 1) {
            throw new FsException(Errno.EINVAL, "not the path of an entry");
        }
        Node directory = walk(path, slash);
        return new Place(directory, new EntryName(directory.ino, path.substring(slash + 1)));
    }

    /** Unpins; the lookup goes back if nobody needs the node any more. */
    void unpin(Node node) {
        boolean over;
        synchronized (this) {
            node.pins--;
            assert node.pins >= 0 : "unpinned more often than pinned";
            over = node.pins == 0 && !node.kept;
        }
        if (over) {
            fileSystem.forget(node.ino, 1);
        }
    }

    /**
     * Takes over the lookup that a call counted for a new entry, and pins its node.
     *
     * @param dropsBefore {@link #drops()} from before the call
     */
    Node adopt(EntryName name, long ino, long dropsBefore) {
        List<Node> over = new ArrayList<>(1);
        boolean surplus = false;
        Node node;
        synchronized (this) {
            node = entries.get(name);
            if (node != null && node.ino == ino) {
                surplus = true;
            } else {
                node = new Node(ino);
                if (drops == dropsBefore) {
                    node.kept = true;
                    release(entries.put(name, node), over);
                    evict(over);
                }
            }
            node.pins++;
            node.checkedAt = clock.getAsLong();
        }
        if (surplus) {
            fileSystem.forget(ino, 1);
        }
        forget(over);
        return node;
    }

    synchronized long drops() {
        return drops;
    }

    /** The name is gone, or leads elsewhere now. */
    void drop(EntryName name) {
        List<Node> over = new ArrayList<>(1);
        synchronized (this) {
            drops++;
            release(entries.remove(name), over);
        }
        forget(over);
    }

    /** Keeps {@code node}, unlinked and open, reachable under the private {@code name}. */
    synchronized void hide(EntryName name, Node node) {
        node.pins++;
        Node before = hidden.put(name, node);
        assert before == null : "libfuse made a private name twice";
    }

    /** The last handle of the inode was closed, or libfuse removes the private name: it ends. */
    void unhide(long ino) {
        List<Node> ended = new ArrayList<>(1);
        synchronized (this) {
            if (hidden.isEmpty()) {
                return;
            }
            for (Iterator<Node> all = hidden.values().iterator(); all.hasNext(); ) {
                Node node = all.next();
                if (node.ino == ino) {
                    all.remove();
                    ended.add(node);
                }
            }
        }
        ended.forEach(this::unpin);
    }

    /** Gives everything back; no call runs any more. */
    void close() {
        List<Node> over = new ArrayList<>();
        synchronized (this) {
            drops++;
            entries.values().forEach(node -> release(node, over));
            entries.clear();
            for (Node node : hidden.values()) {
                node.pins--;
                release(node, over);
            }
            hidden.clear();
        }
        forget(over);
    }

    @Override
    public void invalidatePages(long ino) {
        // Beyond this engine: libfuse keeps its node ids to itself. The next open drops the pages.
    }

    @Override
    public void invalidateAttributes(long ino) {
        // Likewise; they expire.
    }

    @Override
    public void invalidateEntry(long parent, String name) {
        drop(new EntryName(parent, name));
    }

    private Node walk(String path, int end) throws FsException {
        Node at = pinned(root);
        int from = 1;
        while (from < end) {
            int slash = path.indexOf('/', from);
            int to = slash < 0 || slash > end ? end : slash;
            EntryName name = new EntryName(at.ino, path.substring(from, to));
            Node next;
            try {
                next = step(name);
            } finally {
                unpin(at);
            }
            at = next;
            from = to + 1;
        }
        return at;
    }

    private Node step(EntryName name) throws FsException {
        if (name.isPrivate()) {
            // The kernel still takes a name for the inode that had a private one: it looks the name up again.
            return pinHidden(name, Errno.ESTALE);
        }
        synchronized (this) {
            Node kept = entries.get(name);
            if (kept != null && clock.getAsLong() - kept.checkedAt < believedNanos) {
                kept.pins++;
                return kept;
            }
        }
        return lookUp(name).node();
    }

    private Found lookUp(EntryName name) throws FsException {
        long before = drops();
        Attributes attributes;
        try {
            attributes = fileSystem.lookup(name.parent(), name.name(), Wait.ALLOWED);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                drop(name);
            }
            throw e;
        }
        return new Found(adopt(name, attributes.ino(), before), attributes);
    }

    private synchronized Node pinHidden(EntryName name, Errno otherwise) throws FsException {
        Node node = hidden.get(name);
        if (node == null) {
            throw new FsException(otherwise, "no such private name");
        }
        return pinned(node);
    }

    private synchronized Node pinned(Node node) {
        node.pins++;
        return node;
    }

    private void evict(List<Node> over) {
        Iterator<Node> oldest = entries.values().iterator();
        while (entries.size() > capacity) {
            Node node = oldest.next();
            oldest.remove();
            release(node, over);
        }
    }

    /** No longer kept. */
    private static void release(@Nullable Node node, List<Node> over) {
        if (node != null) {
            node.kept = false;
            if (node.pins == 0) {
                over.add(node);
            }
        }
    }

    private void forget(List<Node> over) {
        over.forEach(node -> fileSystem.forget(node.ino, 1));
    }

    private static boolean isRoot(String path) {
        return path.equals("/");
    }

    /** The library replaces what is not UTF-8, so that distinct names would become one: those are refused. */
    private static void requireText(String path) throws FsException {
        if (path.indexOf('\uFFFD') >= 0) {
            throw new FsException(Errno.EILSEQ, "the name is not UTF-8, or holds the character U+FFFD");
        }
        if (!path.startsWith("/")) {
            throw new FsException(Errno.EINVAL, "not an absolute path");
        }
    }
}
