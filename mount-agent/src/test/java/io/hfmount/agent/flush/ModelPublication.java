package io.hfmount.agent.flush;

import io.hfmount.agent.fs.DirtyFile;
import io.hfmount.agent.fs.DirtyTotals;
import io.hfmount.agent.fs.HubState;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.fs.QueuedDelete;
import io.hfmount.agent.fs.SealedEdit;
import io.hfmount.agent.fs.SealedFile;
import io.hfmount.agent.fs.UploadRoute;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A file system reduced to what publication sees: files by inode with text content. Checks the protocol of
 * {@link Publication}: beginCommit before exactly one closing call, seals closed once. Tests drive it by the methods that
 * are not the port's. For one thread.
 */
final class ModelPublication implements Publication {
    /** One file. */
    static final class File {
        final long ino;
        String path;
        String content = "";
        long generation;
        Instant dirtySince = Instant.EPOCH;
        Instant lastChange = Instant.EPOCH;
        boolean open;
        boolean linked = true;
        boolean cannotSucceed;
        boolean lost;
        /** Set while the file is only to be put back over one of these. */
        Set<ContentHash> restoresOver;

        long dirtySequence;
        HubState hubState = new HubState.Absent();
        final List<QueuedDelete> pending = new ArrayList<>();
        final List<FsException> errors = new ArrayList<>();

        File(long ino, String path) {
            this.ino = ino;
            this.path = path;
        }

        boolean isDirty() {
            return generation > 0;
        }
    }

    private final InstantSource clock;
    private final Map<Long, File> files = new LinkedHashMap<>();
    private final Map<String, QueuedDelete> queued = new LinkedHashMap<>();
    /** What happened, e.g. {@code "committed a"}. */
    final List<String> log = new ArrayList<>();
    /** Run at the next calls of this name, e.g. {@code "beginCommit a"}, before it does anything. */
    final Map<String, Runnable> hooks = new HashMap<>();

    /** Breaches of the port's protocol; kept, because the pipeline survives what is thrown at it. */
    final List<String> violations = new ArrayList<>();

    int openSeals;
    /** How often somebody asked for the list of dirty files. */
    int listings;

    int seals;
    private long sequence;
    private long nextIno = 2;

    ModelPublication(InstantSource clock) {
        this.clock = clock;
    }

    /** Creates a dirty file. */
    File write(String path, String content) {
        File file = at(path).orElseGet(() -> {
            File made = new File(nextIno++, path);
            files.put(made.ino, made);
            made.hubState = cancelDelete(path);
            return made;
        });
        change(file, content);
        return file;
    }

    void change(File file, String content) {
        file.content = content;
        touch(file);
    }

    private void touch(File file) {
        if (!file.isDirty()) {
            file.dirtySince = clock.instant();
            file.dirtySequence = ++sequence;
        }
        file.generation++;
        file.restoresOver = null;
        file.lastChange = clock.instant();
    }

    /** As rename of a dirty file: moves it and binds the delete of the old name. */
    void rename(File file, String path) {
        String old = file.path;
        file.pending.add(new QueuedDelete(old, file.hubState.possibleHashes(), ++sequence));
        file.path = path;
        file.hubState = cancelDelete(path);
        touch(file);
    }

    /** As unlink; queues the delete if the Hub may have something. */
    void unlink(File file) {
        file.linked = false;
        file.pending.forEach(delete -> queueDelete(delete.path(), delete.expected()));
        file.pending.clear();
        if (file.hubState.mayExist()) {
            queueDelete(file.path, file.hubState.possibleHashes());
        }
    }

    void queueDelete(String path, Set<ContentHash> expected) {
        Set<ContentHash> all = new HashSet<>(expected);
        QueuedDelete before = queued.get(path);
        if (before != null) {
            all.addAll(before.expected());
        }
        queued.put(path, new QueuedDelete(path, all, ++sequence));
    }

    /** Something new is at the path: no delete of it is to be sent any more; tells what the Hub may have there. */
    private HubState cancelDelete(String path) {
        Set<ContentHash> possible = new HashSet<>();
        QueuedDelete delete = queued.remove(path);
        if (delete != null) {
            possible.addAll(delete.expected());
        }
        for (File file : files.values()) {
            for (QueuedDelete pending : List.copyOf(file.pending)) {
                if (pending.path().equals(path)) {
                    possible.addAll(pending.expected());
                    file.pending.remove(pending);
                }
            }
        }
        return possible.isEmpty() ? new HubState.Absent() : new HubState.Unknown(possible);
    }

    private Optional<File> at(String path) {
        return files.values().stream()
                .filter(file -> file.linked && file.path.equals(path))
                .findFirst();
    }

    Set<String> queuedPaths() {
        return queued.keySet();
    }

    private AssertionError violation(String what) {
        violations.add(what);
        return new AssertionError(what);
    }

    private void called(String what) {
        Runnable hook = hooks.remove(what);
        if (hook != null) {
            hook.run();
        }
        log.add(what);
    }

    @Override
    public List<DirtyFile> dirtyFiles() {
        listings++;
        return dirtyNow();
    }

    private List<DirtyFile> dirtyNow() {
        return files.values().stream()
                .filter(file -> file.isDirty() && file.linked)
                .map(file -> new DirtyFile(
                        file.ino,
                        file.path,
                        file.content.length(),
                        file.generation,
                        file.dirtySince,
                        file.lastChange,
                        file.open))
                .toList();
    }

    @Override
    public DirtyTotals dirtyTotals() {
        List<DirtyFile> dirty = dirtyNow();
        return new DirtyTotals(
                dirty.size(),
                dirty.stream().mapToLong(DirtyFile::size).sum(),
                dirty.stream().mapToLong(DirtyFile::generation).sum(),
                dirty.stream()
                        .map(DirtyFile::dirtySince)
                        .min(Instant::compareTo)
                        .orElse(null));
    }

    @Override
    public long dirtyGeneration(long ino) {
        File file = files.get(ino);
        return file == null || !file.linked ? 0 : file.generation;
    }

    @Override
    public Optional<SealedFile> seal(long ino) throws FsException {
        File file = files.get(ino);
        if (file == null || !file.linked || !file.isDirty()) {
            return Optional.empty();
        }
        called("seal " + file.path);
        if (file.lost) {
            file.generation = 0;
            throw new FsException(Errno.EIO, "staging is gone");
        }
        if (!file.linked) {
            return Optional.empty();
        }
        openSeals++;
        seals++;
        return Optional.of(new Sealed(file));
    }

    @Override
    public boolean isNoOp(SealedFile sealed, ContentHash uploaded) {
        File file = ((Sealed) sealed).file;
        return file.linked
                && file.path.equals(sealed.path())
                && sealed.pendingDeletes().isEmpty()
                && file.hubState instanceof HubState.Present(ContentHash hash)
                && hash.equals(uploaded);
    }

    @Override
    public boolean beginCommit(SealedFile sealed, ContentHash uploaded) {
        Sealed own = (Sealed) sealed;
        called("beginCommit " + sealed.path());
        if (!own.file.linked || !own.file.path.equals(own.path)) {
            return false;
        }
        own.begin();
        own.before = own.file.hubState;
        own.file.hubState = own.before.replacedBy(uploaded);
        return true;
    }

    @Override
    public boolean committed(SealedFile sealed, ContentHash uploaded) {
        Sealed own = (Sealed) sealed;
        called("committed " + sealed.path());
        own.end();
        File file = own.file;
        file.pending.removeAll(own.pendingDeletes());
        if (!file.linked || !file.path.equals(own.path)) {
            return false;
        }
        file.hubState = new HubState.Present(uploaded);
        file.cannotSucceed = false;
        if (file.generation != own.generation) {
            return false;
        }
        file.generation = 0;
        called("cleaned " + own.path);
        return true;
    }

    @Override
    public void refused(SealedFile sealed) {
        called("refused " + sealed.path());
        Sealed own = (Sealed) sealed;
        own.end();
        if (own.isStillAt()) {
            own.file.hubState = own.before;
        }
    }

    @Override
    public boolean stillToRestore(SealedFile sealed, HubFile actual) {
        called("stillToRestore " + sealed.path());
        File file = ((Sealed) sealed).file;
        if (file.restoresOver == null) {
            return false;
        }
        if (actual != null && file.restoresOver.contains(actual.hash())) {
            return true;
        }
        file.generation = 0;
        file.restoresOver = null;
        return false;
    }

    @Override
    public boolean resolved(SealedFile sealed, ContentHash uploaded, HubFile actual) {
        called("resolved " + sealed.path() + " " + (actual == null ? "absent" : "present"));
        if (actual != null && uploaded.equals(actual.hash())) {
            committed(sealed, uploaded);
            return true;
        }
        Sealed own = (Sealed) sealed;
        own.end();
        if (own.isStillAt()) {
            own.file.hubState = actual == null || actual.hash() == null
                    ? new HubState.Absent()
                    : new HubState.Present(actual.hash());
        }
        return false;
    }

    @Override
    public void failed(long ino, FsException error) {
        File file = files.get(ino);
        called("failed " + file.path);
        file.errors.add(error);
    }

    @Override
    public List<QueuedDelete> deletesReady() {
        long barrier = files.values().stream()
                .filter(file -> file.isDirty() && file.linked && !file.cannotSucceed)
                .mapToLong(file -> file.dirtySequence)
                .min()
                .orElse(Long.MAX_VALUE);
        return queued.values().stream()
                .filter(delete -> delete.sequence() <= barrier)
                .toList();
    }

    @Override
    public List<QueuedDelete> deletesWaiting() {
        return List.copyOf(queued.values());
    }

    @Override
    public int deletesQueued() {
        return queued.size();
    }

    @Override
    public boolean beginDelete(QueuedDelete delete) {
        called("beginDelete " + delete.path());
        return delete.equals(queued.get(delete.path()))
                || files.values().stream().anyMatch(file -> file.pending.contains(delete));
    }

    @Override
    public void deleteDone(QueuedDelete delete) {
        called("deleteDone " + delete.path());
        queued.remove(delete.path(), delete);
    }

    @Override
    public void requeue(QueuedDelete delete) {
        called("requeue " + delete.path());
        if (at(delete.path()).isEmpty()) {
            queued.put(delete.path(), delete);
        }
    }

    @Override
    public void cannotSucceed(long ino) {
        File file = files.get(ino);
        called("cannotSucceed " + file.path);
        file.cannotSucceed = true;
    }

    /** A seal over a copy of the text. */
    final class Sealed implements SealedFile, ContentSource {
        private final File file;
        private final String path;
        private final long generation;
        private final byte[] bytes;
        private final Instant mtime;
        private final HubState state;
        private final List<QueuedDelete> pending;
        private HubState before;
        private final boolean onlyRestores;
        private boolean fenced;
        private boolean closed;
        private boolean broken;

        Sealed(File file) {
            this.file = file;
            this.path = file.path;
            this.generation = file.generation;
            this.bytes = file.content.getBytes(StandardCharsets.UTF_8);
            this.mtime = file.lastChange;
            this.state = file.hubState;
            this.pending = List.copyOf(file.pending);
            this.onlyRestores = file.restoresOver != null;
        }

        private void begin() {
            assertThat(!fenced, "beginCommit twice for " + path);
            fenced = true;
        }

        private void end() {
            assertThat(fenced, "a closing call without beginCommit, or the second one, for " + path);
            fenced = false;
        }

        private void assertThat(boolean holds, String what) {
            if (!holds || closed) {
                throw violation(closed ? "used after close: " + path : what);
            }
        }

        boolean isStillAt() {
            return file.linked && file.path.equals(path);
        }

        @Override
        public boolean onlyRestores() {
            return onlyRestores;
        }

        @Override
        public UploadRoute route() {
            return UploadRoute.FULL;
        }

        @Override
        public SealedEdit edit() {
            return null;
        }

        @Override
        public boolean isWhole() {
            return true;
        }

        void breakSeal() {
            broken = true;
        }

        @Override
        public long ino() {
            return file.ino;
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public long generation() {
            return generation;
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public Instant mtime() {
            return mtime;
        }

        @Override
        public HubState hubState() {
            return state;
        }

        @Override
        public List<QueuedDelete> pendingDeletes() {
            return pending;
        }

        @Override
        public ContentSource content() {
            return this;
        }

        @Override
        public boolean broken() {
            return broken;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            called("read " + path);
            if (file.content.startsWith("BREAK")) {
                breakSeal();
            }
            if (broken) {
                throw new IOException("the seal is broken");
            }
            int count = Math.min(target.remaining(), bytes.length - (int) position);
            target.put(bytes, (int) position, count);
            return count;
        }

        @Override
        public void close() {
            if (closed) {
                throw violation("closed twice: " + path);
            }
            closed = true;
            openSeals--;
        }
    }
}
