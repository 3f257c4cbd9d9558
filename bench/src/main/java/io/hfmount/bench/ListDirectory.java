package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ls -l} does to one large directory: reads its names and asks for the attributes of each. The directory was
 * read once before, in the mount as on the native file system; a process of its own would cost more than the work.
 */
final class ListDirectory extends AgentScenario {
    private final Testbed bed;
    private @Nullable String bucket;
    private @Nullable Path copy;

    ListDirectory(Testbed bed) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
    }

    @Override
    public void prepare() throws IOException {
        MemorySegment content = bed.content(bed.memory(Sizes.SMALL_FILE));
        Published one = Published.of(bed, content);
        String hash = bed.hub().hash(one.bucket(), one.name());
        bucket = one.bucket();
        List<String> names = IntStream.range(0, bed.sizes().stats())
                .mapToObj("f%05d"::formatted)
                .toList();
        bed.hub().addCopies(bucket, hash, names.stream().map("large/"::concat).toList());
        Path directory = Files.createDirectory(bed.newPath("native"));
        copy = directory;
        for (String name : names) {
            NativeFiles.write(directory.resolve(name), content);
        }
    }

    @Override
    void limit(Samples samples) throws IOException {
        samples.limit(Row.LS_L, secondLook(Objects.requireNonNull(copy)));
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        Mounted mount = agent.mount(Objects.requireNonNull(bucket), bed.newPath("mount"), Map.of());
        result.accept(Row.LS_L, secondLook(mount.directory().resolve("large")));
        agent.unmount(mount);
    }

    /** Entries a second. */
    private double secondLook(Path directory) throws IOException {
        int count = bed.sizes().stats();
        NativeFiles.list(directory, count);
        return count / Timing.seconds(() -> NativeFiles.list(directory, count));
    }
}
