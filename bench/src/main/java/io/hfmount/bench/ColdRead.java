package io.hfmount.bench;

import io.hfmount.bench.Sidecar.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reading a large file of the Hub from begin to end in a new mount, all caches empty. */
final class ColdRead implements Scenario {
    private final Testbed bed;
    private final MemorySegment memory;

    ColdRead(Testbed bed, MemorySegment memory) {
        this.bed = bed;
        this.memory = memory;
    }

    @Override
    public void run(Samples samples) throws IOException {
        MemorySegment content = bed.content(memory);
        Published file = Published.of(bed, content);
        PythonClient python = bed.python();
        if (python != null) {
            Path directory = bed.newPath("download");
            double limit = python.download(file.bucket(), List.of(directory.resolve(file.name())));
            Testbed.remove(directory);
            samples.limit(Row.COLD_SEQ_READ, Timing.rate(content.byteSize(), limit));
        }
        Mounted mount = bed.sidecar().mount(file.bucket(), bed.newPath("mount"), Map.of());
        double seconds = Timing.seconds(() -> NativeFiles.readAll(file.in(mount), content));
        bed.sidecar().unmount(mount);
        samples.value(Row.COLD_SEQ_READ, Timing.rate(content.byteSize(), seconds));
    }
}
