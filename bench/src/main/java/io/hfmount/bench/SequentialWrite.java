package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;

/** Writing a large file into a mount with default options, until close returns. */
final class SequentialWrite extends AgentScenario {
    private final Testbed bed;
    private final MemorySegment memory;

    SequentialWrite(Testbed bed, MemorySegment memory) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    void begin() {
        bed.content(memory);
    }

    @Override
    void limit(Samples samples) throws IOException {
        Path file = bed.newPath("native");
        double seconds = Timing.seconds(() -> NativeFiles.write(file, memory));
        Files.delete(file);
        samples.limit(Row.SEQ_WRITE, Timing.rate(memory.byteSize(), seconds));
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        Mounted mount = agent.mount(bed.newBucket(), bed.newPath("mount"), Map.of());
        double seconds =
                Timing.seconds(() -> NativeFiles.write(mount.directory().resolve("file"), memory));
        agent.unmount(mount); // publishes it, so that the next run does not meet its upload
        result.accept(Row.SEQ_WRITE, Timing.rate(memory.byteSize(), seconds));
    }
}
