package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.CopyRange;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/**
 * Random programs against a plain map for the local view and the Hub's own map for the remote one. After each step the
 * Hub holds only content that some program wrote as a whole; at the end both views are equal.
 */
class FileSystemModelTest {
    private static final List<String> FILES =
            List.of("a", "b", "c", "d/x", "d/y", "d/s/z", "e/x", "e/y", "a.tmp", "d/x.tmp");
    private static final List<String> DIRECTORIES = List.of("d", "e", "d/s", "f");

    /** Operations; the integers of a {@link Step} choose among what exists, wrapping around. */
    enum Op {
        CREATE,
        CREATE_OPEN,
        OPEN_WRITE,
        OPEN_READ,
        WRITE,
        WRITE_AGAIN,
        READ,
        READ_PART,
        CLOSE,
        FSYNC,
        TRUNCATE,
        OVERWRITE,
        COPY,
        COPY_AGAIN,
        RENAME,
        RENAME_DIRECTORY,
        UNLINK,
        MKDIR,
        RMDIR,
        FLUSH,
        FLUSH_WITH_FAULT,
        FLUSH_OFFLINE,
        REMOTE_PUT,
        REMOTE_DELETE,
        POLL,
        LINK,
        FALLOCATE,
        UTIMENS,
        FORGET,
        FORGET_ALL,
        WALK,
        WALK_AGAIN,
        FAILING_DELETES,
        REMOTE_PUT_OVER_TOMBSTONE,
        WAIT
    }

    record Step(Op op, int a, int b, int c, Op during) {}

    @Provide
    Arbitrary<List<Step>> programs() {
        Arbitrary<Integer> any = Arbitraries.integers().between(0, 999);
        return Combinators.combine(Arbitraries.of(Op.values()), any, any, any, Arbitraries.of(Op.values()))
                .as(Step::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(70);
    }

    @Property(tries = 400, shrinking = ShrinkingMode.FULL)
    void randomPrograms_localAndRemoteViewsAgree(@ForAll("programs") List<Step> program) {
        run(program, new Run(FsSettings.NEVER_SPARSE));
    }

    /** Every published file is edited sparsely, so holes are the common case. */
    @Property(tries = 400, shrinking = ShrinkingMode.FULL)
    void randomPrograms_onSparseFiles(@ForAll("programs") List<Step> program) {
        run(program, new Run(0));
    }

    /** Files cross the threshold in both directions, and storage has forgotten the plans of all bases. */
    @Property(tries = 200, shrinking = ShrinkingMode.FULL)
    void randomPrograms_aroundTheSparseThreshold(@ForAll("programs") List<Step> program) {
        Run around = new Run(16);
        around.fs.hub.knowsBases = false;
        run(program, around);
    }

    /** The kernel forgets everything after each step, and no clean file stays in memory. */
    @Property(tries = 300, shrinking = ShrinkingMode.FULL)
    void randomPrograms_withNextToNothingInMemory(@ForAll("programs") List<Step> program) {
        Run tight = new Run(FsSettings.defaults(0, 0).withSparseMinSize(16).withInodeSoftLimit(1));
        tight.forgetful = true;
        run(program, tight);
    }

    private static void run(List<Step> program, Run started) {
        try (Run run = started) {
            try {
                for (Step step : program) {
                    if (run.forgetful) {
                        run.fs.advance(Duration.ofSeconds(61));
                        run.forgetAll();
                    }
                    run.apply(step);
                    run.checkRemote();
                }
                run.finish();
            } catch (FsException | RuntimeException e) {
                throw new AssertionError(run.log + ": " + e, e);
            }
        }
    }

    private static final class Content {
        byte[] bytes;

        /** What others replaced by this: readers that stay with it see our own changes all the same (H-86). */
        final Set<Content> older = new HashSet<>();

        Content(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    private record Handle(long number, Content content, boolean writable) {}

    private static final class Run implements AutoCloseable {
        final FsHarness fs;
        final TreeMap<String, Content> local = new TreeMap<>();
        final TreeSet<String> directories = new TreeSet<>();
        final List<Handle> handles = new ArrayList<>();
        final Set<ContentHash> wholeContents = new HashSet<>(Set.of(ContentHash.ZERO));
        final List<String> log = new ArrayList<>();
        boolean inHook;
        boolean forgetful;
        int counter;

        Run(long sparseMinSize) {
            this(FsSettings.defaults(0, 0).withSparseMinSize(sparseMinSize));
        }

        Run(FsSettings settings) {
            fs = new FsHarness(settings);
        }

        void apply(Step step) throws FsException {
            int a = step.a();
            switch (step.op()) {
                case CREATE -> create(file(a), bytes(step), true);
                case CREATE_OPEN -> create(file(a), bytes(step), false);
                case OPEN_WRITE -> open(existing(a), true);
                case OPEN_READ -> open(existing(a), false);
                case WRITE, WRITE_AGAIN -> write(handle(a), step.b() % 50, bytes(step));
                case READ -> read(handle(a));
                case READ_PART -> readPart(handle(a), step.b() % 50, step.c() % 20);
                case CLOSE -> close(handle(a));
                case FSYNC -> fsync(handle(a));
                case TRUNCATE -> truncate(existing(a), step.b() % 40);
                case OVERWRITE -> overwrite(existing(a), bytes(step));
                case COPY, COPY_AGAIN -> copy(existing(a), file(step.b()));
                case RENAME -> rename(existing(a), file(step.b()));
                case RENAME_DIRECTORY ->
                    renameDirectory(
                            pick(new ArrayList<>(directories), a), DIRECTORIES.get(step.b() % DIRECTORIES.size()));
                case UNLINK -> unlink(existing(a));
                case MKDIR -> mkdir(DIRECTORIES.get(a % DIRECTORIES.size()));
                case RMDIR -> rmdir(pick(new ArrayList<>(directories), a));
                case FLUSH -> flush(step, null);
                case FLUSH_WITH_FAULT ->
                    flush(step, MemoryHub.Fault.values()[step.c() % MemoryHub.Fault.values().length]);
                case FLUSH_OFFLINE -> {
                    if (!inHook) {
                        fs.hub.offline = true;
                        fs.flush.flushAll();
                        fs.hub.offline = false;
                    }
                }
                case REMOTE_PUT -> remotePut(file(a), bytes(step));
                case REMOTE_DELETE -> remoteDelete(existing(a));
                case LINK -> link(existing(a), file(step.b()));
                case FALLOCATE -> fallocate(handle(a), step.b(), step.c());
                case UTIMENS -> utimens(existing(a), step.b());
                case FORGET -> forget(existing(a));
                case FORGET_ALL -> forgetAll();
                case WALK, WALK_AGAIN -> walk(step);
                case FAILING_DELETES -> {
                    if (!inHook) {
                        fs.hub.faults.add(MemoryHub.Fault.FIRST_FAILS);
                        fs.flush.deletes();
                        fs.hub.faults.clear();
                    }
                }
                case REMOTE_PUT_OVER_TOMBSTONE -> remotePutOverTombstone(a, bytes(step));
                case POLL -> fs.poll();
                case WAIT -> fs.advance(Duration.ofSeconds(step.a() % 40));
            }
        }

        byte[] bytes(Step step) {
            byte[] bytes = new byte[1 + step.c() % 30];
            Arrays.fill(bytes, (byte) ++counter);
            return bytes;
        }

        static String file(int i) {
            return FILES.get(i % FILES.size());
        }

        String existing(int i) {
            return pick(new ArrayList<>(local.keySet()), i);
        }

        Handle handle(int i) {
            return pick(handles, i);
        }

        static <T> T pick(List<T> list, int i) {
            return list.isEmpty() ? null : list.get(i % list.size());
        }

        void changed(Content content, byte[] bytes) {
            content.bytes = bytes;
            wholeContents.add(MemoryHub.hash(bytes));
            handles.replaceAll(
                    h -> content.older.contains(h.content()) ? new Handle(h.number(), content, h.writable()) : h);
        }

        boolean mayCreate(String path) {
            String parent = RemotePath.parent(path);
            return (parent.isEmpty() || directories.contains(parent))
                    && !local.containsKey(path)
                    && !directories.contains(path);
        }

        void create(String path, byte[] bytes, boolean close) throws FsException {
            log.add("create " + path + (close ? "" : " open"));
            if (!mayCreate(path)) {
                return;
            }
            long number = fs.create(path);
            Content content = new Content(new byte[0]);
            local.put(path, content);
            fs.write(number, 0, bytes);
            changed(content, bytes);
            if (close) {
                fs.close(number);
            } else {
                handles.add(new Handle(number, content, true));
            }
        }

        void open(String path, boolean write) throws FsException {
            log.add("open " + path + (write ? " rw" : " r"));
            if (path != null && handles.size() < 6) {
                long number = fs.open(path, write ? OpenFlags.READ_WRITE : OpenFlags.READ_ONLY);
                handles.add(new Handle(number, local.get(path), write));
            }
        }

        void write(Handle handle, int offset, byte[] bytes) throws FsException {
            if (handle == null || !handle.writable()) {
                return;
            }
            log.add("write " + offset + "+" + bytes.length);
            fs.write(handle.number(), offset, bytes);
            byte[] old = handle.content().bytes;
            byte[] next = Arrays.copyOf(old, Math.max(old.length, offset + bytes.length));
            System.arraycopy(bytes, 0, next, offset, bytes.length);
            changed(handle.content(), next);
        }

        void read(Handle handle) throws FsException {
            if (handle != null) {
                assertThat(fs.read(handle.number(), 0, 500)).as(log.toString()).isEqualTo(handle.content().bytes);
            }
        }

        void readPart(Handle handle, int offset, int length) throws FsException {
            if (handle != null) {
                byte[] bytes = handle.content().bytes;
                int end = Math.min(bytes.length, offset + length);
                assertThat(fs.read(handle.number(), offset, length))
                        .as(log.toString())
                        .isEqualTo(offset >= end ? new byte[0] : Arrays.copyOfRange(bytes, offset, end));
            }
        }

        void close(Handle handle) {
            if (handle != null) {
                handles.remove(handle);
                try {
                    fs.close(handle.number());
                } catch (FsException e) {
                    log.add("close reported " + e.getMessage());
                }
            }
        }

        void fsync(Handle handle) {
            if (handle != null && !inHook) {
                try {
                    fs.fs.fsync(0, handle.number(), false);
                } catch (FsException e) {
                    log.add("fsync reported " + e.getMessage());
                }
            }
        }

        void truncate(String path, int size) throws FsException {
            log.add("truncate " + path + " " + size);
            if (path != null) {
                fs.truncate(path, size);
                changed(local.get(path), Arrays.copyOf(local.get(path).bytes, size));
            }
        }

        void overwrite(String path, byte[] bytes) throws FsException {
            log.add("overwrite " + path);
            if (path != null) {
                fs.overwrite(path, bytes);
                changed(local.get(path), bytes);
                wholeContents.add(ContentHash.ZERO);
            }
        }

        /** As cp does it: by hash, or where that is refused by bytes. */
        void copy(String from, String to) throws FsException {
            log.add("copy " + from + " " + to);
            if (from == null || from.equals(to) || !(local.containsKey(to) || mayCreate(to))) {
                return;
            }
            long source = fs.open(from, OpenFlags.READ_ONLY);
            long target;
            if (local.containsKey(to)) {
                target = fs.open(to, OpenFlags.fromLinux(02 | 01000));
            } else {
                target = fs.create(to);
                local.put(to, new Content(new byte[0]));
            }
            changed(local.get(to), new byte[0]);
            byte[] bytes = local.get(from).bytes;
            Errno errno = FsHarness.errno(
                    () -> assertThat(fs.fs.copyFileRange(new CopyRange(source, 0, target, 0, Long.MAX_VALUE)))
                            .isEqualTo(bytes.length));
            if (errno != null) {
                assertThat(errno).as(log.toString()).isEqualTo(Errno.EOPNOTSUPP);
                byte[] read = fs.read(source, 0, 500);
                assertThat(read).as(log.toString()).isEqualTo(bytes);
                fs.write(target, 0, read);
            }
            changed(local.get(to), bytes);
            fs.fs.release(0, target);
            fs.fs.release(0, source);
        }

        void rename(String from, String to) throws FsException {
            log.add("rename " + from + " " + to);
            String parent = RemotePath.parent(to);
            if (from == null || directories.contains(to) || !(parent.isEmpty() || directories.contains(parent))) {
                return;
            }
            if (attempt(() -> fs.rename(from, to)) && !from.equals(to)) {
                local.put(to, local.remove(from));
            }
        }

        /** Runs an operation that talks to the Hub; with a scripted fault it may fail and must then change nothing. */
        boolean attempt(Action action) throws FsException {
            boolean faulty = !fs.hub.faults.isEmpty();
            try {
                action.run();
                return true;
            } catch (FsException e) {
                if (!faulty) {
                    throw new AssertionError(log + ": " + e.getMessage(), e);
                }
                return false;
            }
        }

        void renameDirectory(String from, String to) throws FsException {
            log.add("renameDirectory " + from + " " + to);
            String parent = RemotePath.parent(to);
            if (from == null
                    || local.containsKey(to)
                    || directories.contains(to)
                    || to.equals(from)
                    || RemotePath.isBelow(to, from)
                    || !(parent.isEmpty() || directories.contains(parent))) {
                return;
            }
            if (attempt(() -> fs.rename(from, to))) {
                for (String path : List.copyOf(local.keySet())) {
                    if (RemotePath.isBelow(path, from)) {
                        local.put(to + path.substring(from.length()), local.remove(path));
                    }
                }
                for (String path : List.copyOf(directories)) {
                    if (path.equals(from) || RemotePath.isBelow(path, from)) {
                        directories.remove(path);
                        directories.add(to + path.substring(from.length()));
                    }
                }
            }
        }

        void link(String from, String to) throws FsException {
            log.add("link " + from + " " + to);
            if (from == null || !mayCreate(to) || inHook) {
                return;
            }
            long ino = fs.walk(from).ino();
            boolean dirty = fs.isDirty(from);
            if (!attempt(() -> {
                FsHarness.Refused link = () -> fs.fs.link(ino, fs.parent(to), RemotePath.name(to));
                if (dirty) {
                    assertThat(FsHarness.errno(link)).isEqualTo(Errno.EOPNOTSUPP);
                } else {
                    link.run();
                }
            })) {
                return;
            }
            if (!dirty) {
                local.put(to, new Content(local.get(from).bytes));
            }
        }

        void fallocate(Handle handle, int offset, int length) throws FsException {
            if (handle == null || !handle.writable()) {
                return;
            }
            int from = offset % 40;
            int to = from + 1 + length % 20;
            int mode = List.of(0, 1, 3, 16, 17).get(offset % 5);
            log.add("fallocate " + mode + " " + from + " " + to);
            fs.fs.fallocate(0, handle.number(), mode, from, to - from);
            byte[] old = handle.content().bytes;
            byte[] next = (mode & 1) == 0 ? Arrays.copyOf(old, Math.max(old.length, to)) : old.clone();
            if (mode >= 3 && from < next.length) {
                Arrays.fill(next, from, Math.min(to, next.length), (byte) 0);
            }
            // growing and zeroing are two changes: a flush cannot come between them here
            changed(handle.content(), next);
            if (next.length > 0) {
                assertThat(fs.fs.lseek(0, handle.number(), 0, 4)).isEqualTo(next.length);
            }
        }

        void utimens(String path, int seconds) throws FsException {
            if (path != null) {
                Instant mtime = Instant.ofEpochSecond(1_000_000 + seconds);
                fs.fs.setattr(fs.walk(path).ino(), new AttributeChange(null, null, null, null, null, mtime));
                assertThat(fs.walk(path).mtime()).isEqualTo(mtime);
            }
        }

        /** The kernel forgets a name: if the file is clean and closed it leaves the table and comes back from the Hub. */
        void forget(String path) throws FsException {
            log.add("forget " + path);
            if (path != null && !inHook) {
                fs.forget(path);
            }
        }

        /** The kernel forgets everything, so that most directories have to be listed again. */
        void forgetAll() throws FsException {
            for (String path : List.copyOf(local.keySet())) {
                forget(path);
            }
        }

        /**
         * A program looks into one directory after the other, which lists their subtree ahead; something may happen while
         * that answer is under way. One directory is left out, so that its listing is still there later.
         */
        void walk(Step step) throws FsException {
            log.add("walk");
            if (inHook) {
                return;
            }
            if (step.a() % 2 == 0) {
                fs.hub.duringTree = hook(step);
            }
            List<String> all = new ArrayList<>(directories);
            String spared = pick(all, step.b());
            for (String directory : all) {
                if (!directory.equals(spared) && directories.contains(directory)) {
                    assertThat(fs.names(directory).keySet())
                            .as("%s: %s", directory, log)
                            .isEqualTo(namesIn(directory));
                }
            }
            fs.hub.duringTree = () -> {};
        }

        Set<String> namesIn(String directory) {
            TreeSet<String> names = new TreeSet<>();
            for (Set<String> paths : List.of(local.keySet(), directories)) {
                paths.stream()
                        .filter(path -> RemotePath.isBelow(path, directory)
                                && RemotePath.parent(path).equals(directory))
                        .map(RemotePath::name)
                        .forEach(names::add);
            }
            return names;
        }

        /** Somebody puts new content where our delete waits: the delete is no longer sent, and the new file shows. */
        void remotePutOverTombstone(int i, byte[] bytes) throws FsException {
            String path = pick(
                    fs.fs.tombstones().stream()
                            .filter(p -> !local.containsKey(p) && !directories.contains(p))
                            .filter(p -> RemotePath.parent(p).isEmpty() || directories.contains(RemotePath.parent(p)))
                            .sorted()
                            .toList(),
                    i);
            if (path == null || inHook) {
                return;
            }
            log.add("remotePutOverTombstone " + path);
            fs.hub.put(path, bytes);
            wholeContents.add(MemoryHub.hash(bytes));
            for (int n = 0; n < 3; n++) {
                fs.flush.flushAll();
            }
            assertThat(fs.fs.tombstones()).as(log.toString()).isEmpty();
            fs.poll();
            fs.advance(Duration.ofSeconds(60));
            local.put(path, new Content(bytes));
            assertThat(fs.cat(path)).as(log.toString()).isEqualTo(bytes);
        }

        void unlink(String path) throws FsException {
            log.add("unlink " + path);
            if (path != null) {
                fs.unlink(path);
                local.remove(path);
            }
        }

        void mkdir(String path) throws FsException {
            log.add("mkdir " + path);
            if (mayCreate(path)) {
                fs.mkdir(path);
                directories.add(path);
            }
        }

        void rmdir(String path) throws FsException {
            log.add("rmdir " + path);
            if (path == null
                    || local.keySet().stream().anyMatch(p -> RemotePath.isBelow(p, path))
                    || directories.stream().anyMatch(p -> RemotePath.isBelow(p, path))) {
                return;
            }
            fs.rmdir(path);
            directories.remove(path);
        }

        void flush(Step step, MemoryHub.Fault fault) throws FsException {
            if (inHook) {
                return;
            }
            log.add("flush " + fault + " hook " + step.a() % 3);
            if (fault != null) {
                fs.hub.faults.add(fault);
            }
            Runnable hook = hook(step);
            if (step.a() % 3 == 0) {
                fs.flush.beforeCommit = hook;
            } else if (step.a() % 3 == 1) {
                fs.flush.afterBatch = hook;
            }
            fs.flush.flushAll();
            fs.flush.beforeCommit = () -> {};
            fs.flush.afterBatch = () -> {};
            fs.hub.faults.clear();
        }

        /** The step's other operation, to be run in the middle of the first. */
        Runnable hook(Step step) {
            Step nested = new Step(step.during(), step.b(), step.c(), step.a(), Op.WAIT);
            return () -> {
                if (!inHook) {
                    inHook = true;
                    try {
                        apply(nested);
                    } catch (FsException e) {
                        throw new AssertionError(log + ": " + e.getMessage(), e);
                    } finally {
                        inHook = false;
                    }
                }
            };
        }

        /** Only where no local change waits: what happens then is the matter of conflict policies. */
        boolean isQuiet(String path) {
            boolean open = handles.stream().anyMatch(h -> h.writable() && h.content() == local.get(path));
            boolean dirty = fs.flush.publication.dirtyFiles().stream()
                    .anyMatch(f -> f.path().equals(path));
            boolean same = fs.hub.files.containsKey(path) == local.containsKey(path);
            return !open && !dirty && same && !inHook && !fs.fs.tombstones().contains(path);
        }

        void remotePut(String path, byte[] bytes) throws FsException {
            log.add("remotePut " + path);
            String parent = RemotePath.parent(path);
            boolean possible = (parent.isEmpty() || directories.contains(parent)) && !directories.contains(path);
            if (possible && isQuiet(path)) {
                fs.hub.put(path, bytes);
                wholeContents.add(MemoryHub.hash(bytes));
                Content content = new Content(bytes);
                Content before = local.put(path, content);
                if (before != null) {
                    content.older.add(before);
                    content.older.addAll(before.older);
                }
                fs.poll();
                fs.advance(Duration.ofSeconds(60));
            }
        }

        void remoteDelete(String path) throws FsException {
            log.add("remoteDelete " + path);
            if (path != null && isQuiet(path)) {
                fs.hub.files.remove(path);
                local.remove(path);
                fs.poll();
                fs.advance(Duration.ofSeconds(60));
            }
        }

        void checkRemote() {
            fs.hub
                    .files
                    .values()
                    .forEach(f -> assertThat(wholeContents)
                            .as("nobody wrote what is at %s; %s", f.path(), log)
                            .contains(f.hash()));
            fs.fs.checkInvariants();
        }

        void finish() throws FsException {
            assertEqual("local before the last flush", fs.tree(), local);
            for (Handle handle : List.copyOf(handles)) {
                read(handle);
                close(handle);
            }
            for (int i = 0; i < 4; i++) {
                fs.flush.flushAll();
            }
            assertThat(fs.flush.publication.dirtyFiles()).as(log.toString()).isEmpty();
            assertThat(fs.flush.publication.deletesQueued()).as(log.toString()).isZero();
            TreeMap<String, byte[]> remote = new TreeMap<>();
            fs.hub.files.forEach((path, f) -> remote.put(path, f.hash().isZero() ? new byte[0] : fs.hub.bytes(path)));
            assertEqual("remote", remote, local);
            fs.advance(Duration.ofMinutes(5));
            fs.poll();
            assertEqual("local after a poll", fs.tree(), local);
            checkRemote();
        }

        void assertEqual(String what, Map<String, byte[]> actual, Map<String, Content> expected) {
            assertThat(actual.keySet()).as("%s: %s", what, log).isEqualTo(expected.keySet());
            expected.forEach((path, content) -> assertThat(actual.get(path))
                    .as("%s, %s: %s", what, path, log)
                    .isEqualTo(content.bytes));
        }

        @Override
        public void close() {
            fs.close();
        }
    }

    private interface Action {
        void run() throws FsException;
    }
}
