package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Writing a large file and publishing it, until the Hub's HEAD shows it. */
final class VisibleWrite extends AgentScenario {
    private final Testbed bed;
    private final MemorySegment memory;

    VisibleWrite(Testbed bed, MemorySegment memory) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        MemorySegment content = bed.content(memory);
        String bucket = bed.newBucket();
        Mounted mount = agent.mount(bucket, bed.newPath("mount"), Map.of("flushDebounce", "PT0S"));
        double seconds = Timing.seconds(() -> {
            NativeFiles.write(mount.directory().resolve("file"), content);
            agent.flush(mount);
            bed.hub().awaitVisible(bucket, "file", content.byteSize());
        });
        agent.unmount(mount);
        result.accept(Row.WRITE_VISIBLE, Timing.rate(content.byteSize(), seconds));
    }

    @Override
    void limit(Samples samples) throws IOException {
        PythonClient python = bed.python();
        if (python == null) {
            return;
        }
        MemorySegment content = bed.content(memory);
        Path file = bed.newPath("native");
        double seconds = Timing.seconds(() -> NativeFiles.write(file, content));
        seconds += python.upload(bed.newBucket(), List.of(file));
        Files.delete(file);
        samples.limit(Row.WRITE_VISIBLE, Timing.rate(content.byteSize(), seconds));
    }
}
