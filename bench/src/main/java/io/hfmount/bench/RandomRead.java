package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Random reads of 4 KiB from a large file in a new mount, all caches empty, and the bytes they fetch. */
final class RandomRead extends AgentScenario {
    private final Testbed bed;
    private final MemorySegment memory;
    private @Nullable Published file;
    private List<Long> positions = List.of(); // of this run

    RandomRead(Testbed bed, MemorySegment memory) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    public void prepare() throws IOException {
        file = Published.of(bed, bed.content(memory));
    }

    @Override
    void begin() {
        positions = bed.positions(bed.sizes().randomReads(), memory.byteSize());
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        Published published = Objects.requireNonNull(file);
        Mounted mount = agent.mount(published.bucket(), bed.newPath("mount"), Map.of());
        agent.settle(mount);
        bed.hub().forgetRequests();
        double seconds = Timing.seconds(() -> NativeFiles.readAt(published.in(mount), positions, memory));
        agent.settle(mount);
        agent.unmount(mount);
        result.accept(Row.RANDOM_READ_4K, positions.size() / seconds);
        result.accept(Row.RANDOM_READ_4K_BYTES, (double) bed.hub().sentByStorage());
    }

    @Override
    void limit(Samples samples) throws IOException {
        Path copy = bed.newPath("native");
        NativeFiles.write(copy, memory);
        PageCache.drop(copy);
        double seconds = Timing.seconds(() -> NativeFiles.readAt(copy, positions, memory));
        Files.delete(copy);
        samples.limit(Row.RANDOM_READ_4K, positions.size() / seconds);
        samples.limit(Row.RANDOM_READ_4K_BYTES, (double) positions.size() * Sizes.SMALL_FILE);
    }
}
