package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What short segments cost other readers: {@code hf_xet} downloads a file of ours, and one it uploaded itself. */
final class ShortSegments implements Scenario {
    /** Memory, where there is such a file system: the price of a segment is lost in what a disk does on its own. */
    private static final Path FAST =
            Files.isWritable(Path.of("/dev/shm")) ? Path.of("/dev/shm") : Path.of(System.getProperty("java.io.tmpdir"));

    private static final int PAIRS = 5;

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
        Testbed.remove(directory);
        Path inMemory = Files.createTempDirectory(FAST, "hfmount-bench-");
        try {
            Path target = inMemory.resolve("file");
            for (String warmed : List.of(theirs, ours)) {
                download(python, warmed, target); // what the Hub reads is in the page cache from here on
            }
            for (int i = 0; i < PAIRS; i++) {
                samples.limit(Row.SHORT_SEGMENTS, download(python, theirs, target));
                samples.value(Row.SHORT_SEGMENTS, download(python, ours, target));
            }
        } finally {
            Testbed.remove(inMemory);
        }
        bed.hub().deleteBucket(theirs);
        bed.hub().deleteBucket(ours);
    }

    private static double download(PythonClient python, String bucket, Path target) throws IOException {
        double seconds = python.download(bucket, List.of(target));
        Files.delete(target);
        return seconds;
    }
}
