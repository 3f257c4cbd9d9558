package io.hfmount.agent.fs;

import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CreateResult;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.RemotePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** A {@link MountFileSystem} on a {@link MemoryHub}, driven by paths as a kernel would drive it. */
final class FsHarness implements AutoCloseable {
    final MemoryHub hub = new MemoryHub();
    final ManualFlush flush;
    final MountFileSystem fs;
    final StagingArea area;
    private final Path directory;
    /** Runs whenever the file system looks at the clock: in the middle of a change. */
    Runnable onClock = () -> {};

    Instant now = Instant.parse("2026-06-01T00:00:00Z");

    FsHarness() {
        this(FsSettings.defaults(0, 0));
    }

    FsHarness(FsSettings settings) {
        this(settings, hub -> hub);
    }

    /** With something of a test's around the Hub. */
    <H extends RemoteTree & CommitLane & ContentAccess> FsHarness(FsSettings settings, Function<MemoryHub, H> around) {
        H seen = around.apply(hub);
        flush = new ManualFlush(hub, seen);
        try {
            directory = Files.createTempDirectory("fs-harness");
            area = StagingArea.open(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        fs = new MountFileSystem(new MountFileSystem.Parts(
                settings,
                () -> {
                    onClock.run();
                    return now;
                },
                area,
                seen,
                seen,
                seen,
                flush,
                e -> new FsException(Errno.EAGAIN, "hub", e),
                FsObserver.NONE));
        flush.publication = fs.publication();
    }

    /** What the file system answers to a refused call. */
    static Errno errno(Refused action) {
        try {
            action.run();
            return null;
        } catch (FsException e) {
            return e.errno();
        }
    }

    @FunctionalInterface
    interface Refused {
        void run() throws FsException;
    }

    /** Gives back all lookups that the kernel may hold of a file. */
    void forget(String path) throws FsException {
        fs.forget(walk(path).ino(), Long.MAX_VALUE);
    }

    Inode inode(String path) throws FsException {
        return fs.inode(walk(path).ino());
    }

    boolean isDirty(String path) {
        return flush.publication.dirtyFiles().stream().anyMatch(f -> f.path().equals(path));
    }

    boolean exists(String path) throws FsException {
        Errno errno = errno(() -> walk(path));
        if (errno != null && errno != Errno.ENOENT) {
            throw new FsException(errno, path);
        }
        return errno == null;
    }

    void advance(Duration time) {
        now = now.plus(time);
    }

    Attributes walk(String path) throws FsException {
        Attributes at = fs.getattr(1);
        if (path.isEmpty()) {
            return at;
        }
        for (String name : path.split("/")) {
            at = fs.lookup(at.ino(), name, Wait.ALLOWED);
        }
        return at;
    }

    long parent(String path) throws FsException {
        return walk(RemotePath.parent(path)).ino();
    }

    long create(String path) throws FsException {
        CreateResult created = fs.create(parent(path), RemotePath.name(path), 0644, OpenFlags.READ_WRITE, Caller.SELF);
        return created.open().handle();
    }

    long open(String path, OpenFlags flags) throws FsException {
        return fs.open(walk(path).ino(), flags, Caller.SELF).handle();
    }

    void write(long handle, long offset, byte[] bytes) throws FsException {
        if (tryWrite(handle, offset, bytes) != bytes.length) {
            throw new FsException(Errno.EIO, "short write");
        }
    }

    /** Bytes that were taken. */
    int tryWrite(long handle, long offset, byte[] bytes) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
            data.copyFrom(MemorySegment.ofArray(bytes));
            return fs.write(0, handle, offset, data, Wait.ALLOWED);
        }
    }

    byte[] read(long handle, long offset, int length) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(Math.max(1, length)).asSlice(0, length);
            int n = fs.read(0, handle, offset, target, Wait.ALLOWED);
            return target.asSlice(0, n).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        }
    }

    void close(long handle) throws FsException {
        try {
            fs.flush(0, handle, Caller.SELF);
        } finally {
            fs.release(0, handle);
        }
    }

    void put(String path, byte[] bytes) throws FsException {
        long handle = create(path);
        write(handle, 0, bytes);
        close(handle);
    }

    void overwrite(String path, byte[] bytes) throws FsException {
        long handle = open(path, OpenFlags.fromLinux(01 | 01000));
        write(handle, 0, bytes);
        fs.release(0, handle); // an error of an earlier flush is not this write's
    }

    byte[] cat(String path) throws FsException {
        Attributes at = walk(path);
        long handle = fs.open(at.ino(), OpenFlags.READ_ONLY, Caller.SELF).handle();
        try {
            return read(handle, 0, (int) at.size() + 10);
        } finally {
            fs.release(0, handle);
        }
    }

    void truncate(String path, long size) throws FsException {
        fs.setattr(walk(path).ino(), AttributeChange.ofSize(size));
    }

    void rename(String from, String to) throws FsException {
        fs.rename(parent(from), RemotePath.name(from), parent(to), RemotePath.name(to), false, false);
    }

    void unlink(String path) throws FsException {
        fs.unlink(parent(path), RemotePath.name(path));
    }

    void mkdir(String path) throws FsException {
        fs.mkdir(parent(path), RemotePath.name(path), 0755, Caller.SELF);
    }

    void rmdir(String path) throws FsException {
        fs.rmdir(parent(path), RemotePath.name(path));
    }

    /** All files as a program would find them, by readdir and read. */
    TreeMap<String, byte[]> tree() throws FsException {
        TreeMap<String, byte[]> all = new TreeMap<>();
        collect("", 1, all);
        return all;
    }

    TreeMap<String, FileKind> names(String directory) throws FsException {
        long ino = walk(directory).ino();
        long handle = fs.opendir(ino).handle();
        TreeMap<String, FileKind> names = new TreeMap<>();
        fs.readdir(ino, handle, 0, false, (name, i, kind, next, attributes) -> {
            if (!name.equals(".") && !name.equals("..")) {
                names.put(name, kind);
            }
            return true;
        });
        fs.releasedir(ino, handle);
        return names;
    }

    private void collect(String path, long ino, TreeMap<String, byte[]> all) throws FsException {
        for (var entry : names(path).entrySet()) {
            String child = RemotePath.join(path, entry.getKey());
            if (entry.getValue() == FileKind.DIRECTORY) {
                collect(child, 0, all);
            } else {
                all.put(child, cat(child));
            }
        }
    }

    /** A round of the poller: everything that is loaded is listed and merged. One at a time, as the poller does. */
    synchronized void poll() throws FsException {
        RemoteView view = fs.remoteView();
        view.roundBegins(true);
        for (String directory : view.loadedDirectories()) {
            long asOf = view.ask();
            var entries = hub.list(directory, false);
            view.merge(directory, entries, view.missing(directory, entries, asOf), asOf);
        }
    }

    @Override
    public void close() {
        fs.checkInvariants();
        fs.abandon();
        try {
            area.close();
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
