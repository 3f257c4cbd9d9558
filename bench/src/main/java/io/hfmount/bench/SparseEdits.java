package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Edits of a large file that this machine published before and whose local copy is gone, beside the same edits in the
 * {@code staged} mode. After each edit another client downloads the file, which must equal a native copy with that edit.
 */
final class SparseEdits implements Scenario {
    private final Testbed bed;
    private final long size;
    private final Row open;
    private final Row disk;
    private final List<EditRows> edits;

    /**
     * @param size of the file in bytes
     * @param open row for the time an open for writing takes
     * @param disk row for the staging disk that the edits take
     * @param edits what is done, in order, to the same file
     */
    SparseEdits(Testbed bed, long size, Row open, Row disk, List<EditRows> edits) {
        this.bed = bed;
        this.size = size;
        this.open = open;
        this.disk = disk;
        this.edits = edits;
    }

    /** Takes a value of one mode. */
    private interface Recorder {
        void record(Row row, double value);
    }

    @Override
    public void run(Samples samples) throws IOException {
        measure("staged", samples::limit);
        measure("sparse", samples::value);
    }

    private void measure(String mode, Recorder recorder) throws IOException {
        String bucket = bed.newBucket();
        Path copy = bed.newPath("native");
        Path at = bed.newPath("mount");
        long seed = bed.seed();
        Mounted first = bed.sidecar().mount(bucket, at, Map.of(), mode);
        NativeFiles.writeRandom(copy, size, seed);
        NativeFiles.writeRandom(first.directory().resolve("file"), size, seed);
        bed.sidecar().unmount(first);
        try {
            Mounted mount = bed.sidecar().mount(bucket, at, Map.of("flushDebounce", "PT10M"), mode);
            try {
                Path file = mount.directory().resolve("file");
                Files.size(file); // its attributes are known, as after any listing
                long stagedBefore = bed.sidecar().diskBytes(mount);
                recorder.record(open, openMillis(file, mode));
                for (EditRows rows : edits) {
                    edit(rows, mount, bucket, file, copy, stagedBefore, recorder);
                }
            } finally {
                bed.sidecar().unmount(mount);
            }
        } finally {
            Files.deleteIfExists(copy);
            bed.hub().deleteBucket(bucket);
        }
    }

    /** Milliseconds until an open for writing returns; in the sparse mode it moves no content at all. */
    private double openMillis(Path file, String mode) throws IOException {
        bed.hub().forgetRequests();
        long start = System.nanoTime();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        double millis = (System.nanoTime() - start) / 1e6;
        channel.close();
        long moved = bed.hub().storageBytes();
        if (mode.equals("sparse") && moved != 0) {
            throw new IOException("an open for writing moved " + moved + " bytes of content");
        }
        return millis;
    }

    private void edit(
            EditRows rows, Mounted mount, String bucket, Path file, Path copy, long stagedBefore, Recorder recorder)
            throws IOException {
        long seed = bed.seed();
        String before = bed.hub().hash(bucket, "file");
        bed.hub().forgetRequests();
        rows.edit().apply(file, seed);
        if (rows.edit() == Edit.EDITS) {
            recorder.record(disk, (double) Math.max(0, bed.sidecar().diskBytes(mount) - stagedBefore));
        }
        double seconds = Timing.seconds(() -> {
            bed.sidecar().flush(mount);
            bed.hub().awaitChanged(bucket, "file", before);
        });
        recorder.record(rows.bytes(), (double) bed.hub().wireBytes());
        recorder.record(rows.visible(), seconds);
        rows.edit().apply(copy, seed);
        bed.checkPublished(bucket, "file", copy);
    }
}
