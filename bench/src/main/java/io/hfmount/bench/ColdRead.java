package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reading a large file of the Hub from begin to end in a new mount, all caches empty. */
final class ColdRead extends AgentScenario {
    private final Testbed bed;
    private final MemorySegment memory;
    private @Nullable Published file; // of this run

    ColdRead(Testbed bed, MemorySegment memory) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    void begin() throws IOException {
        file = Published.of(bed, bed.content(memory));
    }

    @Override
    void limit(Samples samples) throws IOException {
        Published published = Objects.requireNonNull(file);
        PythonClient python = bed.python();
        if (python != null) {
            Path directory = bed.newPath("download");
            double limit = python.download(published.bucket(), List.of(directory.resolve(published.name())));
            Testbed.remove(directory);
            samples.limit(Row.COLD_SEQ_READ, Timing.rate(memory.byteSize(), limit));
        }
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        Published published = Objects.requireNonNull(file);
        Mounted mount = agent.mount(published.bucket(), bed.newPath("mount"), Map.of());
        double seconds = Timing.seconds(() -> NativeFiles.readAll(published.in(mount), memory));
        agent.unmount(mount);
        result.accept(Row.COLD_SEQ_READ, Timing.rate(memory.byteSize(), seconds));
    }
}
