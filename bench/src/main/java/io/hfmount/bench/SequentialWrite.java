package io.hfmount.bench;

import io.hfmount.bench.Sidecar.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writing a large file into a mount with default options, until close returns. */
final class SequentialWrite implements Scenario {
    private final Testbed bed;
    private final MemorySegment memory;

    SequentialWrite(Testbed bed, MemorySegment memory) {
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    public void run(Samples samples) throws IOException {
        MemorySegment content = bed.content(memory);
        Path file = bed.newPath("native");
        double limit = Timing.seconds(() -> NativeFiles.write(file, content));
        Files.delete(file);
        Mounted mount = bed.sidecar().mount(bed.newBucket(), bed.newPath("mount"), Map.of());
        double seconds =
                Timing.seconds(() -> NativeFiles.write(mount.directory().resolve("file"), content));
        bed.sidecar().unmount(mount); // publishes it, so that the next run does not meet its upload
        samples.limit(Row.SEQ_WRITE, Timing.rate(content.byteSize(), limit));
        samples.value(Row.SEQ_WRITE, Timing.rate(content.byteSize(), seconds));
    }
}
