package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * Creating many small files and publishing them, until the Hub shows the last. The debounce is no part of the time: it is
 * longer than the writing and ended by a flush, so that all files go in one batch; the reference has no flush and gets a
 * debounce of zero.
 */
final class SmallFiles extends AgentScenario {
    private final Testbed bed;
    private final MemorySegment memory;

    SmallFiles(Testbed bed) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
        this.memory = bed.memory((long) bed.sizes().smallFiles() * Sizes.SMALL_FILE);
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        int count = bed.sizes().smallFiles();
        MemorySegment content = bed.content(memory);
        String bucket = bed.newBucket();
        Mounted mount = agent.mount(bucket, bed.newPath("mount"), agent.noDebounce());
        double seconds = Timing.seconds(() -> {
            NativeFiles.writeSmall(mount.directory().resolve("small"), count, content);
            agent.flush(mount);
            for (int i = 0; i < count; i += Math.max(1, count - 1)) {
                bed.hub().awaitVisible(bucket, "small/f" + i, Sizes.SMALL_FILE);
            }
            if (bed.reference() != null) {
                bed.hub().awaitFiles(bucket, "small", count); // batches of its own choice may end in any order
            }
        });
        agent.unmount(mount);
        result.accept(Row.SMALL_FILES, count / seconds);
    }

    @Override
    void limit(Samples samples) throws IOException {
        int count = bed.sizes().smallFiles();
        PythonClient python = bed.python();
        if (python == null) {
            return;
        }
        MemorySegment content = bed.content(memory);
        Path directory = bed.newPath("native");
        double seconds = Timing.seconds(() -> NativeFiles.writeSmall(directory, count, content));
        seconds += python.upload(
                bed.newBucket(),
                IntStream.range(0, count)
                        .mapToObj(i -> directory.resolve("f" + i))
                        .toList());
        Testbed.remove(directory);
        samples.limit(Row.SMALL_FILES, count / seconds);
    }
}
