package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.fs.MemoryHub.Fault;
import io.hfmount.agent.fs.ModelTree.Name;
import io.hfmount.agent.fs.ModelTree.Node;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.hub.HubEntry;
import io.hfmount.model.RemotePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What programs, the poller and the flush do with a file system, each on a plain tree too: a deed that is refused changes
 * nothing in the tree, one that succeeds counts from then on. Any number may act at once, but never on the same name.
 */
final class ModelledDeeds {
    private static final List<String> FILE_NAMES = List.of("x", "y", "z");
    private static final List<String> DIRECTORY_NAMES = List.of("d", "e", "f");
    private static final int OVERWRITE_FLAGS = 01001;

    private record Opened(long handle, Node node) {}

    private final FsHarness fs;
    private final MeddledHub hub;
    private final Consumer<String> log;
    private final ReentrantLock polls = new ReentrantLock();
    private final ReentrantLock flushes = new ReentrantLock();

    // Guarded by this.
    private final ModelTree model = new ModelTree();
    private final List<Opened> opened = new ArrayList<>();
    private int written;

    /** Whether what is seen may lag behind what is: after something happened in the middle, until the next poll. */
    private volatile boolean lags;

    ModelledDeeds(FsHarness fs, MeddledHub hub, Consumer<String> log) {
        this.fs = fs;
        this.hub = hub;
        this.log = log;
    }

    /** A directory with three files, published; all is listed, so that polls have something to compare. */
    void begin() throws FsException {
        fs.mkdir("d");
        Node directory = with(() -> model.make(new Name(model.root, "d"), true));
        for (String name : FILE_NAMES) {
            put(new Name(directory, name), false);
        }
        flush();
        fs.fs.preload();
    }

    /** From now on deeds may be refused, until {@link #caughtUp}. */
    void lag() {
        lags = true;
    }

    /** All has been published and polled: what is seen is what is. */
    void caughtUp() {
        lags = false;
    }

    /** The bytes of all files by path. */
    Map<String, byte[]> files() {
        return with(model::files);
    }

    /** Does it, unless somebody acts on the same just now. */
    void perform(ModelAction action, int a, int b) throws Exception {
        try {
            switch (action) {
                case MOVE_DIRECTORY -> move(pick(true, a), name(DIRECTORY_NAMES, b));
                case MOVE_FILE -> move(pick(false, a), name(FILE_NAMES, b));
                case PUT -> put(name(FILE_NAMES, a), false);
                case PUT_OPEN -> put(name(FILE_NAMES, a), true);
                case WRITE_OPEN -> writeOpen(a);
                case CLOSE -> close(a);
                case OVERWRITE -> write(pick(false, a), OpenFlags.fromLinux(OVERWRITE_FLAGS), true);
                case APPEND -> write(pick(false, a), OpenFlags.READ_WRITE, false);
                case UNLINK -> unlink(pick(false, a));
                case MKDIR -> mkdir(name(DIRECTORY_NAMES, a));
                case RMDIR -> rmdir(pick(true, a));
                case READ -> read(pick(false, a));
                case LIST -> fs.names(somePath(true, a));
                case LOOK -> look(somePath(false, a));
                case FORGET -> fs.forget(somePath(false, a));
                case LINK -> link(pick(false, a), name(FILE_NAMES, b));
                case POLL -> poll();
                case FLUSH -> flush();
                case HUB_LOSES_ANSWER -> fault(Fault.LOST_AFTER);
                case HUB_LOSES_REQUEST -> fault(Fault.LOST_BEFORE);
                case HUB_REFUSES -> fault(Fault.REFUSED);
            }
        } catch (FsException refused) {
            log.accept("  refused " + action + ": " + refused.getMessage());
            if (!lags) {
                throw refused;
            }
        }
    }

    // --- what to act on ---

    private synchronized Node pick(boolean directory, int i) {
        List<Node> all = model.free(node -> node.isDirectory == directory);
        return all.isEmpty() ? null : all.get(i % all.size());
    }

    private synchronized Name name(List<String> names, int i) {
        List<Node> all = model.directories();
        return new Name(all.get(i / names.size() % all.size()), names.get(i % names.size()));
    }

    private synchronized String somePath(boolean directory, int i) {
        Node node = pick(directory, i);
        return node == null ? "" : node.path();
    }

    private synchronized Opened pickOpened(int i) {
        return opened.isEmpty() ? null : opened.get(i % opened.size());
    }

    private synchronized byte[] fresh() {
        byte[] bytes = new byte[1 + written % 7];
        Arrays.fill(bytes, (byte) ++written);
        bytes[0] = (byte) (written >> 8);
        return bytes;
    }

    @FunctionalInterface
    private interface Deed {
        void run() throws FsException;
    }

    private void holding(Deed deed, Object... wanted) throws FsException {
        synchronized (this) {
            if (!model.hold(wanted)) {
                return;
            }
        }
        try {
            deed.run();
        } finally {
            synchronized (this) {
                model.letGo(wanted);
            }
        }
    }

    private synchronized <T> T with(Supplier<T> look) {
        return look.get();
    }

    // --- actions ---

    private void move(Node node, Name to) throws FsException {
        if (node == null || !with(() -> model.mayMove(node, to))) {
            return;
        }
        Node there = with(() -> to.directory().children.get(to.name()));
        Object[] wanted = there == null ? new Object[] {node, to} : new Object[] {node, to, there};
        holding(
                () -> {
                    String from = with(node::path);
                    String target = with(to::path);
                    log.accept("  moves " + from + " to " + target);
                    fs.rename(from, target);
                    synchronized (this) {
                        log.accept("  moved " + from + " to " + target);
                        model.move(node, to);
                    }
                },
                wanted);
    }

    private void put(Name name, boolean keepOpen) throws FsException {
        if (!with(() -> model.mayMake(name))) {
            return;
        }
        holding(
                () -> {
                    long handle = fs.create(with(name::path));
                    Node node = with(() -> model.make(name, false));
                    append(handle, node);
                    if (keepOpen) {
                        synchronized (this) {
                            opened.add(new Opened(handle, node));
                        }
                    } else {
                        fs.close(handle);
                    }
                },
                name);
    }

    private void append(long handle, Node node) throws FsException {
        byte[] more = fresh();
        byte[] before = with(() -> node.bytes);
        byte[] next = Arrays.copyOf(before, before.length + more.length);
        System.arraycopy(more, 0, next, before.length, more.length);
        fs.write(handle, before.length, more);
        synchronized (this) {
            node.bytes = next;
        }
    }

    private void write(Node node, OpenFlags flags, boolean truncates) throws FsException {
        if (node != null) {
            holding(
                    () -> {
                        long handle = fs.open(with(node::path), flags);
                        if (truncates) {
                            synchronized (this) {
                                node.bytes = new byte[0];
                            }
                        }
                        append(handle, node);
                        fs.fs.release(0, handle);
                    },
                    node);
        }
    }

    private void writeOpen(int i) throws FsException {
        Opened file = pickOpened(i);
        if (file != null) {
            holding(() -> append(file.handle(), file.node()), file.node());
        }
    }

    private void close(int i) throws FsException {
        Opened file = pickOpened(i);
        if (file != null) {
            holding(
                    () -> {
                        if (with(() -> opened.remove(file))) {
                            fs.fs.release(0, file.handle());
                        }
                    },
                    file.node());
        }
    }

    private void unlink(Node node) throws FsException {
        if (node != null) {
            holding(
                    () -> {
                        log.accept("  removes " + with(node::path));
                        fs.unlink(with(node::path));
                        synchronized (this) {
                            model.remove(node);
                        }
                    },
                    node);
        }
    }

    /** A copy by hash of what is published; what is not, is refused. */
    private void link(Node node, Name name) throws FsException {
        if (node != null && with(() -> model.mayMake(name))) {
            holding(
                    () -> {
                        long ino = fs.walk(with(node::path)).ino();
                        long parent = fs.parent(with(name::path));
                        Errno refused = FsHarness.errno(() -> fs.fs.link(ino, parent, name.name()));
                        if (refused == null) {
                            with(() -> model.make(name, false)).bytes = node.bytes;
                        } else if (refused != Errno.EOPNOTSUPP) {
                            throw new FsException(refused, "no copy by hash");
                        }
                    },
                    node,
                    name);
        }
    }

    /** The next batch meets it; what needs the Hub at once may be refused. */
    private void fault(Fault fault) {
        lags = true;
        hub.fault(fault);
    }

    private void mkdir(Name name) throws FsException {
        if (with(() -> model.mayMake(name))) {
            holding(
                    () -> {
                        fs.mkdir(with(name::path));
                        with(() -> model.make(name, true));
                    },
                    name);
        }
    }

    private void rmdir(Node node) throws FsException {
        if (node != null && with(() -> node.children.isEmpty())) {
            holding(
                    () -> {
                        fs.rmdir(with(node::path));
                        synchronized (this) {
                            assertThat(node.children)
                                    .as("removed with its files")
                                    .isEmpty();
                            model.remove(node);
                        }
                    },
                    node);
        }
    }

    /** Held by nobody else, a file has the bytes it was given. */
    private void read(Node node) throws FsException {
        if (node != null) {
            holding(() -> assertThat(fs.cat(with(node::path))).isEqualTo(with(() -> node.bytes)), node);
        }
    }

    /** A name that is no longer fresh. */
    private void look(String path) throws FsException {
        fs.advance(Duration.ofMinutes(10));
        fs.walk(path);
    }

    /** As the poller does it: what a listing lacks is asked for by name before it counts as gone (H-50). */
    void poll() throws FsException {
        if (!polls.tryLock()) {
            return;
        }
        try {
            RemoteView view = fs.fs.remoteView();
            view.roundBegins(true);
            for (String directory : view.loadedDirectories()) {
                long asOf = view.ask();
                List<HubEntry> entries = hub.list(directory, false);
                List<String> missing = view.missing(directory, entries, asOf).stream()
                        .map(name -> RemotePath.join(directory, name))
                        .toList();
                Set<String> there =
                        missing.isEmpty() ? Set.of() : hub.pathsInfo(missing).keySet();
                view.merge(
                        directory,
                        entries,
                        missing.stream()
                                .filter(path -> !there.contains(path))
                                .map(RemotePath::name)
                                .collect(Collectors.toSet()),
                        asOf);
            }
        } finally {
            polls.unlock();
        }
    }

    void flush() {
        if (flushes.tryLock()) {
            try {
                fs.flush.flushAll();
            } finally {
                flushes.unlock();
            }
        }
    }

    /** Closes all files, which have their bytes till then. */
    void closeAll() throws FsException {
        for (Opened file : opened) {
            assertThat(fs.read(file.handle(), 0, 1000)).as("an open file").isEqualTo(file.node().bytes);
            fs.fs.release(0, file.handle());
        }
        opened.clear();
    }
}
