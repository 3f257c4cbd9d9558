package io.hfmount.agent.flush;

import io.github.resilience4j.core.IntervalFunction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import reactor.core.publisher.Sinks;

/**
 * The inodes that wait for publication or are being published, each with its time, and who waits for them. One inode is
 * published by one run at a time; the last signal of an inode wins. Holds no clock: every call is given the time.
 * Thread-safe; no call waits or calls out.
 */
final class FlushQueue {
    /** How far the publication of an inode is; decides whether somebody who comes now can join it. */
    enum Phase {
        /** None is under way. */
        WAITING,
        /** Not sealed yet: whatever is dirty now will be in it. */
        STARTING,
        /** Being sealed, or found clean. */
        SEALING,
        /** Sealed and not applied: it has what was dirty up to its generation, and the file is dirty all the while. */
        SEALED,
        /** Being applied: the file may be clean, and a generation of now may be one of a new episode (§1.3). */
        APPLYING
    }

    /** Somebody who waits until what was dirty at the time of asking is published. Guarded by the queue's lock. */
    static final class Waiter {
        private final Sinks.One<Outcome> answer = Sinks.one();
        private long generation;
        private boolean joined = true;

        /** @param generation dirty generation to be published */
        Waiter(long generation) {
            this.generation = generation;
        }

        Sinks.One<Outcome> answer() {
            return answer;
        }

        private void cameDuring(Phase phase) {
            joined = phase != Phase.SEALING && phase != Phase.APPLYING;
            if (phase != Phase.SEALED) {
                generation = ANY;
            }
        }

        private boolean isAnsweredBy(Outcome outcome) {
            return joined && outcome.answers(generation);
        }

        private void waitForNext() {
            joined = true;
            generation = ANY;
        }
    }

    private static final class Item {
        final long ino;
        final DueTime time = new DueTime();
        final List<Waiter> waiters = new ArrayList<>(0);
        Phase phase = Phase.WAITING;
        boolean alone;

        Item(long ino) {
            this.ino = ino;
        }

        boolean isRunning() {
            return phase != Phase.WAITING;
        }
    }

    /** Any publication that is sealed later will do. */
    private static final long ANY = -1;

    private final FlushSettings settings;
    private final IntervalFunction backoff;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private final Map<Long, Item> items = new LinkedHashMap<>();
    /** Remote deletes, which are due all together. Guarded by {@link #lock}. */
    private final DueTime deletes = new DueTime();
    /** Guarded by {@link #lock}. */
    private boolean deletesRunning;
    /** How many of {@link #items} are being published. Guarded by {@link #lock}. */
    private int running;

    FlushQueue(FlushSettings settings, IntervalFunction backoff) {
        this.settings = settings;
        this.backoff = backoff;
    }

    /**
     * The inode changed.
     *
     * @return when it is due
     */
    long signal(long ino, long now) {
        lock.lock();
        try {
            Item item = item(ino);
            item.time.signal(now);
            return item.isRunning() ? DueTime.NEVER : item.time.due(settings);
        } finally {
            unlock();
        }
    }

    /** The inode is overdue although nobody signalled; what is queued already keeps its time. */
    boolean overdue(long ino, long now) {
        lock.lock();
        try {
            if (items.containsKey(ino)) {
                return false;
            }
            item(ino).time.overdue(now, settings);
            return true;
        } finally {
            unlock();
        }
    }

    /**
     * Somebody waits. A publication under way may turn out to be what they wait for; otherwise the inode is due at once.
     */
    void await(long ino, Waiter waiter) {
        lock.lock();
        try {
            Item item = item(ino);
            waiter.cameDuring(item.phase);
            item.waiters.add(waiter);
            if (!item.isRunning()) {
                item.time.urge();
            }
        } finally {
            unlock();
        }
    }

    /**
     * Inodes that are due and not being published, in the order of their times.
     *
     * @param urgentOnly only those somebody waits for
     */
    List<Long> due(long now, boolean urgentOnly) {
        lock.lock();
        try {
            return items.values().stream()
                    .filter(item -> !item.isRunning() && (item.time.isUrgent() || !urgentOnly))
                    .filter(item -> item.time.due(settings) <= now)
                    .sorted(Comparator.comparingLong((Item item) -> item.time.due(settings)))
                    .map(item -> item.ino)
                    .toList();
        } finally {
            unlock();
        }
    }

    /** The earliest time after {@code now} at which anything becomes due, or {@link DueTime#NEVER}. */
    long nextDue(long now) {
        lock.lock();
        try {
            long next = deletesRunning ? DueTime.NEVER : later(deletes.due(settings), now);
            for (Item item : items.values()) {
                if (!item.isRunning()) {
                    next = Math.min(next, later(item.time.due(settings), now));
                }
            }
            return next;
        } finally {
            unlock();
        }
    }

    private static long later(long due, long now) {
        return due > now ? due : DueTime.NEVER;
    }

    /** Whether the inode must not share a session. */
    boolean isAlone(long ino) {
        lock.lock();
        try {
            Item item = items.get(ino);
            return item != null && item.alone;
        } finally {
            unlock();
        }
    }

    /** The inode's publication starts. */
    void begin(long ino) {
        lock.lock();
        try {
            Item item = item(ino);
            assert !item.isRunning() : "published twice at once: inode " + ino;
            item.phase = Phase.STARTING;
            running++;
            item.time.begin();
        } finally {
            unlock();
        }
    }

    /** The inode's publication comes to another phase; nothing happens if it was given up. */
    void phase(long ino, Phase phase) {
        lock.lock();
        try {
            Item item = items.get(ino);
            if (item != null && item.isRunning()) {
                item.phase = phase;
            }
        } finally {
            unlock();
        }
    }

    /**
     * Drops an inode that has nothing to publish.
     *
     * @return who waited for it
     */
    List<Waiter> drop(long ino) {
        lock.lock();
        try {
            Item item = items.get(ino);
            if (item == null || item.isRunning()) {
                return List.of();
            }
            items.remove(ino);
            return item.waiters;
        } finally {
            unlock();
        }
    }

    /**
     * The inode's publication ended.
     *
     * @return whom it answers; the others go on waiting and the inode is published again
     */
    List<Waiter> settle(long ino, Outcome outcome, long now) {
        lock.lock();
        try {
            Item item = item(ino);
            if (item.isRunning()) {
                running--;
            }
            item.phase = Phase.WAITING;
            item.alone = outcome.alone();
            List<Waiter> answered = item.waiters.stream()
                    .filter(waiter -> waiter.isAnsweredBy(outcome))
                    .toList();
            item.waiters.removeAll(answered);
            item.waiters.forEach(Waiter::waitForNext);
            boolean awaited = !item.waiters.isEmpty();
            switch (outcome.kind()) {
                case PUBLISHED, SUPERSEDED, STALE, LOST -> item.time.succeeded();
                case FAILED -> item.time.retry(now, backoff);
                case UNAUTHORIZED -> item.time.postpone(now);
                case AGAIN -> {
                    if (awaited) {
                        item.time.retryUrgent(now, backoff);
                    } else {
                        item.time.retry(now, backoff);
                    }
                }
            }
            if (awaited && outcome.kind() != Outcome.Kind.AGAIN) {
                item.time.urge();
            }
            if (!item.time.isWanted() && !awaited) {
                items.remove(ino);
            }
            return answered;
        } finally {
            unlock();
        }
    }

    /**
     * A delete was queued.
     *
     * @return when deletes are due
     */
    long signalDeletes(long now) {
        lock.lock();
        try {
            deletes.signal(now);
            return deletesRunning ? DueTime.NEVER : deletes.due(settings);
        } finally {
            unlock();
        }
    }

    /** Deletes may have become ready: they have waited long enough, unless they wait after a failure. */
    void deletesMayGo(long now) {
        lock.lock();
        try {
            if (!deletesRunning) {
                deletes.overdue(now, settings);
            }
        } finally {
            unlock();
        }
    }

    /** Whether deletes are due; then they count as being sent until {@link #endDeletes}. */
    boolean beginDeletes(long now) {
        lock.lock();
        try {
            if (deletesRunning || deletes.due(settings) > now) {
                return false;
            }
            deletes.begin();
            deletesRunning = true;
            return true;
        } finally {
            unlock();
        }
    }

    /** A round of deletes ended. */
    void endDeletes(boolean failed, long now) {
        lock.lock();
        try {
            deletesRunning = false;
            if (failed) {
                deletes.retry(now, backoff);
            } else {
                deletes.succeeded();
            }
        } finally {
            unlock();
        }
    }

    /** Takes everybody who waits, for the pipeline ends. */
    List<Waiter> abandon() {
        lock.lock();
        try {
            List<Waiter> all = new ArrayList<>();
            for (Item item : items.values()) {
                all.addAll(item.waiters);
                item.waiters.clear();
            }
            items.values().removeIf(item -> !item.isRunning());
            return all;
        } finally {
            unlock();
        }
    }

    /** Number of inodes that wait. */
    int depth() {
        lock.lock();
        try {
            return items.size() - running;
        } finally {
            unlock();
        }
    }

    /** Number of inodes that are being published. */
    int inFlight() {
        lock.lock();
        try {
            return running;
        } finally {
            unlock();
        }
    }

    private Item item(long ino) {
        return items.computeIfAbsent(ino, Item::new);
    }

    private void unlock() {
        try {
            assert checkInvariants();
        } finally {
            lock.unlock();
        }
    }

    /** Every item has a reason to be here, and nobody waits for an inode that will not be published. */
    private boolean checkInvariants() {
        for (Item item : items.values()) {
            assert item.isRunning() || item.time.isWanted() : "an inode waits for nothing: " + item.ino;
            assert item.waiters.isEmpty() || item.isRunning() || item.time.isUrgent()
                    : "somebody waits for an inode that is not urgent: " + item.ino;
        }
        assert running == items.values().stream().filter(Item::isRunning).count() : "publications under way";
        return true;
    }
}
