package io.hfmount.agent.content;

import io.hfmount.agent.content.FetchFlights.Fetched;
import io.hfmount.agent.content.FetchFlights.Flight;
import io.hfmount.agent.content.ReadMemory.Reservation;
import io.hfmount.agent.content.ReadMemory.Resident;
import io.hfmount.agent.content.RunChecks.PlannedTerm;
import io.hfmount.model.ByteRange;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * One missing range of a file on its way: room for it, then one plan unless it is known, then the fetches the plan names, except those
 * whose chunks are here already. Thread-safe; never waits. Each piece becomes readable as soon as it is there.
 */
final class RangeFetch {
    /** A range's chunks stick out of it by at most one chunk on either side (xet-protocol §1). */
    static final long EDGES = 2 * 128 * 1024;

    private final ReadContext context;
    private final FileContent file;
    private final long start;
    private final long end;
    private final @Nullable Reservation ahead;
    private final PlanAhead.@Nullable Known known;
    private final boolean bypassCache;
    private final Consumer<RangeFetch> whenEnded;
    private final Trail trail = new Trail();
    private final CompletableFuture<List<Piece>> pieces = new CompletableFuture<>();
    private final Disposable.Composite planning = Disposables.composite();
    private final long created;

    /** Reads that wait for this; guarded by {@link #file}. */
    private int waiters;

    // Guarded by this.
    private final List<Flight> flights = new ArrayList<>();
    private boolean failed;
    private boolean cancelled;
    private int outstanding = 1;

    /**
     * @param ahead room taken already for a range that nobody waits for yet; null to ask for room first
     * @param known the plan for exactly this range; null to ask storage
     * @param bypassCache whether chunks are fetched even if they seem to be here
     * @param whenEnded called once all is there or something failed
     */
    RangeFetch(
            ReadContext context,
            FileContent file,
            long start,
            long end,
            @Nullable Reservation ahead,
            PlanAhead.@Nullable Known known,
            boolean bypassCache,
            Consumer<RangeFetch> whenEnded) {
        this.context = context;
        this.file = file;
        this.start = start;
        this.end = end;
        this.ahead = ahead;
        this.known = known;
        this.bypassCache = bypassCache;
        this.whenEnded = whenEnded;
        this.created = context.timer().now(TimeUnit.NANOSECONDS);
    }

    /** A term of the plan and its bytes to come. */
    static final class Piece {
        private final PlannedTerm planned;
        private final CompletableFuture<PieceData> data = new CompletableFuture<>();
        private volatile @Nullable Flight flight;

        private Piece(PlannedTerm planned) {
            this.planned = planned;
        }

        /** File offset of its first byte. */
        long start() {
            return planned.start();
        }

        /** File offset after its last byte. */
        long end() {
            return planned.end();
        }

        /** Completes with the bytes or a {@link StorageException}. */
        CompletableFuture<PieceData> data() {
            return data;
        }
    }

    /**
     * Bytes of a piece.
     *
     * @param run the run that holds them; null if they are in memory or on disk, where the layout now points to
     * @param offset where they start in the run's data
     */
    record PieceData(@Nullable ChunkRun run, int offset) {
        private static final PieceData LOCAL = new PieceData(null, 0);
    }

    /** The runs a range fetch left in memory; holds none of their bytes once they are evicted. Thread-safe. */
    static final class Trail {
        private final List<Resident> residents = new ArrayList<>(1);
        private boolean passed;

        private void add(ReadMemory memory, Resident resident) {
            synchronized (this) {
                if (!passed) {
                    residents.add(resident);
                    return;
                }
            }
            memory.passed(resident);
        }

        /** A sequential reader is past the range: the runs may go when room is needed. */
        void pass(ReadMemory memory) {
            List<Resident> all;
            synchronized (this) {
                passed = true;
                all = List.copyOf(residents);
                residents.clear();
            }
            all.forEach(memory::passed);
        }
    }

    /** First file offset asked for. */
    long start() {
        return start;
    }

    /** One past the last file offset asked for. */
    long end() {
        return end;
    }

    /** Completes with the pieces once the plan is there, or with a {@link StorageException}. */
    CompletableFuture<List<Piece>> pieces() {
        return pieces;
    }

    /** Adds a read that waits for this; the caller holds {@link #file}. */
    void addWaiter() {
        assert Thread.holdsLock(file);
        waiters++;
    }

    /** Takes a waiting read back; the caller holds {@link #file}. */
    void removeWaiter() {
        assert Thread.holdsLock(file) && waiters > 0;
        waiters--;
    }

    /** Whether a read waits for this; the caller holds {@link #file}. */
    boolean awaited() {
        assert Thread.holdsLock(file);
        return waiters > 0;
    }

    /** How long this has been under way, in nanoseconds. */
    long age() {
        return context.timer().now(TimeUnit.NANOSECONDS) - created;
    }

    /** Whether something failed. */
    synchronized boolean failed() {
        return failed;
    }

    /** Starts; to be called once, without locks. */
    void begin() {
        long timeout = context.settings().readFetchTimeout().toNanos();
        if (timeout > 0 && known == null) {
            planning.add(context.timer()
                    .schedule(
                            () -> fail(new StorageException(
                                    StorageException.Kind.TIMEOUT,
                                    "the plan for bytes [" + start + ", " + end + ") of " + file.hash()
                                            + " did not come in time")),
                            timeout,
                            TimeUnit.NANOSECONDS));
        }
        if (ahead != null) {
            plan(ahead);
            return;
        }
        CompletableFuture<Reservation> room = context.memory().reserve(end - start + EDGES);
        planning.add(() -> room.cancel(false));
        room.thenAccept(this::plan);
    }

    /** Sends a piece's fetch before those that nobody waits for. */
    void hurry(Piece piece) {
        Flight flight = piece.flight;
        if (flight != null) {
            context.flights().hurry(flight);
        }
    }

    /** What this leaves in memory. */
    Trail trail() {
        return trail;
    }

    /** Gives up: waiting reads fail, fetches of interest to nobody else are cancelled. */
    void cancel() {
        fail(new StorageException(StorageException.Kind.UNAVAILABLE, "the read was cancelled"));
    }

    private void plan(Reservation room) {
        Disposable release = room::release;
        if (!planning.add(release)) {
            return; // ended meanwhile; adding to a disposed composite has disposed, hence released
        }
        if (known != null) {
            carryOut(known.origin(), known.terms(), room, release);
            return;
        }
        planning.add(Mono.defer(() -> context.store().reconstruct(file.hash(), new ByteRange(start, end)))
                .switchIfEmpty(Mono.error(() -> new StorageException(
                        StorageException.Kind.CORRUPT, "storage ends " + file.hash() + " at or before byte " + start)))
                .subscribe(plan -> planned(plan, room, release), this::fail));
    }

    private void planned(Reconstruction plan, Reservation room, Disposable release) {
        List<PlannedTerm> placed;
        try {
            if (!plan.file().equals(file.hash())
                    || plan.range().start() != start
                    || plan.range().end() != end) {
                throw new StorageException(StorageException.Kind.CORRUPT, "the plan is for something else");
            }
            placed = RunChecks.place(plan, file.size());
        } catch (StorageException damaged) {
            fail(damaged);
            return;
        }
        carryOut(plan, placed, room, release);
    }

    private void carryOut(Reconstruction plan, List<PlannedTerm> placed, Reservation room, Disposable release) {
        if (!planning.remove(release)) {
            return;
        }
        try {
            List<Piece> list = new ArrayList<>(placed.size());
            Map<Reconstruction.Fetch, List<Piece>> fetches = new LinkedHashMap<>();
            for (PlannedTerm planned : placed) {
                Piece piece = new Piece(planned);
                list.add(piece);
                if (bypassCache || !file.learnLocal(planned)) {
                    fetches.computeIfAbsent(planned.fetch(), fetch -> new ArrayList<>())
                            .add(piece);
                } else {
                    context.cache()
                            .willRead(
                                    planned.term().xorb(),
                                    planned.term().chunkStart(),
                                    planned.term().chunkEnd());
                    piece.data.complete(PieceData.LOCAL);
                }
            }
            if (!pieces.complete(List.copyOf(list))) {
                return; // failed meanwhile
            }
            fetches.forEach((fetch, of) -> fetch(plan, fetch, of, room));
        } finally {
            room.release();
        }
        planning.dispose();
        ended(1);
    }

    private void fetch(Reconstruction plan, Reconstruction.Fetch fetch, List<Piece> of, Reservation room) {
        boolean awaited;
        synchronized (file) {
            awaited = waiters > 0;
        }
        List<PlannedTerm> terms = of.stream().map(piece -> piece.planned).toList();
        if (context.cache().enabled()) {
            context.observer().cacheMisses(fetch.chunkEnd() - fetch.chunkStart());
        }
        Flight flight = context.flights().join(fetch, plan, terms, room, awaited);
        boolean gone;
        synchronized (this) {
            outstanding++;
            gone = cancelled;
            if (!gone) {
                flights.add(flight);
            }
        }
        for (Piece piece : of) {
            piece.flight = flight;
        }
        flight.future().whenComplete((fetched, error) -> {
            try {
                if (error == null) {
                    arrived(fetched, of);
                } else {
                    failed(RunChecks.asStorageException(error), of);
                }
            } catch (RuntimeException | Error unexpected) {
                failed(RunChecks.asStorageException(unexpected), of); // nobody may wait for ever
            } finally {
                ended(1);
            }
        });
        if (gone) {
            context.flights().leave(flight);
        }
    }

    private void arrived(Fetched fetched, List<Piece> of) {
        ChunkRun run = fetched.run();
        if (fetched.resident() != null) {
            trail.add(context.memory(), fetched.resident());
        }
        for (Piece piece : of) {
            Reconstruction.Term term = piece.planned.term();
            try {
                RunChecks.check(run, piece.planned);
            } catch (StorageException damaged) {
                context.observer().fetchFailed(damaged.kind());
                failed(damaged, List.of(piece));
                continue;
            }
            file.learn(LayoutSpan.of(piece.start(), run, term.chunkStart(), term.chunkEnd()));
            piece.data.complete(new PieceData(run, run.startOf(term.chunkStart())));
        }
    }

    /** Some pieces failed; whoever reads them next asks again. */
    private void failed(StorageException error, List<Piece> of) {
        synchronized (this) {
            failed = true;
        }
        file.forget(this);
        for (Piece piece : of) {
            piece.data.completeExceptionally(error);
        }
    }

    private void fail(Throwable error) {
        StorageException cause = RunChecks.asStorageException(error);
        List<Flight> left;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            failed = true;
            left = List.copyOf(flights);
            flights.clear();
        }
        planning.dispose();
        file.forget(this);
        boolean unplanned = pieces.completeExceptionally(cause);
        if (unplanned) {
            ended(1);
        }
        left.forEach(context.flights()::leave);
        for (Piece piece : pieces.isCompletedExceptionally() ? List.<Piece>of() : pieces.getNow(List.of())) {
            piece.data.completeExceptionally(cause);
        }
        if (unplanned) {
            context.observer().fetchFailed(cause.kind());
        }
    }

    private void ended(int parts) {
        boolean all;
        synchronized (this) {
            outstanding -= parts;
            all = outstanding == 0;
            if (all) {
                flights.clear();
            }
        }
        if (all) {
            file.forget(this);
            whenEnded.accept(this);
        }
    }
}
