package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a small edit of a file of a given size costs when it is sparse, beside the mode that downloads the file first: from
 * which size on sparse edits should be the rule. The files were published by this machine, their local copies are gone.
 */
final class ThresholdEdits implements Scenario {
    private static final int FILES = 15;

    private final Testbed bed;
    private final int size;
    private final Row bytes;
    private final Row visible;

    /**
     * @param size of each file in bytes
     * @param bytes row for the bytes on the wire, both ways, of one file
     * @param visible row for the seconds from the open for writing until the Hub's HEAD shows the edit
     */
    ThresholdEdits(Testbed bed, int size, Row bytes, Row visible) {
        this.bed = bed;
        this.size = size;
        this.bytes = bytes;
        this.visible = visible;
    }

    private record Cost(double bytes, double seconds) {}

    @Override
    public void run(Samples samples) throws IOException {
        Cost staged = measure("staged", Map.of());
        samples.limit(bytes, staged.bytes());
        samples.limit(visible, staged.seconds());
        Cost sparse = measure("sparse", Map.of("sparseMinSize", "0"));
        samples.value(bytes, sparse.bytes());
        samples.value(visible, sparse.seconds());
    }

    private Cost measure(String mode, Map<String, Object> options) throws IOException {
        String bucket = bed.newBucket();
        Path at = bed.newPath("mount");
        Path copies = Files.createDirectories(bed.newPath("native"));
        Mounted first = bed.sidecar().mount(bucket, at, Map.of(), mode);
        for (int i = 0; i < FILES; i++) {
            long seed = bed.seed();
            NativeFiles.writeRandom(copies.resolve("file" + i), size, seed);
            NativeFiles.writeRandom(first.directory().resolve("file" + i), size, seed);
        }
        bed.sidecar().unmount(first);
        Map<String, Object> all = new HashMap<>(options);
        all.put("flushDebounce", "PT10M");
        Mounted mount = bed.sidecar().mount(bucket, at, all, mode);
        double[] seconds = new double[FILES];
        double[] moved = new double[FILES];
        try {
            for (int i = 0; i < FILES; i++) {
                String name = "file" + i;
                Path file = mount.directory().resolve(name);
                Files.size(file); // its attributes are known, as after any listing
                String before = bed.hub().hash(bucket, name);
                long seed = bed.seed();
                bed.hub().forgetRequests();
                seconds[i] = Timing.seconds(() -> {
                    edit(file, seed);
                    bed.sidecar().flush(mount);
                    bed.hub().awaitChanged(bucket, name, before);
                });
                moved[i] = (double) bed.hub().wireBytes();
                edit(copies.resolve(name), seed);
            }
            for (int i = 0; i < FILES; i++) {
                bed.checkPublished(bucket, "file" + i, copies.resolve("file" + i));
            }
        } finally {
            bed.sidecar().unmount(mount);
            Testbed.remove(copies);
        }
        return new Cost(median(moved), median(seconds));
    }

    /** 4 KiB somewhere in the file. */
    private void edit(Path file, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] piece = new byte[Sizes.SMALL_FILE];
        random.nextBytes(piece);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(piece);
            long position = random.nextLong(size - piece.length);
            while (rest.hasRemaining()) {
                channel.write(rest, position + rest.position());
            }
        }
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
