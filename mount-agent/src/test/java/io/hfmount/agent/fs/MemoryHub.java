package io.hfmount.agent.fs;

import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/** A strict Hub and content store in memory, as the file system sees them, with scripted faults of the batch call. */
final class MemoryHub implements RemoteTree, CommitLane, ContentAccess {
    /** What happens to a batch. */
    enum Fault {
        /** Nothing is applied, the caller knows. */
        REFUSED,
        /** Applied, but the answer is lost. */
        LOST_AFTER,
        /** Not applied, and no answer. */
        LOST_BEFORE,
        /** The first operation fails by itself. */
        FIRST_FAILS
    }

    final TreeMap<String, HubFile> files = new TreeMap<>();
    final Map<ContentHash, byte[]> content = new ConcurrentHashMap<>();
    final Deque<Fault> faults = new ArrayDeque<>();
    final List<String> calls = new ArrayList<>();
    boolean offline;

    /** Runs before every batch. */
    Runnable onBatch = () -> {};

    /** Runs once after a batch that added something: another client at the worst moment. */
    Runnable afterAdd = () -> {};

    /** Listings show everything whose key begins with the directory's name, as object stores do (H-45). */
    boolean rawPrefixes;

    /** Turns of the lane run one after another, as in a real mount; for tests with threads. */
    boolean serialLane;

    private final Semaphore lane = new Semaphore(1);

    /** Runs before a call is answered; may refuse it. */
    Hook onCall = call -> {};

    /** Runs once after the answer of a subtree's listing was made and before it arrives. */
    Runnable duringTree = () -> {};
    /** What {@link #knows} says of everything. */
    boolean knowsBases = true;

    /** Content reads end so many bytes early, once each. */
    final Deque<Integer> shortReads = new ArrayDeque<>();

    /** Changes what HEAD answers. */
    UnaryOperator<HubFile> headAnswer = UnaryOperator.identity();

    @FunctionalInterface
    interface Hook {
        void before(String call) throws FsException;
    }

    static ContentHash hash(byte[] bytes) {
        if (bytes.length == 0) {
            return ContentHash.ZERO;
        }
        try {
            return ContentHash.fromRaw(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    ContentHash store(byte[] bytes) {
        ContentHash hash = hash(bytes);
        content.put(hash, bytes.clone());
        return hash;
    }

    /** Another client puts a file. */
    void put(String path, byte[] bytes) {
        files.put(path, new HubFile(path, bytes.length, store(bytes), Instant.parse("2026-01-01T00:00:00Z")));
    }

    synchronized HubFile file(String path) {
        return files.get(path);
    }

    byte[] bytes(String path) {
        HubFile file = files.get(path);
        return file == null ? null : content.get(file.hash());
    }

    private void call(String what) throws FsException {
        calls.add(what);
        if (offline) {
            throw new FsException(Errno.EAGAIN, "offline");
        }
        onCall.before(what);
    }

    @Override
    public synchronized HubFile head(String path) throws FsException {
        call("HEAD " + path);
        HubFile file = files.get(path);
        return file == null ? null : headAnswer.apply(file);
    }

    @Override
    public List<HubEntry> listAtMost(String directory, boolean recursive, int most) throws FsException {
        if (!recursive) {
            List<HubEntry> entries = list(directory, false);
            return entries.size() > most ? null : entries;
        }
        List<HubEntry> entries;
        synchronized (this) {
            call("TREE " + directory);
            entries = entries(directory, true);
        }
        Runnable hook = duringTree;
        duringTree = () -> {};
        hook.run();
        return entries.size() > most ? null : entries;
    }

    @Override
    public synchronized List<HubEntry> list(String directory, boolean recursive) throws FsException {
        call("LIST " + directory);
        return entries(directory, recursive);
    }

    private List<HubEntry> entries(String directory, boolean recursive) {
        List<HubEntry> entries = new ArrayList<>();
        TreeSet<String> directories = new TreeSet<>();
        for (HubFile file : files.values()) {
            if (!RemotePath.isBelow(file.path(), directory)) {
                if (rawPrefixes && file.path().startsWith(directory)) {
                    entries.add(new HubEntry.File(file));
                }
                continue;
            }
            String rest = directory.isEmpty() ? file.path() : file.path().substring(directory.length() + 1);
            int slash = rest.indexOf('/');
            if (slash < 0 || recursive) {
                entries.add(new HubEntry.File(file));
            } else {
                directories.add(RemotePath.join(directory, rest.substring(0, slash)));
            }
        }
        directories.forEach(d -> entries.add(new HubEntry.Directory(d)));
        return entries;
    }

    @Override
    public synchronized Map<String, HubFile> pathsInfo(List<String> paths) throws FsException {
        call("INFO " + paths);
        Map<String, HubFile> found = new HashMap<>();
        paths.forEach(p -> {
            if (files.containsKey(p)) {
                found.put(p, files.get(p));
            }
        });
        return found;
    }

    @Override
    public <T> Mono<T> run(Supplier<Mono<T>> turn) {
        if (!serialLane) {
            return Mono.defer(turn);
        }
        return Mono.defer(() -> {
            lane.acquireUninterruptibly();
            return turn.get().doFinally(end -> lane.release());
        });
    }

    @Override
    public Mono<BatchResult> send(List<BatchOperation> operations) {
        return Mono.fromCallable(() -> batch(operations));
    }

    private synchronized BatchResult batch(List<BatchOperation> operations) {
        calls.add("BATCH "
                + operations.stream()
                        .map(op -> (op instanceof BatchOperation.AddFile ? "+" : "-") + op.path())
                        .toList());
        if (offline) {
            throw new HubException(0, false, "offline");
        }
        onBatch.run();
        Fault fault = faults.poll();
        Map<String, String> failures = new HashMap<>();
        if (fault == Fault.REFUSED) {
            throw new HubException(503, false, "refused");
        }
        if (fault == Fault.LOST_BEFORE) {
            throw new HubException(0, true, "lost");
        }
        boolean deletesSeen = false;
        for (int i = 0; i < operations.size(); i++) {
            BatchOperation op = operations.get(i);
            if (i == 0 && fault == Fault.FIRST_FAILS) {
                failures.put(op.path(), "scripted");
                continue;
            }
            switch (op) {
                case BatchOperation.AddFile add -> {
                    if (deletesSeen) {
                        throw new AssertionError("add after delete: " + operations);
                    }
                    byte[] bytes = content.get(add.hash());
                    if (bytes == null && !add.hash().isZero()) {
                        throw new AssertionError("published content that nobody stored: " + add);
                    }
                    long size = bytes == null ? 0 : bytes.length;
                    files.put(add.path(), new HubFile(add.path(), size, add.hash(), add.mtime()));
                }
                case BatchOperation.DeleteFile delete -> {
                    deletesSeen = true;
                    files.remove(delete.path());
                }
            }
        }
        if (!deletesSeen) {
            Runnable hook = afterAdd;
            afterAdd = () -> {};
            hook.run();
        }
        if (fault == Fault.LOST_AFTER) {
            throw new HubException(0, true, "answer lost");
        }
        return new BatchResult(failures);
    }

    @Override
    public boolean knows(ContentHash hash, long size) {
        return knowsBases;
    }

    /** A composition as storage does it: strict about the base, and nothing is padded (H-82). */
    byte[] compose(SealedFile file) throws IOException {
        SealedEdit edit = Objects.requireNonNull(file.edit());
        byte[] base = content.get(edit.base());
        if (base == null || base.length != edit.baseSize()) {
            throw new IOException("no base " + edit.base() + " of " + edit.baseSize() + " bytes");
        }
        ByteArrayOutputStream composed = new ByteArrayOutputStream();
        long at = 0;
        for (BaseEdit change : edit.changes()) {
            if (change.start() < at || change.end() > base.length) {
                throw new AssertionError("overlapping or past the base: " + edit);
            }
            copyBase(file, edit, base, at, change.start(), composed);
            composed.writeBytes(ManualFlush.read(
                    file, change.data().start(), (int) change.data().length()));
            at = change.end();
        }
        copyBase(file, edit, base, at, base.length, composed);
        return composed.toByteArray();
    }

    private static void copyBase(
            SealedFile file, SealedEdit edit, byte[] base, long from, long to, ByteArrayOutputStream composed)
            throws IOException {
        checkHeld(file, edit, base, from, to);
        composed.write(base, (int) from, (int) (to - from));
    }

    /** Whatever the seal says it holds of the base is the base's. */
    private static void checkHeld(SealedFile file, SealedEdit edit, byte[] base, long from, long to)
            throws IOException {
        if (!edit.coverage().intersects(from, to)) {
            return;
        }
        if (!edit.holds(new ByteRange(from, to))) {
            if (to - from > 1) {
                long middle = (from + to) / 2;
                checkHeld(file, edit, base, from, middle);
                checkHeld(file, edit, base, middle, to);
            }
            return;
        }
        byte[] held = ManualFlush.read(file, from, (int) (to - from));
        if (!Arrays.equals(held, 0, held.length, base, (int) from, (int) to)) {
            throw new AssertionError("E3: of " + from + " to " + to + " not all is the base's as is said: " + edit);
        }
    }

    @Override
    public OpenContent open(ContentHash hash, long size) {
        byte[] bytes = hash.isZero() ? new byte[0] : content.get(hash);
        return new OpenContent() {
            @Override
            public int read(long offset, MemorySegment target, Wait wait) throws FsException {
                Integer missing;
                synchronized (MemoryHub.this) {
                    call("READ " + offset + "+" + target.byteSize());
                    missing = shortReads.poll();
                }
                if (missing != null) {
                    return (int) target.byteSize() - missing;
                }
                if (bytes == null || bytes.length != size) {
                    throw new FsException(Errno.EIO, "no such content");
                }
                int n = (int) Math.max(0, Math.min(target.byteSize(), size - offset));
                MemorySegment.copy(MemorySegment.ofArray(bytes), offset, target, 0, n);
                return n;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
        synchronized (this) {
            call("GET " + size);
        }
        byte[] bytes = content.get(hash);
        if (bytes == null || bytes.length != size) {
            throw new FsException(Errno.EIO, "no such content");
        }
        try {
            for (ByteRange part = ByteRange.of(0, Math.min(1000, size)); !part.isEmpty(); ) {
                target.write(part.start(), ByteBuffer.wrap(bytes, (int) part.start(), (int) part.length()));
                part = new ByteRange(part.end(), Math.min(size, part.end() + 1000));
            }
        } catch (IOException e) {
            throw new FsException(Errno.EIO, "target", e);
        }
    }
}
