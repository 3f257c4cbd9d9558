package io.hfmount.agent.content;

import io.hfmount.agent.content.ReadMemory.Reservation;
import io.hfmount.agent.content.ReadMemory.Resident;
import io.hfmount.agent.content.RunChecks.PlannedTerm;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Storage fetches in flight, each chunk range once (single flight), a bounded number at a time, those that a read waits
 * for first. A fetch that takes longer than the time-out is cancelled and fails for everyone. Thread-safe; never waits.
 */
final class FetchFlights {
    private final ContentStore store;
    private final ReadMemory memory;
    private final ChunkCache cache;
    private final ContentObserver observer;
    private final Scheduler timer;
    private final Duration timeout;
    private final int limit;

    // Guarded by this.
    private final Map<Key, Flight> flights = new HashMap<>();
    private final ArrayDeque<Flight> urgent = new ArrayDeque<>();
    private final ArrayDeque<Flight> ahead = new ArrayDeque<>();
    private int running;
    private boolean closed;

    FetchFlights(
            ContentStore store,
            ReadMemory memory,
            ChunkCache cache,
            ContentObserver observer,
            Scheduler timer,
            ContentSettings settings) {
        this.store = store;
        this.memory = memory;
        this.cache = cache;
        this.observer = observer;
        this.timer = timer;
        this.timeout = settings.readFetchTimeout();
        this.limit = settings.maxFetches();
    }

    private record Key(ContentHash xorb, int chunkStart, int chunkEnd) {}

    /**
     * A fetched run.
     *
     * @param run its chunks, checked against the request
     * @param resident its place in memory, null if it was not kept
     */
    record Fetched(ChunkRun run, @Nullable Resident resident) {}

    /** One fetch; everyone interested holds it until it ends or they {@link #leave}. */
    static final class Flight {
        private final Key key;
        private final Reconstruction.Fetch fetch;
        private final Reconstruction origin;
        private final List<PlannedTerm> terms;
        private final Reservation reservation;
        private final CompletableFuture<Fetched> future = new CompletableFuture<>();
        private final Disposable.Composite calls = Disposables.composite();

        // Guarded by the FetchFlights.
        private int interest = 1;
        private boolean started;
        private boolean ended;

        /** The thread that is starting it just now; what fails at once fails inside that start. */
        private volatile @Nullable Thread starter;

        private Flight(
                Key key,
                Reconstruction.Fetch fetch,
                Reconstruction origin,
                List<PlannedTerm> terms,
                Reservation reservation) {
            this.key = key;
            this.fetch = fetch;
            this.origin = origin;
            this.terms = terms;
            this.reservation = reservation;
        }

        /** Completes with the run or a {@link StorageException}, on a thread that must not block. */
        CompletableFuture<Fetched> future() {
            return future;
        }
    }

    /**
     * Joins the flight of {@code fetch}, or makes it.
     *
     * @param terms what the plan has in it; a new flight checks the run against them before anyone sees it
     * @param reserved what a new flight takes its bytes from
     * @param waitedFor whether a read waits for it
     */
    Flight join(
            Reconstruction.Fetch fetch,
            Reconstruction origin,
            List<PlannedTerm> terms,
            Reservation reserved,
            boolean waitedFor) {
        Key key = new Key(fetch.xorb(), fetch.chunkStart(), fetch.chunkEnd());
        Flight flight;
        boolean refused;
        synchronized (this) {
            Flight known = flights.get(key);
            if (known != null) {
                known.interest++;
                if (waitedFor && ahead.remove(known)) {
                    urgent.add(known);
                }
                return known;
            }
            long bytes = 0;
            for (PlannedTerm planned : terms) {
                bytes += planned.term().unpackedLength();
            }
            flight = new Flight(key, fetch, origin, terms, reserved.split(bytes));
            refused = closed;
            flights.put(key, flight);
            (waitedFor ? urgent : ahead).add(flight);
        }
        if (refused) {
            fail(flight, new StorageException(StorageException.Kind.UNAVAILABLE, "the reader is closed"));
        } else {
            startNext();
        }
        return flight;
    }

    /** Takes one interest back; a flight that interests nobody is cancelled. */
    void leave(Flight flight) {
        boolean cancel;
        synchronized (this) {
            cancel = --flight.interest == 0 && !flight.ended;
            if (cancel) {
                flights.remove(flight.key, flight);
            }
        }
        if (cancel) {
            fail(flight, new StorageException(StorageException.Kind.UNAVAILABLE, "the fetch was cancelled"));
        }
    }

    /** Puts a flight that a read now waits for before those ahead. */
    void hurry(Flight flight) {
        synchronized (this) {
            if (ahead.remove(flight)) {
                urgent.add(flight);
            }
        }
    }

    /** Fails everything in flight and all that is asked for later. */
    void close() {
        List<Flight> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(flights.values());
        }
        for (Flight flight : all) {
            fail(flight, new StorageException(StorageException.Kind.UNAVAILABLE, "the reader is closed"));
        }
    }

    /** Whether {@link #close()} was called. */
    synchronized boolean isClosed() {
        return closed;
    }

    private void startNext() {
        while (true) {
            Flight next;
            synchronized (this) {
                if (running >= limit) {
                    return;
                }
                next = urgent.poll();
                if (next == null) {
                    next = ahead.poll();
                }
                if (next == null) {
                    return;
                }
                running++;
                next.started = true;
            }
            next.starter = Thread.currentThread();
            try {
                start(next);
            } catch (RuntimeException refused) {
                fail(next, refused);
            } finally {
                next.starter = null;
            }
        }
    }

    /** After the end of {@code flight}. Inside its own start, whoever starts it goes on: thousands may fail in a row. */
    private void startNext(Flight flight) {
        if (!Thread.currentThread().equals(flight.starter)) {
            startNext();
        }
    }

    private void start(Flight flight) {
        if (!timeout.isZero()) {
            flight.calls.add(timer.schedule(
                    () -> fail(
                            flight,
                            new StorageException(
                                    StorageException.Kind.TIMEOUT,
                                    "xorb " + flight.key.xorb() + " chunks [" + flight.key.chunkStart() + ", "
                                            + flight.key.chunkEnd() + ") did not come within " + timeout)),
                    timeout.toNanos(),
                    TimeUnit.NANOSECONDS));
        }
        long begun = timer.now(TimeUnit.NANOSECONDS);
        flight.calls.add(Mono.defer(() -> store.fetch(flight.fetch, flight.origin))
                .switchIfEmpty(Mono.error(
                        () -> new StorageException(StorageException.Kind.CORRUPT, "a fetch without an answer")))
                .subscribe(run -> arrived(flight, run, begun), error -> fail(flight, error)));
    }

    private void arrived(Flight flight, ChunkRun run, long begun) {
        try {
            RunChecks.check(run, flight.fetch);
            for (PlannedTerm planned : flight.terms) {
                RunChecks.check(run, planned);
            }
        } catch (StorageException damaged) {
            fail(flight, damaged);
            return;
        }
        if (!end(flight)) {
            return;
        }
        try {
            flight.reservation.resize(run.data().length);
            Resident resident = memory.keep(run, flight.reservation);
            flight.reservation.retain();
            cache.offer(run, flight.reservation::release);
            observer.fetched(run.data().length, Duration.ofNanos(Math.max(0, timer.now(TimeUnit.NANOSECONDS) - begun)));
            flight.future.complete(new Fetched(run, resident));
        } finally {
            // Nobody may wait for ever, whatever went wrong above.
            flight.future.completeExceptionally(
                    new StorageException(StorageException.Kind.UNAVAILABLE, "the fetched bytes could not be kept"));
            flight.reservation.release();
            flight.calls.dispose();
            startNext(flight);
        }
    }

    private void fail(Flight flight, Throwable error) {
        if (!end(flight)) {
            return;
        }
        flight.calls.dispose();
        flight.reservation.release();
        StorageException cause = RunChecks.asStorageException(error);
        try {
            observer.fetchFailed(cause.kind());
        } finally {
            flight.future.completeExceptionally(cause);
            startNext(flight);
        }
    }

    /** Takes the flight out of the books; false if that was done before. */
    private synchronized boolean end(Flight flight) {
        if (flight.ended) {
            return false;
        }
        flight.ended = true;
        flights.remove(flight.key, flight);
        if (flight.started) {
            running--;
        } else if (!urgent.remove(flight)) {
            ahead.remove(flight);
        }
        return true;
    }
}
