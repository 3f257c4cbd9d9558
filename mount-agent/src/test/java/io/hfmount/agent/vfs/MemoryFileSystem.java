package io.hfmount.agent.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A complete file system in memory, kept small: the reference that a transport is tested with. Every method is
 * synchronized, so that it is right by inspection; what tests need beyond a file system (waiting, failing) is added by
 * subclasses through {@link #beforeRead}.
 */
public class MemoryFileSystem implements FileSystem {
    private static final int NAME_MAX = 255;
    private static final int SIZE_MAX = 256 << 20;

    private static final class Node {
        final long ino;
        final FileKind kind;
        int permissions;
        int nlink = 1;
        int uid;
        int gid;
        long lookups;
        int openCount;
        byte[] content = new byte[0];
        int size;
        String target = "";
        final Map<String, Node> children = new TreeMap<>();
        Node parent;
        /** The name it has or had last; read by tests only. */
        volatile String name = "";

        Instant atime = Instant.now();
        Instant mtime = atime;
        Instant ctime = atime;

        Node(long ino, FileKind kind, int permissions) {
            this.ino = ino;
            this.kind = kind;
            this.permissions = permissions;
            this.nlink = kind == FileKind.DIRECTORY ? 2 : 1;
        }

        void changed() {
            mtime = Instant.now();
            ctime = mtime;
        }

        void resize(long newSize) throws FsException {
            if (newSize > SIZE_MAX) {
                throw new FsException(Errno.EFBIG, "memory files are small");
            }
            int length = (int) newSize;
            if (length > content.length) {
                content = Arrays.copyOf(content, Math.max(length, content.length * 2));
            } else if (length < size) {
                Arrays.fill(content, length, size, (byte) 0);
            }
            size = length;
            changed();
        }
    }

    private record DirectoryEntry(String name, Node node) {}

    private final Map<Long, Node> nodes = new HashMap<>();
    private final Map<Long, Node> openFiles = new HashMap<>();
    private final Map<Long, List<DirectoryEntry>> openDirectories = new HashMap<>();
    private final AtomicLong nextIno = new AtomicLong(ROOT);
    private final AtomicLong nextHandle = new AtomicLong(1);
    private final Node root;
    private volatile long ttlMillis = 1000;
    private int copies;

    /** An empty root that everybody may write. */
    @SuppressWarnings("this-escape")
    public MemoryFileSystem() {
        root = newNode(FileKind.DIRECTORY, 0777);
        root.parent = root;
    }

    /** For tests of invalidation. */
    public void setMetadataTtlMillis(long millis) {
        ttlMillis = millis;
    }

    /** Called before a read of {@code ino}, without a lock held; may throw or wait as {@code wait} allows. */
    protected void beforeRead(long ino, String name, Wait wait) throws FsException {}

    /** Called before a lookup, likewise. */
    protected void beforeLookup(long parent, String name, Wait wait) throws FsException {}

    /** Whether files of this name bypass the page cache. */
    protected boolean bypassesPageCache(String name) {
        return false;
    }

    /** Called before a write, likewise. */
    protected void beforeWrite(long ino, String name, Wait wait) throws FsException {}

    /** Replaces content behind the kernel's back, as a remote change does; the change time moves only if asked to. */
    public synchronized long replaceContent(String nameInRoot, byte[] content, boolean touch) {
        Node node = root.children.get(nameInRoot);
        node.content = content.clone();
        node.size = content.length;
        if (touch) {
            node.changed();
        }
        return node.ino;
    }

    /** Removes a name behind the kernel's back. */
    public synchronized void removeSilently(String nameInRoot) {
        Node node = root.children.remove(nameInRoot);
        node.nlink--;
        collect(node);
    }

    /** Calls of {@link #copyFileRange} that copied; files named {@code bytewise*} refuse to be copied by it. */
    public synchronized int copies() {
        return copies;
    }

    /** File handles that are open. */
    public synchronized int openHandles() {
        return openFiles.size() + openDirectories.size();
    }

    /** Sum of the lookup counts the kernel holds. */
    public synchronized long lookupsHeld() {
        return nodes.values().stream().mapToLong(n -> n.lookups).sum();
    }

    @Override
    public Attributes lookup(long parent, String name, Wait wait) throws FsException {
        beforeLookup(parent, name, wait);
        synchronized (this) {
            return counted(child(directory(parent), name));
        }
    }

    @Override
    public synchronized void forget(long ino, long count) {
        Node node = nodes.get(ino);
        if (node == null) {
            return;
        }
        if (count > node.lookups && node != root) {
            throw new IllegalStateException("forget of " + count + " with " + node.lookups + " lookups held");
        }
        node.lookups = Math.max(0, node.lookups - count);
        collect(node);
    }

    @Override
    public synchronized Attributes getattr(long ino) throws FsException {
        return attributes(node(ino));
    }

    @Override
    public synchronized Attributes setattr(long ino, AttributeChange change) throws FsException {
        Node node = node(ino);
        if (change.size() != null) {
            if (node.kind != FileKind.FILE) {
                throw new FsException(Errno.EISDIR, "not a file");
            }
            node.resize(change.size());
        }
        if (change.permissions() != null) {
            node.permissions = change.permissions();
        }
        if (change.uid() != null) {
            node.uid = change.uid();
        }
        if (change.gid() != null) {
            node.gid = change.gid();
        }
        if (change.atime() != null) {
            node.atime = change.atime();
        }
        if (change.mtime() != null) {
            node.mtime = change.mtime();
        }
        node.ctime = Instant.now();
        return attributes(node);
    }

    @Override
    public synchronized String readlink(long ino) throws FsException {
        Node node = node(ino);
        if (node.kind != FileKind.SYMLINK) {
            throw new FsException(Errno.EINVAL, "not a link");
        }
        return node.target;
    }

    @Override
    public synchronized Attributes mkdir(long parent, String name, int permissions, Caller caller) throws FsException {
        Node made = add(parent, name, FileKind.DIRECTORY, permissions, caller);
        made.parent.nlink++;
        return counted(made);
    }

    @Override
    public synchronized Attributes mknod(long parent, String name, int permissions, Caller caller) throws FsException {
        return counted(add(parent, name, FileKind.FILE, permissions, caller));
    }

    @Override
    public synchronized Attributes symlink(long parent, String name, String target, Caller caller) throws FsException {
        Node made = add(parent, name, FileKind.SYMLINK, 0777, caller);
        made.target = target;
        made.size = target.getBytes(StandardCharsets.UTF_8).length;
        return counted(made);
    }

    @Override
    public synchronized Attributes link(long ino, long newParent, String newName) throws FsException {
        Node source = node(ino);
        if (source.kind != FileKind.FILE) {
            throw new FsException(Errno.EPERM, "only files have second names");
        }
        Node copy = add(newParent, newName, FileKind.FILE, source.permissions, new Caller(source.uid, source.gid, 0));
        copy.content = Arrays.copyOf(source.content, source.size);
        copy.size = source.size;
        return counted(copy);
    }

    @Override
    public synchronized void unlink(long parent, String name) throws FsException {
        Node directory = directory(parent);
        Node node = child(directory, name);
        if (node.kind == FileKind.DIRECTORY) {
            throw new FsException(Errno.EISDIR, name);
        }
        directory.children.remove(name);
        directory.changed();
        node.nlink--;
        node.ctime = Instant.now();
        collect(node);
    }

    @Override
    public synchronized void rmdir(long parent, String name) throws FsException {
        Node directory = directory(parent);
        Node node = child(directory, name);
        removeDirectory(directory, name, node);
    }

    private void removeDirectory(Node directory, String name, Node node) throws FsException {
        if (node.kind != FileKind.DIRECTORY) {
            throw new FsException(Errno.ENOTDIR, name);
        }
        if (!node.children.isEmpty()) {
            throw new FsException(Errno.ENOTEMPTY, name);
        }
        directory.children.remove(name);
        directory.nlink--;
        directory.changed();
        node.nlink = 0;
        collect(node);
    }

    @Override
    public synchronized void rename(
            long parent, String name, long newParent, String newName, boolean noReplace, boolean exchange)
            throws FsException {
        checkName(newName);
        Node from = directory(parent);
        Node to = directory(newParent);
        Node moved = child(from, name);
        Node target = to.children.get(newName);
        if (exchange) {
            if (target == null) {
                throw new FsException(Errno.ENOENT, newName);
            }
            from.children.put(name, target);
            to.children.put(newName, moved);
            target.parent = from;
            moved.parent = to;
            return;
        }
        if (target == moved) {
            return;
        }
        if (target != null) {
            if (noReplace) {
                throw new FsException(Errno.EEXIST, newName);
            }
            if (moved.kind == FileKind.DIRECTORY) {
                removeDirectory(to, newName, target);
            } else if (target.kind == FileKind.DIRECTORY) {
                throw new FsException(Errno.EISDIR, newName);
            } else {
                unlink(newParent, newName);
            }
        }
        from.children.remove(name);
        to.children.put(newName, moved);
        if (moved.kind == FileKind.DIRECTORY) {
            from.nlink--;
            to.nlink++;
        }
        moved.parent = to;
        moved.name = newName;
        moved.ctime = Instant.now();
        from.changed();
        to.changed();
    }

    @Override
    public synchronized OpenResult open(long ino, OpenFlags flags, Caller caller) throws FsException {
        Node node = node(ino);
        if (node.kind != FileKind.FILE) {
            throw new FsException(Errno.EISDIR, "not a file");
        }
        if (flags.truncate()) {
            node.resize(0);
        }
        return opened(node);
    }

    @Override
    public synchronized CreateResult create(long parent, String name, int permissions, OpenFlags flags, Caller caller)
            throws FsException {
        Node node = add(parent, name, FileKind.FILE, permissions, caller);
        Attributes attributes = counted(node);
        return new CreateResult(attributes, opened(node));
    }

    @Override
    public int read(long ino, long handle, long offset, MemorySegment target, Wait wait) throws FsException {
        Node node = handle(handle);
        beforeRead(ino, node.name, wait);
        synchronized (this) {
            int count = (int) Math.clamp(node.size - offset, 0, target.byteSize());
            if (count > 0) {
                MemorySegment.copy(node.content, (int) offset, target, ValueLayout.JAVA_BYTE, 0, count);
            }
            return count;
        }
    }

    @Override
    public int write(long ino, long handle, long offset, MemorySegment data, Wait wait) throws FsException {
        Node node = handle(handle);
        beforeWrite(ino, node.name, wait);
        synchronized (this) {
            long end = offset + data.byteSize();
            if (end > node.size) {
                node.resize(end);
            }
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, node.content, (int) offset, (int) data.byteSize());
            node.changed();
            return (int) data.byteSize();
        }
    }

    @Override
    public void flush(long ino, long handle, Caller caller) throws FsException {
        handle(handle);
    }

    @Override
    public synchronized void release(long ino, long handle) {
        Node node = openFiles.remove(handle);
        if (node == null) {
            throw new IllegalStateException("release of a handle that is not open");
        }
        node.openCount--;
        collect(node);
    }

    @Override
    public void fsync(long ino, long handle, boolean dataOnly) throws FsException {
        handle(handle);
    }

    @Override
    public synchronized OpenResult opendir(long ino) throws FsException {
        Node directory = directory(ino);
        List<DirectoryEntry> snapshot = new ArrayList<>();
        snapshot.add(new DirectoryEntry(".", directory));
        snapshot.add(new DirectoryEntry("..", directory.parent));
        directory.children.forEach((name, node) -> snapshot.add(new DirectoryEntry(name, node)));
        long handle = nextHandle.getAndIncrement();
        openDirectories.put(handle, snapshot);
        return new OpenResult(handle, false, false);
    }

    @Override
    public synchronized void readdir(long ino, long handle, long cookie, boolean plus, DirectorySink sink)
            throws FsException {
        List<DirectoryEntry> entries = openDirectories.get(handle);
        if (entries == null) {
            throw new FsException(Errno.EBADF, "no such directory handle");
        }
        for (int i = (int) cookie; i < entries.size(); i++) {
            DirectoryEntry entry = entries.get(i);
            Node node = entry.node();
            boolean counts = plus && i > 1 && node.nlink > 0;
            Attributes attributes = counts ? counted(node) : null;
            if (!sink.offer(entry.name(), node.ino, node.kind, i + 1L, attributes)) {
                if (counts) {
                    node.lookups--;
                }
                return;
            }
        }
    }

    @Override
    public synchronized void releasedir(long ino, long handle) {
        if (openDirectories.remove(handle) == null) {
            throw new IllegalStateException("release of a directory handle that is not open");
        }
    }

    @Override
    public void fsyncdir(long ino, long handle) {}

    @Override
    public FsStatistics statfs() {
        return new FsStatistics(4096, 1L << 20, 1L << 19, 1L << 20, 1L << 19, NAME_MAX);
    }

    @Override
    public synchronized void fallocate(long ino, long handle, int mode, long offset, long length) throws FsException {
        if (mode != 0) {
            throw new FsException(Errno.EOPNOTSUPP, "only plain preallocation");
        }
        Node node = handle(handle);
        if (offset + length > node.size) {
            node.resize(offset + length);
        }
    }

    @Override
    public synchronized long lseek(long ino, long handle, long offset, int whence) throws FsException {
        Node node = handle(handle);
        if (offset >= node.size) {
            throw new FsException(Errno.ENXIO, "past the end");
        }
        return whence == 3 ? offset : node.size;
    }

    @Override
    public synchronized long copyFileRange(CopyRange range) throws FsException {
        Node from = handle(range.handle());
        Node to = handle(range.toHandle());
        if (from.name.startsWith("bytewise")) {
            throw new FsException(Errno.EOPNOTSUPP, "as asked");
        }
        int count = (int) Math.clamp(from.size - range.offset(), 0, range.length());
        long end = range.toOffset() + count;
        if (end > to.size) {
            to.resize(end);
        }
        System.arraycopy(from.content, (int) range.offset(), to.content, (int) range.toOffset(), count);
        to.changed();
        copies++;
        return count;
    }

    @Override
    public long metadataTtlMillis() {
        return ttlMillis;
    }

    private Node newNode(FileKind kind, int permissions) {
        Node node = new Node(nextIno.getAndIncrement(), kind, permissions);
        nodes.put(node.ino, node);
        return node;
    }

    private Node add(long parent, String name, FileKind kind, int permissions, Caller caller) throws FsException {
        checkName(name);
        Node directory = directory(parent);
        if (directory.children.containsKey(name)) {
            throw new FsException(Errno.EEXIST, name);
        }
        if (directory.nlink == 0) {
            throw new FsException(Errno.ENOENT, "the directory was removed");
        }
        Node node = newNode(kind, permissions);
        node.uid = caller.uid();
        node.gid = caller.gid();
        node.parent = directory;
        node.name = name;
        directory.children.put(name, node);
        directory.changed();
        return node;
    }

    private OpenResult opened(Node node) {
        long handle = nextHandle.getAndIncrement();
        openFiles.put(handle, node);
        node.openCount++;
        return new OpenResult(handle, bypassesPageCache(node.name), false);
    }

    private Attributes counted(Node node) {
        node.lookups++;
        return attributes(node);
    }

    private static Attributes attributes(Node node) {
        return new Attributes(
                node.ino,
                node.kind,
                node.permissions,
                node.nlink,
                node.uid,
                node.gid,
                node.size,
                node.atime,
                node.mtime,
                node.ctime);
    }

    private void collect(Node node) {
        if (node != root && node.nlink == 0 && node.lookups == 0 && node.openCount == 0) {
            nodes.remove(node.ino);
        }
    }

    private Node node(long ino) throws FsException {
        Node node = nodes.get(ino);
        if (node == null) {
            throw new FsException(Errno.ESTALE, "no inode " + ino);
        }
        return node;
    }

    private Node directory(long ino) throws FsException {
        Node node = node(ino);
        if (node.kind != FileKind.DIRECTORY) {
            throw new FsException(Errno.ENOTDIR, "inode " + ino);
        }
        return node;
    }

    private Node child(Node directory, String name) throws FsException {
        checkName(name);
        Node node = directory.children.get(name);
        if (node == null) {
            throw new FsException(Errno.ENOENT, name);
        }
        return node;
    }

    private synchronized Node handle(long handle) throws FsException {
        Node node = openFiles.get(handle);
        if (node == null) {
            throw new FsException(Errno.EBADF, "no handle " + handle);
        }
        return node;
    }

    private static void checkName(String name) throws FsException {
        if (name.getBytes(StandardCharsets.UTF_8).length > NAME_MAX) {
            throw new FsException(Errno.ENAMETOOLONG, name);
        }
    }
}
