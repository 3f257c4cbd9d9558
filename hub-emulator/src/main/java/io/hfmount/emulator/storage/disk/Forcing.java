package io.hfmount.emulator.storage.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Forces several files or folders to the disk side by side. */
final class Forcing {
    /** At once: enough for a disk to merge them. */
    private static final int AT_ONCE = 16;

    private Forcing() {}

    /** Forces one path. */
    @FunctionalInterface
    interface Force {
        void apply(Path path) throws IOException;
    }

    /**
     * Returns when all of {@code paths} are forced, or all have been tried and one failed.
     *
     * @throws IOException the first failure; the others are suppressed in it
     */
    static void all(Collection<Path> paths, Force force) throws IOException {
        if (paths.size() < 2) {
            for (Path path : paths) {
                force.apply(path);
            }
            return;
        }
        Queue<Path> left = new ConcurrentLinkedQueue<>(paths);
        Queue<IOException> failures = new ConcurrentLinkedQueue<>();
        AtomicInteger forced = new AtomicInteger();
        Runnable work = () -> {
            for (Path path = left.poll(); path != null; path = left.poll()) {
                try {
                    force.apply(path);
                    forced.incrementAndGet();
                } catch (IOException e) {
                    failures.add(e);
                }
            }
        };
        // Threads of this call alone: tasks that wait for tasks of their own pool may wait for ever.
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Forcing::thread)) {
            for (int i = Math.min(AT_ONCE, paths.size()); i > 0; i--) {
                threads.execute(work);
            }
        }
        IOException failure = failures.poll();
        if (failure != null) {
            failures.forEach(failure::addSuppressed);
            throw failure;
        }
        if (forced.get() != paths.size()) {
            throw new IOException("only " + forced + " of " + paths.size() + " paths were forced to the disk");
        }
    }

    private static Thread thread(Runnable task) {
        return Thread.ofPlatform().daemon().name("storage-force").unstarted(task);
    }
}
