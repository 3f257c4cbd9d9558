package io.hfmount.bench;

import io.hfmount.bench.Sidecar.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Creating many small files and publishing them, until the Hub shows the last. The debounce is longer than the writing
 * and ended by a flush, so it is no part of the time and all files go in one batch.
 */
final class SmallFiles implements Scenario {
    private final Testbed bed;
    private final MemorySegment memory;

    SmallFiles(Testbed bed) {
        this.bed = bed;
        this.memory = bed.memory((long) bed.sizes().smallFiles() * Sizes.SMALL_FILE);
    }

    @Override
    public void run(Samples samples) throws IOException {
        int count = bed.sizes().smallFiles();
        limit(count, samples);
        MemorySegment content = bed.content(memory);
        String bucket = bed.newBucket();
        Mounted mount = bed.sidecar()
                .mount(bucket, bed.newPath("mount"), Map.of("flushDebounce", "PT1M", "flushMaxBatchWindow", "PT2M"));
        double seconds = Timing.seconds(() -> {
            NativeFiles.writeSmall(mount.directory().resolve("small"), count, content);
            bed.sidecar().flush(mount);
            for (int i = 0; i < count; i += Math.max(1, count - 1)) {
                bed.hub().awaitVisible(bucket, "small/f" + i, Sizes.SMALL_FILE);
            }
        });
        bed.sidecar().unmount(mount);
        samples.value(Row.SMALL_FILES, count / seconds);
    }

    private void limit(int count, Samples samples) throws IOException {
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
