package io.hfmount.agent.fs;

import io.hfmount.model.RemotePath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What the files of a mount should be: plain nodes, which keep who they are wherever they move. Who is about to change a
 * node or a name holds it, so that two who act at once never want the same. Not thread-safe.
 */
final class ModelTree {
    final Node root = new Node(null, "", true);
    private final Set<Object> held = new HashSet<>();

    /** A file or a directory. */
    static final class Node {
        final boolean isDirectory;
        final TreeMap<String, Node> children = new TreeMap<>();
        byte[] bytes = new byte[0];
        private Node parent;
        private String name;

        private Node(Node parent, String name, boolean isDirectory) {
            this.parent = parent;
            this.name = name;
            this.isDirectory = isDirectory;
        }

        String path() {
            return parent == null ? name : RemotePath.join(parent.path(), name);
        }

        private boolean isWithin(Node other) {
            return this == other || (parent != null && parent.isWithin(other));
        }
    }

    /** A place for a node. */
    record Name(Node directory, String name) {
        String path() {
            return RemotePath.join(directory.path(), name);
        }
    }

    /** All nodes but the root that {@code wanted} accepts and nobody holds, in order. */
    List<Node> free(Predicate<Node> wanted) {
        List<Node> found = new ArrayList<>();
        collect(root, node -> node != root && !isHeld(node) && wanted.test(node), found);
        return found;
    }

    private static void collect(Node from, Predicate<Node> wanted, List<Node> found) {
        if (wanted.test(from)) {
            found.add(from);
        }
        from.children.values().forEach(child -> collect(child, wanted, found));
    }

    /** All directories, the root too. */
    List<Node> directories() {
        List<Node> found = new ArrayList<>();
        collect(root, node -> node.isDirectory, found);
        return found;
    }

    private boolean isHeld(Node node) {
        return held.contains(node) || held.contains(nameOf(node));
    }

    static Name nameOf(Node node) {
        return new Name(node.parent, node.name);
    }

    /** Whether {@code node} may move to {@code to}: over a file, but not over an empty directory. */
    boolean mayMove(Node node, Name to) {
        Node there = to.directory().children.get(to.name());
        return !held.contains(to)
                && there != node
                && !to.directory().isWithin(node)
                && (there == null || (!there.isDirectory && !node.isDirectory && !isHeld(there)));
    }

    /** Whether something may be made there. */
    boolean mayMake(Name name) {
        return !held.contains(name) && !name.directory().children.containsKey(name.name());
    }

    /** Keeps others off; false, and nothing held, if some of it is held already. */
    boolean hold(Object... wanted) {
        for (Object one : wanted) {
            if (held.contains(one)) {
                return false;
            }
        }
        held.addAll(List.of(wanted));
        return true;
    }

    void letGo(Object... held) {
        for (Object one : held) {
            this.held.remove(one);
        }
    }

    Node make(Name name, boolean isDirectory) {
        Node made = new Node(name.directory(), name.name(), isDirectory);
        name.directory().children.put(name.name(), made);
        return made;
    }

    void remove(Node node) {
        node.parent.children.remove(node.name, node);
    }

    void move(Node node, Name to) {
        remove(node);
        node.parent = to.directory();
        node.name = to.name();
        to.directory().children.put(to.name(), node);
    }

    /** The bytes of all files by path. */
    Map<String, byte[]> files() {
        List<Node> found = new ArrayList<>();
        collect(root, node -> !node.isDirectory, found);
        Map<String, byte[]> files = new TreeMap<>();
        found.forEach(file -> files.put(file.path(), file.bytes));
        return files;
    }
}
