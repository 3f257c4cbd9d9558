package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * How long after the debounce many small files, written and left alone, are all on the Hub: nobody flushes, as with any
 * program that only writes. Counted from the close of the last file plus the debounce.
 */
final class SmallFilesVisible extends AgentScenario {
    /** As it is by default. */
    private static final Duration DEBOUNCE = Duration.ofSeconds(2);

    private final Testbed bed;
    private final MemorySegment memory;

    SmallFilesVisible(Testbed bed) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
        this.memory = bed.memory((long) bed.sizes().smallFiles() * Sizes.SMALL_FILE);
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        int count = bed.sizes().smallFiles();
        MemorySegment content = bed.content(memory);
        String bucket = bed.newBucket();
        Mounted mount = agent.mount(bucket, bed.newPath("mount"), Map.of("flushDebounce", DEBOUNCE.toString()));
        NativeFiles.writeSmall(mount.directory().resolve("small"), count, content);
        long due = System.nanoTime() + DEBOUNCE.toNanos();
        for (long left = DEBOUNCE.toNanos(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left); // asking now would only take the processors away
        }
        bed.hub().awaitFiles(bucket, "small", count);
        result.accept(Row.SMALL_FILES_VISIBLE, Math.max(0, (System.nanoTime() - due) / 1e9));
        agent.unmount(mount);
    }

    @Override
    void limit(Samples samples) throws IOException {
        int count = bed.sizes().smallFiles();
        PythonClient python = bed.python();
        if (python == null) {
            return;
        }
        Path directory = bed.newPath("native");
        NativeFiles.writeSmall(directory, count, bed.content(memory));
        samples.limit(
                Row.SMALL_FILES_VISIBLE,
                python.upload(
                        bed.newBucket(),
                        IntStream.range(0, count)
                                .mapToObj(i -> directory.resolve("f" + i))
                                .toList()));
        Testbed.remove(directory);
    }
}
