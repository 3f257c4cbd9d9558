package io.hfmount.emulator.repo;

import io.hfmount.emulator.durable.DirectoryLock;
import io.hfmount.emulator.durable.Folders;
import io.hfmount.emulator.durable.FramedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All repos of the Hub: {@code log} holds every change, {@code blobs/} the bytes of plain files. History is kept whole, so
 * the log is never compacted.
 *
 * <p>A mutation is on disk before it is seen and before its call returns. Calls block for the disk: keep them off event
 * loops, and never interrupt them.
 *
 * <p>Thread-safe. Mutations hold {@code mutation} from their checks to their end, and {@code state} for writing only
 * while they change memory; so readers never wait for the disk. Lock order: {@code mutation}, {@code state}.
 */
public final class RepoStore implements AutoCloseable {
    private final InstantSource clock;
    private final DirectoryLock lock;
    private final BlobStore blobs;
    private final ReentrantLock mutation = new ReentrantLock();
    private final ReentrantReadWriteLock state = new ReentrantReadWriteLock();
    private final NavigableMap<RepoId, Repo> repos = new TreeMap<>(); // guarded by state
    private final FramedLog log; // guarded by mutation
    private long lastInstant; // guarded by mutation
    private boolean closed; // guarded by mutation

    private RepoStore(Path directory, InstantSource clock, DirectoryLock lock) throws IOException {
        this.clock = clock;
        this.lock = lock;
        this.blobs = BlobStore.open(directory.resolve("blobs"));
        Path file = directory.resolve("log");
        this.log = Files.exists(file)
                ? FramedLog.open(file, record -> change(RepoMutationCodec.decode(record)))
                : FramedLog.create(file);
        Folders.sync(directory);
        assert invariantsHold();
    }

    /**
     * Opens the store.
     *
     * @param directory created when missing; no other process may use it
     * @throws IOException when it is in use, damaged or unreadable
     */
    public static RepoStore open(Path directory, InstantSource clock) throws IOException {
        Files.createDirectories(directory);
        DirectoryLock lock = DirectoryLock.take(directory);
        try {
            return new RepoStore(directory, clock, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** The bytes of plain files; put them there before the commit that names them. */
    public BlobStore blobs() {
        return blobs;
    }

    /**
     * Makes a repo whose branch {@code main} has a first commit without files.
     *
     * @throws RepoTakenException when the name is in use
     */
    public void create(RepoId id, boolean isPrivate, Gating gating) throws RepoTakenException, IOException {
        mutation.lock();
        try {
            if (repos.containsKey(id)) {
                throw new RepoTakenException(id.name());
            }
            write(new RepoMutation.Create(id, isPrivate, gating, nextInstant()));
        } finally {
            mutation.unlock();
        }
    }

    /** Removes a repo; false when there is none. */
    public boolean delete(RepoId id) throws IOException {
        return mutate(id, repo -> new RepoMutation.Delete(id, nextInstant()));
    }

    /** Shows, hides or gates a repo; false when there is none. */
    public boolean set(RepoId id, boolean isPrivate, Gating gating) throws IOException {
        return mutate(id, repo -> new RepoMutation.Set(id, isPrivate, gating, nextInstant()));
    }

    /**
     * Commits on a reference. After a crash all changes are there, or none.
     *
     * @param reference full name; need not exist
     * @param base commit that the caller knows as the state of the reference
     * @param changes legal together: no path is file and directory at once
     * @return the new commit's id
     * @throws StaleParentException when the reference names another commit than {@code base}
     */
    public String commit(RepoId id, String reference, String base, String title, List<RepoChange> changes)
            throws StaleParentException, IOException {
        for (RepoChange change : changes) {
            if (change instanceof RepoChange.Put(String path, RepoContent.Plain plain) && !blobs.holds(plain)) {
                throw new IllegalArgumentException("the content of " + path + " is not there");
            }
        }
        mutation.lock();
        try {
            Repo repo = repos.get(id);
            String now = repo == null ? null : repo.target(reference);
            if (repo == null || (now != null && !now.equals(base)) || repo.commit(base) == null) {
                throw new StaleParentException();
            }
            RepoMutation.Commit commit = commitOf(id, reference, base, title, changes);
            write(commit);
            return commit.id();
        } finally {
            mutation.unlock();
        }
    }

    /**
     * Opens a pull request: a reference {@code refs/pr/N} of a new number, with a commit on {@code base}.
     *
     * @return the reference, which names the new commit
     */
    public RepoReference propose(RepoId id, String base, String title, List<RepoChange> changes)
            throws StaleParentException, IOException {
        mutation.lock();
        try {
            int number = 1;
            while (references(id).stream().anyMatch(isCalled(RepoReference.PULLS + number))) {
                number++;
            }
            String reference = RepoReference.PULLS + number;
            return new RepoReference(reference, commit(id, reference, base, title, changes));
        } finally {
            mutation.unlock();
        }
    }

    private static java.util.function.Predicate<RepoReference> isCalled(String name) {
        return reference -> reference.name().equals(name);
    }

    /**
     * Makes a reference name a commit.
     *
     * @return false when there is no such repo or commit
     * @throws RepoTakenException when the reference exists
     */
    public boolean point(RepoId id, String reference, String commit) throws RepoTakenException, IOException {
        mutation.lock();
        try {
            Repo repo = repos.get(id);
            if (repo == null || repo.commit(commit) == null) {
                return false;
            }
            if (repo.target(reference) != null) {
                throw new RepoTakenException(reference);
            }
            write(new RepoMutation.Point(id, reference, commit, nextInstant()));
            return true;
        } finally {
            mutation.unlock();
        }
    }

    /** Removes a reference; its commits stay. False when there is none. */
    public boolean removeReference(RepoId id, String reference) throws IOException {
        mutation.lock();
        try {
            Repo repo = repos.get(id);
            if (repo == null || repo.target(reference) == null) {
                return false;
            }
            write(new RepoMutation.Point(id, reference, null, nextInstant()));
            return true;
        } finally {
            mutation.unlock();
        }
    }

    /** Facts on a repo, or empty when there is none. */
    public Optional<RepoFacts> facts(RepoId id) {
        return reading(id, repo -> repo.facts(id));
    }

    /** The commit that a branch, a tag, a reference or a commit id names, or empty. */
    public Optional<RepoCommit> resolve(RepoId id, String revision) {
        return reading(id, repo -> repo.resolve(revision));
    }

    /** The names of commits, in the order of their names; none for a repo that is not there. */
    public List<RepoReference> references(RepoId id) {
        return reading(id, Repo::references).orElse(List.of());
    }

    /** The number of repos. */
    public int size() {
        state.readLock().lock();
        try {
            return repos.size();
        } finally {
            state.readLock().unlock();
        }
    }

    /** Ends the running mutation and closes the files; later mutations fail. */
    @Override
    public void close() throws IOException {
        mutation.lock();
        try {
            if (!closed) {
                closed = true;
                try (lock) {
                    log.close();
                }
            }
        } finally {
            mutation.unlock();
        }
    }

    /** Checks what must hold between calls; throws {@link AssertionError}. */
    void checkInvariants() {
        mutation.lock();
        try {
            repos.values().forEach(Repo::checkInvariants);
        } finally {
            mutation.unlock();
        }
    }

    private boolean invariantsHold() {
        checkInvariants();
        return true;
    }

    private boolean mutate(RepoId id, Function<Repo, RepoMutation> change) throws IOException {
        mutation.lock();
        try {
            Repo repo = repos.get(id);
            if (repo == null) {
                return false;
            }
            write(change.apply(repo));
            return true;
        } finally {
            mutation.unlock();
        }
    }

    /** Ids are of git's form; they name parent, moment, message and changes. */
    private RepoMutation.Commit commitOf(
            RepoId id, String reference, @Nullable String parent, String title, List<RepoChange> changes) {
        RepoMutation.Commit draft = new RepoMutation.Commit(id, reference, "", parent, title, changes, nextInstant());
        String name = GitId.of("commit", RepoMutationCodec.encode(draft));
        return new RepoMutation.Commit(id, reference, name, parent, title, changes, draft.at());
    }

    private long nextInstant() {
        return Math.max(clock.millis(), lastInstant + 1);
    }

    /** Disk first, then memory; {@code mutation} is held. */
    private void write(RepoMutation change) throws IOException {
        if (closed) {
            throw new IOException("the store is closed");
        }
        log.append(RepoMutationCodec.encode(change));
        change(change);
    }

    private void change(RepoMutation change) {
        state.writeLock().lock();
        try {
            lastInstant = Math.max(lastInstant, change.at());
            switch (change) {
                case RepoMutation.Create create -> repos.put(create.repo(), new Repo(create));
                case RepoMutation.Delete(RepoId id, long at) -> repos.remove(id);
                case RepoMutation.Set(RepoId id, boolean isPrivate, Gating gating, long at) ->
                    known(id).set(isPrivate, gating);
                case RepoMutation.Commit commit -> known(commit.repo()).apply(commit);
                case RepoMutation.Point point -> known(point.repo()).apply(point);
            }
        } finally {
            state.writeLock().unlock();
        }
    }

    private Repo known(RepoId id) {
        Repo repo = repos.get(id);
        if (repo == null) {
            throw new IllegalStateException("the log changes a repo that it never made");
        }
        return repo;
    }

    private <T> Optional<T> reading(RepoId id, Function<Repo, @Nullable T> read) {
        state.readLock().lock();
        try {
            Repo repo = repos.get(id);
            return repo == null ? Optional.empty() : Optional.ofNullable(read.apply(repo));
        } finally {
            state.readLock().unlock();
        }
    }
}
