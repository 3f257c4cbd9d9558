package io.hfmount.emulator.bucket;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All buckets of the Hub.
 *
 * <p>A mutation is on disk before it is seen and before its call returns. Calls block for the disk: keep them off event
 * loops, and never interrupt them. Every mutation moves one clock of the store on by at least a millisecond, so
 * {@code updatedAt} strictly grows, also across restarts and a bucket's re-creation.
 *
 * <p>Thread-safe. Mutations hold {@code mutation} from their checks to their end, and {@code state} for writing only
 * while they change memory; so readers never wait for the disk. Lock order: {@code mutation}, {@code state}.
 */
public final class BucketStore implements AutoCloseable {
    private static final long SMALLEST_LOG = 16L << 20;
    private static final int SNAPSHOT_BATCH = 1000;
    private static final Logger log = LoggerFactory.getLogger(BucketStore.class);

    private final InstantSource clock;
    private final long smallestLog;
    private final ReentrantLock mutation = new ReentrantLock();
    private final ReentrantReadWriteLock state = new ReentrantReadWriteLock();
    private final NavigableMap<String, Bucket> buckets = new TreeMap<>(); // guarded by state
    private final StoreFiles files; // guarded by mutation
    private long lastInstant; // guarded by mutation
    private boolean closed; // guarded by mutation

    /**
     * Opens the store.
     *
     * @param directory created when missing; no other process may use it
     * @throws IOException when it is in use, damaged or unreadable
     */
    public static BucketStore open(Path directory, InstantSource clock) throws IOException {
        return new BucketStore(directory, clock, SMALLEST_LOG);
    }

    /** As {@link #open}, with the log size below which nothing is compacted. */
    BucketStore(Path directory, InstantSource clock, long smallestLog) throws IOException {
        this.clock = clock;
        this.smallestLog = smallestLog;
        this.files = StoreFiles.open(directory, this::change);
        assert invariantsHold();
    }

    /**
     * Makes a bucket.
     *
     * @throws NameTakenException when the id is in use
     */
    public void create(String id, boolean isPrivate, String region) throws NameTakenException, IOException {
        mutation.lock();
        try {
            if (buckets.containsKey(id)) {
                throw new NameTakenException(id);
            }
            commit(new Mutation.Create(id, isPrivate, region, nextInstant()));
        } finally {
            mutation.unlock();
        }
    }

    /** Removes a bucket with its files; false when there is none. */
    public boolean delete(String id) throws IOException {
        mutation.lock();
        try {
            if (!buckets.containsKey(id)) {
                return false;
            }
            commit(new Mutation.Delete(id, nextInstant()));
            return true;
        } finally {
            mutation.unlock();
        }
    }

    /**
     * Gives a bucket another id; false when there is none.
     *
     * @throws NameTakenException when the new id is in use
     */
    public boolean move(String from, String to) throws NameTakenException, IOException {
        mutation.lock();
        try {
            if (!buckets.containsKey(from)) {
                return false;
            }
            if (buckets.containsKey(to)) {
                throw new NameTakenException(to);
            }
            commit(new Mutation.Move(from, to, nextInstant()));
            return true;
        } finally {
            mutation.unlock();
        }
    }

    /** Shows or hides a bucket; false when there is none. */
    public boolean setPrivate(String id, boolean isPrivate) throws IOException {
        mutation.lock();
        try {
            if (!buckets.containsKey(id)) {
                return false;
            }
            commit(new Mutation.SetPrivate(id, isPrivate, nextInstant()));
            return true;
        } finally {
            mutation.unlock();
        }
    }

    /**
     * Changes files, in order. After a crash all changes are there, or none. Removing what is not there is no change.
     *
     * @return false when there is no such bucket
     */
    public boolean apply(String id, List<FileChange> changes) throws IOException {
        mutation.lock();
        try {
            Bucket bucket = buckets.get(id);
            if (bucket == null) {
                return false;
            }
            if (changes.stream().anyMatch(change -> hasEffect(bucket, change))) {
                long now = nextInstant();
                List<FileChange> stamped =
                        changes.stream().map(change -> stamp(change, now)).toList();
                commit(new Mutation.Apply(id, stamped, now));
            }
            return true;
        } finally {
            mutation.unlock();
        }
    }

    /** Facts on a bucket, or empty when there is none. */
    public Optional<BucketFacts> facts(String id) {
        return reading(() -> Optional.ofNullable(buckets.get(id)).map(bucket -> bucket.facts(id)));
    }

    /** Facts on all buckets, by id. */
    public List<BucketFacts> all() {
        return reading(() -> buckets.entrySet().stream()
                .map(entry -> entry.getValue().facts(entry.getKey()))
                .toList());
    }

    /** A file, or empty when the bucket or the file is not there. */
    public Optional<BucketFile> file(String id, String path) {
        return reading(() -> Optional.ofNullable(buckets.get(id)).map(bucket -> bucket.file(path)));
    }

    /** A page of a listing; empty pages for a bucket that is not there. */
    public TreePage tree(String id, TreeQuery query) {
        return reading(() -> {
            Bucket bucket = buckets.get(id);
            return bucket == null ? new TreePage(List.of(), null) : query.run(bucket.files());
        });
    }

    /** Ends the running mutation and closes the files; later mutations fail. */
    @Override
    public void close() throws IOException {
        mutation.lock();
        try {
            if (!closed) {
                closed = true;
                files.close();
            }
        } finally {
            mutation.unlock();
        }
    }

    /** Checks what must hold between calls; throws {@link AssertionError}. */
    void checkInvariants() {
        mutation.lock();
        try {
            for (Bucket bucket : buckets.values()) {
                bucket.checkInvariants();
                if (bucket.facts("").updatedAt() > lastInstant) {
                    throw new AssertionError("a bucket is ahead of the store's clock");
                }
            }
        } finally {
            mutation.unlock();
        }
    }

    private boolean invariantsHold() {
        checkInvariants();
        return true;
    }

    private static boolean hasEffect(Bucket bucket, FileChange change) {
        return switch (change) {
            case FileChange.Put put -> true;
            case FileChange.Remove(String path) -> bucket.file(path) != null;
        };
    }

    private static FileChange stamp(FileChange change, long now) {
        return switch (change) {
            case FileChange.Put(BucketFile file) -> new FileChange.Put(file.uploadedAt(now));
            case FileChange.Remove remove -> remove;
        };
    }

    private long nextInstant() {
        return Math.max(clock.millis(), lastInstant + 1);
    }

    /** Disk first, then memory; {@code mutation} is held. */
    private void commit(Mutation change) throws IOException {
        if (closed) {
            throw new IOException("the store is closed");
        }
        files.append(change);
        change(change);
        if (files.wantsCompaction(smallestLog)) {
            try {
                files.compact(snapshot());
            } catch (IOException e) {
                // the mutation is safe in the log; the next one tries again
                log.warn("could not compact the bucket log: {}", e.toString());
            }
        }
    }

    private void change(Mutation change) {
        Lock writing = state.writeLock();
        writing.lock();
        try {
            lastInstant = Math.max(lastInstant, change.at());
            switch (change) {
                case Mutation.Create(String id, boolean isPrivate, String region, long at) ->
                    buckets.put(id, new Bucket(isPrivate, region, at));
                case Mutation.Delete(String id, long at) -> buckets.remove(id);
                case Mutation.Move(String from, String to, long at) -> {
                    Bucket bucket = known(buckets.remove(from));
                    bucket.touch(at);
                    buckets.put(to, bucket);
                }
                case Mutation.SetPrivate(String id, boolean isPrivate, long at) -> {
                    Bucket bucket = known(buckets.get(id));
                    bucket.setPrivate(isPrivate);
                    bucket.touch(at);
                }
                case Mutation.Apply apply -> known(buckets.get(apply.id())).apply(apply);
                case Mutation.Clock now -> {}
            }
        } finally {
            writing.unlock();
        }
    }

    private static Bucket known(@Nullable Bucket bucket) {
        if (bucket == null) {
            throw new IllegalStateException("the log changes a bucket that it never made");
        }
        return bucket;
    }

    /** The state as mutations that make it; {@code mutation} is held while the stream is read. */
    private Stream<Mutation> snapshot() {
        Stream<Mutation> all = buckets.entrySet().stream().flatMap(entry -> snapshot(entry.getKey(), entry.getValue()));
        return Stream.concat(all, Stream.of(new Mutation.Clock(lastInstant)));
    }

    private static Stream<Mutation> snapshot(String id, Bucket bucket) {
        BucketFacts facts = bucket.facts(id);
        Stream<Mutation> head =
                Stream.of(new Mutation.Create(id, facts.isPrivate(), facts.region(), facts.createdAt()));
        Stream<Mutation> files = bucket.files().values().stream()
                .map(file -> (FileChange) new FileChange.Put(file))
                .gather(Gatherers.windowFixed(SNAPSHOT_BATCH))
                .map(changes -> new Mutation.Apply(id, changes, facts.updatedAt()));
        return Stream.of(head, files, Stream.of(new Mutation.Apply(id, List.of(), facts.updatedAt())))
                .flatMap(part -> part);
    }

    private <T> T reading(Supplier<T> read) {
        Lock reading = state.readLock();
        reading.lock();
        try {
            return read.get();
        } finally {
            reading.unlock();
        }
    }
}
