package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.SplittableRandom;

/** A log that stays open and is published after each of many lines, beside the same in the {@code staged} mode. */
final class LogAppends implements Scenario {
    private static final int START_BYTES = 1 << 20;
    private static final int LINE_BYTES = 200;

    private final Testbed bed;

    LogAppends(Testbed bed) {
        this.bed = bed;
    }

    @Override
    public void run(Samples samples) throws IOException {
        Result staged = measure("staged");
        samples.limit(Row.LOG_BYTES, staged.bytesEach());
        samples.limit(Row.LOG_SEGMENTS, staged.segments());
        Result sparse = measure("sparse");
        samples.value(Row.LOG_BYTES, sparse.bytesEach());
        samples.value(Row.LOG_SEGMENTS, sparse.segments());
    }

    /**
     * @param bytesEach over the wire, a flush
     * @param segments of the file at the end
     */
    private record Result(double bytesEach, double segments) {}

    private Result measure(String mode) throws IOException {
        String bucket = bed.newBucket();
        Path copy = bed.newPath("native");
        Mounted mount = bed.sidecar().mount(bucket, bed.newPath("mount"), Map.of("flushDebounce", "PT10M"), mode);
        int count = bed.sizes().logLines();
        SplittableRandom random = new SplittableRandom(bed.seed());
        byte[] line = new byte[LINE_BYTES];
        try (FileChannel log = create(mount.directory().resolve("file"));
                FileChannel copied = create(copy)) {
            byte[] start = new byte[START_BYTES];
            random.nextBytes(start);
            append(log, start);
            append(copied, start);
            bed.sidecar().flush(mount);
            bed.hub().forgetRequests();
            for (int i = 0; i < count; i++) {
                random.nextBytes(line);
                append(log, line);
                append(copied, line);
                bed.sidecar().flush(mount);
            }
            double each = (double) bed.hub().wireBytes() / count;
            bed.hub().awaitVisible(bucket, "file", START_BYTES + (long) count * LINE_BYTES);
            bed.checkPublished(bucket, "file", copy);
            return new Result(each, bed.hub().segments(bucket, "file"));
        } finally {
            bed.sidecar().unmount(mount);
            Files.deleteIfExists(copy);
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static void append(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }
}
