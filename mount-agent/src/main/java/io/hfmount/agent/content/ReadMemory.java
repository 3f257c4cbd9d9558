package io.hfmount.agent.content;

import io.hfmount.xet.ChunkRun;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The byte budget of one reader and the decoded chunks it keeps in memory. Thread-safe; never waits, a demand that does
 * not fit gets a future.
 *
 * <p>Kept runs are either <i>ahead</i> (fetched for a sequential reader that has not passed them) or <i>served</i>.
 * Room is made from served runs first, least recently used first, then from runs ahead, newest first. Runs ahead take at
 * most three quarters of the budget, shared evenly between the sequential handles, so that a read always finds room.
 */
final class ReadMemory {
    private final long limit;
    private final long aheadLimit;
    private final long servedLimit;

    // All below is guarded by this.
    private final Map<ChunkKey, Resident> chunks = new HashMap<>();
    private final LinkedHashSet<Resident> served = new LinkedHashSet<>();
    private final LinkedHashSet<Resident> ahead = new LinkedHashSet<>();
    private final LinkedHashSet<Owner> owners = new LinkedHashSet<>();
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    private long used;
    private long aheadUsed;
    private long servedUsed;
    private boolean closed;

    ReadMemory(long limit, long servedLimit) {
        this.limit = limit;
        this.aheadLimit = limit - limit / 4;
        this.servedLimit = servedLimit;
    }

    /** A sequential handle that takes a share of the memory for runs ahead. */
    static final class Owner {
        private long held;
        private boolean open = true;
    }

    /** Counted bytes. Freed when everyone who retained it has released it. */
    final class Reservation {
        private final @Nullable Owner owner;
        private long bytes;
        private int references = 1;
        private boolean countsAhead;

        private Reservation(long bytes, @Nullable Owner owner) {
            this.bytes = bytes;
            this.owner = owner;
            this.countsAhead = owner != null;
            used += bytes;
            if (owner != null) {
                owner.held += bytes;
                aheadUsed += bytes;
            }
        }

        /** Adds a holder. */
        void retain() {
            synchronized (ReadMemory.this) {
                references++;
            }
        }

        /** Gives up one hold; may complete the future of a waiting demand, so no lock may be held. */
        void release() {
            List<Grant> granted;
            synchronized (ReadMemory.this) {
                drop();
                granted = grant();
            }
            complete(granted);
        }

        /** Moves {@code wanted} bytes into a reservation of its own, adding what this one lacks. */
        Reservation split(long wanted) {
            synchronized (ReadMemory.this) {
                adjust(-Math.min(bytes, wanted));
                return new Reservation(wanted, countsAhead ? owner : null);
            }
        }

        /** Corrects the count once the true size is known. */
        void resize(long wanted) {
            List<Grant> granted;
            synchronized (ReadMemory.this) {
                adjust(wanted - bytes);
                granted = grant();
            }
            complete(granted);
        }

        private void drop() {
            references--;
            assert references >= 0;
            if (references == 0) {
                adjust(-bytes);
            }
        }

        private void adjust(long difference) {
            bytes += difference;
            used += difference;
            if (countsAhead && owner != null) {
                owner.held += difference;
                aheadUsed += difference;
            }
        }

        private void noLongerAhead() {
            if (countsAhead && owner != null) {
                owner.held -= bytes;
                aheadUsed -= bytes;
                countsAhead = false;
            }
        }
    }

    /** A kept run. */
    static final class Resident {
        private final Reservation reservation;
        private final int bytes;
        private int mapped;

        /** Null once evicted, for others may hold on to this object. */
        private @Nullable ChunkRun run;

        private Resident(ChunkRun run, Reservation reservation) {
            this.run = run;
            this.bytes = run.data().length;
            this.reservation = reservation;
        }
    }

    private record Waiter(long bytes, CompletableFuture<Reservation> future) {}

    private record Grant(CompletableFuture<Reservation> future, Reservation reservation) {}

    /** Room for a fetch that a read waits for; the future completes once there is some. Cancel it to give up. */
    CompletableFuture<Reservation> reserve(long bytes) {
        CompletableFuture<Reservation> future = new CompletableFuture<>();
        List<Grant> granted;
        synchronized (this) {
            waiters.add(new Waiter(bytes, future));
            granted = grant();
        }
        complete(granted);
        return future;
    }

    /** Room without asking, for what is small or already there. */
    synchronized Reservation force(long bytes) {
        makeRoom(bytes);
        return new Reservation(bytes, null);
    }

    /** Room for a fetch ahead, or null if {@code owner}'s share or the budget is used up. */
    synchronized @Nullable Reservation tryReserveAhead(long bytes, Owner owner) {
        if (!owner.open || closed || !waiters.isEmpty() || owner.held + bytes > share()) {
            return null;
        }
        if (aheadUsed + bytes > aheadLimit || used + bytes > limit) {
            Iterator<Resident> newest = ahead.reversed().iterator();
            while (newest.hasNext() && (aheadUsed + bytes > aheadLimit || used + bytes > limit)) {
                Resident resident = newest.next();
                Owner other = resident.reservation.owner;
                if (other != null && other.held > share()) {
                    newest.remove();
                    unmap(resident);
                }
            }
        }
        while (used + bytes > limit && !served.isEmpty()) {
            evict(served.getFirst());
        }
        return aheadUsed + bytes > aheadLimit || used + bytes > limit ? null : new Reservation(bytes, owner);
    }

    /** Takes part in the sharing of memory for runs ahead. */
    synchronized void join(Owner owner) {
        if (owner.open) {
            owners.add(owner);
        }
    }

    /** Most bytes one sequential handle may hold ahead. */
    synchronized long share() {
        return aheadLimit / Math.max(1, owners.size());
    }

    /** Ends {@code owner}'s share and frees what was fetched ahead for it. */
    void leave(Owner owner) {
        List<Grant> granted;
        synchronized (this) {
            owner.open = false;
            owners.remove(owner);
            for (Resident resident : List.copyOf(ahead)) {
                if (resident.reservation.owner == owner) {
                    evict(resident);
                }
            }
            granted = grant();
        }
        complete(granted);
    }

    /**
     * Keeps {@code run} for later reads as long as there is room for it, with a hold of its own on {@code reservation}.
     *
     * @return the kept run, or null if it is not kept
     */
    @Nullable
    Resident keep(ChunkRun run, Reservation reservation) {
        List<Grant> granted;
        Resident resident = new Resident(run, reservation);
        synchronized (this) {
            if (closed) {
                return null;
            }
            reservation.references++;
            for (int chunk = run.chunkStart(); chunk < run.chunkEnd(); chunk++) {
                Resident previous = chunks.put(new ChunkKey(run.xorb(), chunk), resident);
                if (previous != null && --previous.mapped == 0) {
                    evict(previous);
                }
            }
            resident.mapped = run.count();
            if (reservation.countsAhead && reservation.owner != null && reservation.owner.open) {
                ahead.add(resident);
            } else {
                addServed(resident);
            }
            granted = grant();
            assert checkInvariants();
        }
        complete(granted);
        return resident;
    }

    /** A sequential reader has passed {@code resident}: it may go when room is needed. */
    void passed(Resident resident) {
        List<Grant> granted;
        synchronized (this) {
            if (ahead.remove(resident)) {
                addServed(resident);
            }
            granted = grant();
        }
        complete(granted);
    }

    /** The run in memory that holds a chunk, or null. */
    synchronized @Nullable ChunkRun find(ChunkKey chunk) {
        Resident resident = chunks.get(chunk);
        if (resident == null) {
            return null;
        }
        if (served.remove(resident)) {
            served.add(resident);
        }
        return resident.run;
    }

    /** Frees every kept run. */
    void clear() {
        List<Grant> granted;
        synchronized (this) {
            List.copyOf(served).forEach(this::evict);
            List.copyOf(ahead).forEach(this::evict);
            granted = grant();
            assert checkInvariants();
        }
        complete(granted);
    }

    /** Frees every kept run and keeps none from now on. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        clear();
    }

    /** Counted bytes. */
    synchronized long used() {
        return used;
    }

    private void addServed(Resident resident) {
        resident.reservation.noLongerAhead();
        served.add(resident);
        servedUsed += resident.bytes;
        while (servedUsed > servedLimit) {
            evict(served.getFirst());
        }
    }

    private void evict(Resident resident) {
        if (served.remove(resident)) {
            servedUsed -= resident.bytes;
            unmap(resident);
        } else if (ahead.remove(resident)) {
            unmap(resident);
        }
    }

    private void unmap(Resident resident) {
        ChunkRun run = Objects.requireNonNull(resident.run);
        for (int chunk = run.chunkStart(); chunk < run.chunkEnd(); chunk++) {
            chunks.remove(new ChunkKey(run.xorb(), chunk), resident);
        }
        resident.run = null;
        resident.reservation.drop();
    }

    /** Evicts until {@code bytes} more fit; false if they cannot. */
    private boolean makeRoom(long bytes) {
        while (used + bytes > limit && !served.isEmpty()) {
            evict(served.getFirst());
        }
        while (used + bytes > limit && !ahead.isEmpty()) {
            evict(ahead.getLast());
        }
        return used + bytes <= limit;
    }

    private List<Grant> grant() {
        if (waiters.isEmpty()) {
            return List.of();
        }
        List<Grant> granted = new ArrayList<>();
        for (Waiter next = waiters.peek(); next != null; next = waiters.peek()) {
            // What is larger than the whole budget gets it all to itself.
            if (!next.future.isDone() && !makeRoom(Math.min(next.bytes, limit))) {
                break;
            }
            waiters.remove();
            if (!next.future.isDone()) {
                granted.add(new Grant(next.future, new Reservation(next.bytes, null)));
            }
        }
        return granted;
    }

    /** Completes futures; never under a lock, for what depends on them runs here. */
    private static void complete(List<Grant> granted) {
        for (Grant grant : granted) {
            if (!grant.future.complete(grant.reservation)) {
                grant.reservation.release();
            }
        }
    }

    /** Counts agree with what is kept. */
    synchronized boolean checkInvariants() {
        long servedBytes = 0;
        for (Resident resident : served) {
            servedBytes += resident.bytes;
        }
        if (servedBytes != servedUsed || servedUsed > servedLimit) {
            throw new AssertionError("served runs hold " + servedBytes + " bytes, counted " + servedUsed);
        }
        if (used < 0 || aheadUsed < 0 || aheadUsed > used) {
            throw new AssertionError("counts are used " + used + ", ahead " + aheadUsed);
        }
        return true;
    }
}
