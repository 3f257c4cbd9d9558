package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Layouts of files on local disk, so that a file whose chunks are in the chunk cache is read again, by a later mount too,
 * without asking storage for a plan. Contents are named by their hash, so a layout never gets old; one that is lost,
 * damaged or incomplete costs a plan. Thread-safe.
 */
public abstract class LayoutStore implements AutoCloseable {
    /** Keeps nothing. */
    public static final LayoutStore NONE = new LayoutStore() {
        @Override
        List<LayoutSpan> find(ContentHash file, long size) {
            return List.of();
        }

        @Override
        void offer(ContentHash file, long size, List<LayoutSpan> spans) {}

        @Override
        public void close() {}
    };

    LayoutStore() {}

    /**
     * Opens or creates the store in {@code directory}, which must belong to nobody else (mode 0700 is set).
     *
     * @param limit most bytes on disk, each file rounded up to whole blocks of 4 KiB; 0 gives {@link #NONE}
     * @throws IOException if the directory cannot be used or another process has it open
     */
    public static LayoutStore open(Path directory, long limit) throws IOException {
        return limit == 0 ? NONE : DiskLayoutStore.open(new DiskCacheFiles(directory), limit);
    }

    /** What is known of a file's layout, in order; empty if nothing is. Reads the disk. */
    abstract List<LayoutSpan> find(ContentHash file, long size);

    /** Keeps what is known of a file's layout soon, in place of what was kept, or not at all. Never waits. */
    abstract void offer(ContentHash file, long size, List<LayoutSpan> spans);

    /** Writes what was offered, then gives the directory up. Idempotent. */
    @Override
    public abstract void close();
}
