package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reading a large file again, from the disk cache: the mount is made anew, so memory holds nothing, and the cache's files
 * are dropped from the page cache. The first read that storage has no part in counts.
 */
final class DiskCacheRead extends AgentScenario {
    /** A read that fetches less than this part of the file counts as one from the cache. */
    private static final int TOLERATED = 20;
    /** The cache takes only what its writer can follow with, so one read may not fill it. */
    private static final int MOST_PASSES = 5;

    private final Testbed bed;
    private final MemorySegment memory;
    private @Nullable Published file;

    DiskCacheRead(Testbed bed, MemorySegment memory) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    public void prepare() throws IOException {
        file = Published.of(bed, bed.content(memory));
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        Published published = Objects.requireNonNull(file);
        Path at = bed.newPath("mount");
        long fetched = memory.byteSize();
        for (int pass = 1; pass <= MOST_PASSES; pass++) {
            bed.hub().forgetRequests();
            Mounted mount = agent.mount(published.bucket(), at, Map.of());
            double seconds = Timing.seconds(() -> NativeFiles.readAll(published.in(mount), memory));
            agent.settle(mount);
            agent.unmount(mount);
            fetched = bed.hub().sentByStorage();
            if (fetched <= memory.byteSize() / TOLERATED) {
                result.accept(Row.REREAD_DISK_CACHE, Timing.rate(memory.byteSize(), seconds));
                return;
            }
            PageCache.drop(agent.files(mount));
        }
        throw new IOException("after " + MOST_PASSES + " reads the last still fetched " + fetched
                + " bytes from storage:" + " the disk cache does not hold the file");
    }

    @Override
    void limit(Samples samples) throws IOException {
        Path copy = bed.newPath("native");
        NativeFiles.write(copy, memory);
        PageCache.drop(copy);
        double seconds = Timing.seconds(() -> NativeFiles.readAll(copy, memory));
        Files.delete(copy);
        samples.limit(Row.REREAD_DISK_CACHE, Timing.rate(memory.byteSize(), seconds));
    }
}
