package io.hfmount.bench;

import io.hfmount.bench.Sidecar.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Random reads of 4 KiB from a large file in a new mount, all caches empty, and the bytes they fetch. */
final class RandomRead implements Scenario {
    private final Testbed bed;
    private final MemorySegment memory;
    private @Nullable Published file;

    RandomRead(Testbed bed, MemorySegment memory) {
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    public void prepare() throws IOException {
        file = Published.of(bed, bed.content(memory));
    }

    @Override
    public void run(Samples samples) throws IOException {
        Published published = Objects.requireNonNull(file);
        List<Long> positions = bed.positions(bed.sizes().randomReads(), memory.byteSize());
        limit(positions, samples);
        Mounted mount = bed.sidecar().mount(published.bucket(), bed.newPath("mount"), Map.of());
        long before = bed.sidecar().atRest().fetched();
        double seconds = Timing.seconds(() -> NativeFiles.readAt(published.in(mount), positions, memory));
        long fetched = bed.sidecar().atRest().fetched() - before;
        bed.sidecar().unmount(mount);
        samples.value(Row.RANDOM_READ_4K, positions.size() / seconds);
        samples.value(Row.RANDOM_READ_4K_BYTES, (double) fetched);
        samples.limit(Row.RANDOM_READ_4K_BYTES, (double) positions.size() * Sizes.SMALL_FILE);
    }

    private void limit(List<Long> positions, Samples samples) throws IOException {
        Path copy = bed.newPath("native");
        NativeFiles.write(copy, memory);
        PageCache.drop(copy);
        double seconds = Timing.seconds(() -> NativeFiles.readAt(copy, positions, memory));
        Files.delete(copy);
        samples.limit(Row.RANDOM_READ_4K, positions.size() / seconds);
    }
}
