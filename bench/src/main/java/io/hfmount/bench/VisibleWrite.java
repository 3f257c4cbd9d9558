package io.hfmount.bench;

import io.hfmount.bench.Sidecar.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writing a large file and publishing it, until the Hub's HEAD shows it. */
final class VisibleWrite implements Scenario {
    private final Testbed bed;
    private final MemorySegment memory;

    VisibleWrite(Testbed bed, MemorySegment memory) {
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    public void run(Samples samples) throws IOException {
        limit(samples);
        MemorySegment content = bed.content(memory);
        String bucket = bed.newBucket();
        Mounted mount = bed.sidecar().mount(bucket, bed.newPath("mount"), Map.of("flushDebounce", "PT0S"));
        double seconds = Timing.seconds(() -> {
            NativeFiles.write(mount.directory().resolve("file"), content);
            bed.sidecar().flush(mount);
            bed.hub().awaitVisible(bucket, "file", content.byteSize());
        });
        bed.sidecar().unmount(mount);
        samples.value(Row.WRITE_VISIBLE, Timing.rate(content.byteSize(), seconds));
    }

    private void limit(Samples samples) throws IOException {
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
