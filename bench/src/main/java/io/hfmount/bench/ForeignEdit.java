package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Two edits of a file that {@code hf_xet} uploaded and this machine has never seen. The first must look at the segments
 * it touches, the second knows them.
 */
final class ForeignEdit implements Scenario {
    private final Testbed bed;

    ForeignEdit(Testbed bed) {
        this.bed = bed;
    }

    @Override
    public void run(Samples samples) throws IOException {
        double[] staged = measure("staged");
        samples.limit(Row.FOREIGN_FIRST_BYTES, staged[0]);
        samples.limit(Row.FOREIGN_SECOND_BYTES, staged[1]);
        double[] sparse = measure("sparse");
        samples.value(Row.FOREIGN_FIRST_BYTES, sparse[0]);
        samples.value(Row.FOREIGN_SECOND_BYTES, sparse[1]);
    }

    /** Bytes over the wire of the first and of the second append. */
    private double[] measure(String mode) throws IOException {
        PythonClient python = bed.python();
        if (python == null) {
            throw new IOException("a file that was never seen here needs the Python client");
        }
        Path directory = Files.createDirectory(bed.newPath("native"));
        Path copy = directory.resolve("file");
        NativeFiles.writeRandom(copy, bed.sizes().fileBytes(), bed.seed());
        String bucket = bed.newBucket();
        python.upload(bucket, List.of(copy));
        Mounted mount = bed.sidecar().mount(bucket, bed.newPath("mount"), Map.of("flushDebounce", "PT10M"), mode);
        try {
            Path file = mount.directory().resolve("file");
            Files.size(file);
            double[] bytes = new double[2];
            for (int i = 0; i < bytes.length; i++) {
                long seed = bed.seed();
                String hash = bed.hub().hash(bucket, "file");
                bed.hub().forgetRequests();
                Edit.APPEND.apply(file, seed);
                bed.sidecar().flush(mount);
                bed.hub().awaitChanged(bucket, "file", hash);
                bytes[i] = bed.hub().wireBytes();
                Edit.APPEND.apply(copy, seed);
            }
            bed.checkPublished(bucket, "file", copy);
            return bytes;
        } finally {
            bed.sidecar().unmount(mount);
            Testbed.remove(directory);
        }
    }
}
