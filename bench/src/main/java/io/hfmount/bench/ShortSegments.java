package io.hfmount.bench;

import io.hfmount.bench.Sidecar.Mounted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What short segments cost other readers: {@code hf_xet} downloads a file of ours, and one it uploaded itself. */
final class ShortSegments implements Scenario {
    private final Testbed bed;

    ShortSegments(Testbed bed) {
        this.bed = bed;
    }

    @Override
    public void run(Samples samples) throws IOException {
        PythonClient python = bed.python();
        if (python == null) {
            throw new IOException("the readers of others need the Python client");
        }
        long size = bed.sizes().segmentFileBytes();
        Path directory = Files.createDirectory(bed.newPath("native"));
        Path file = directory.resolve("file");
        NativeFiles.writeRandom(file, size, bed.seed());
        String theirs = bed.newBucket();
        python.upload(theirs, List.of(file));
        String ours = bed.newBucket();
        Mounted mount = bed.sidecar().mount(ours, bed.newPath("mount"), Map.of());
        NativeFiles.writeRandom(mount.directory().resolve("file"), size, bed.seed());
        bed.sidecar().unmount(mount);
        for (String warmed : List.of(theirs, ours)) {
            Files.delete(file);
            python.download(warmed, List.of(file)); // what the Hub reads is in the page cache from here on
        }
        Files.delete(file);
        samples.limit(Row.SHORT_SEGMENTS, python.download(theirs, List.of(file)));
        Files.delete(file);
        samples.value(Row.SHORT_SEGMENTS, python.download(ours, List.of(file)));
        Testbed.remove(directory);
        bed.hub().deleteBucket(theirs);
        bed.hub().deleteBucket(ours);
    }
}
