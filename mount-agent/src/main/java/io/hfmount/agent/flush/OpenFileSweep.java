package io.hfmount.agent.flush;

import io.hfmount.agent.fs.DirtyFile;
import io.hfmount.agent.fs.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds dirty files that nobody signalled: those that stay open. One is due when its oldest change is older than the
 * window and it is idle for the debounce, or after ten windows in any case. Thread-safe.
 */
final class OpenFileSweep {
    private final Publication publication;
    private final FlushSettings settings;
    private final FlushTime time;
    private final ReentrantLock lock = new ReentrantLock();
    /** When a file that is still dirty was last made due: it waits for its windows again. Guarded by {@link #lock}. */
    private final Map<Long, Instant> lastDue = new HashMap<>();

    OpenFileSweep(Publication publication, FlushSettings settings, FlushTime time) {
        this.publication = publication;
        this.settings = settings;
        this.time = time;
    }

    /** How often to look. */
    Duration interval() {
        Duration longest = Duration.ofSeconds(5);
        Duration shortest = Duration.ofMillis(100);
        Duration interval = settings.window().compareTo(longest) < 0 ? settings.window() : longest;
        return interval.compareTo(shortest) < 0 ? shortest : interval;
    }

    /** Makes due, in {@code queue}, what has waited too long; true if anything. Does nothing while another does it. */
    boolean sweep(FlushQueue queue, long now) {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            return look(queue, now);
        } finally {
            lock.unlock();
        }
    }

    private boolean look(FlushQueue queue, long now) {
        Instant wall = time.wall().instant();
        List<DirtyFile> dirty = publication.dirtyFiles();
        lastDue.keySet().retainAll(dirty.stream().map(DirtyFile::ino).toList());
        boolean any = publication.deletesQueued() > 0;
        if (any) {
            // A delete may have become ready without a signal: the file that held it back is gone.
            queue.deletesMayGo(now);
        }
        for (DirtyFile file : dirty) {
            if (isDue(file, wall) && queue.overdue(file.ino(), now)) {
                lastDue.put(file.ino(), wall);
                any = true;
            }
        }
        return any;
    }

    private boolean isDue(DirtyFile file, Instant wall) {
        Instant since = file.dirtySince();
        Instant last = lastDue.get(file.ino());
        if (last != null && last.isAfter(since)) {
            since = last;
        }
        Duration age = Duration.between(since, wall);
        boolean idle = Duration.between(file.lastChange(), wall).compareTo(settings.debounce()) >= 0;
        if (!file.openForWrite()) {
            // Its signal was lost, or its publication was overtaken by a change.
            return idle;
        }
        return (age.compareTo(settings.window()) >= 0 && idle)
                || age.compareTo(settings.window().multipliedBy(settings.openFileWindows())) >= 0;
    }
}
