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

/** Asking for the attributes of every file of a tree, 100 files a directory, in a new mount that has listed nothing. */
final class StatTree extends AgentScenario {
    private static final int PER_DIRECTORY = 100;

    private final Testbed bed;
    private @Nullable String bucket;
    private @Nullable Path copy;

    StatTree(Testbed bed) {
        super(bed.sidecar(), bed.reference());
        this.bed = bed;
    }

    @Override
    public void prepare() throws IOException {
        MemorySegment content = bed.content(bed.memory(Sizes.SMALL_FILE));
        Published one = Published.of(bed, content);
        String hash = bed.hub().hash(one.bucket(), one.name());
        bucket = one.bucket();
        bed.hub().addCopies(bucket, hash, names());
        Path tree = bed.newPath("native");
        copy = tree;
        for (String name : names()) {
            Path file = tree.resolve(name);
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            NativeFiles.write(file, content);
        }
    }

    private List<String> names() {
        return IntStream.range(0, bed.sizes().stats())
                .mapToObj(i -> "d%03d/f%03d".formatted(i / PER_DIRECTORY, i % PER_DIRECTORY))
                .toList();
    }

    private List<Path> files(Path root) {
        return names().stream().map(root::resolve).toList();
    }

    @Override
    void limit(Samples samples) throws IOException {
        List<Path> copies = files(Objects.requireNonNull(copy));
        samples.limit(Row.STAT_5000, copies.size() / Timing.seconds(() -> NativeFiles.stat(copies)));
    }

    @Override
    void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException {
        Mounted mount = agent.mount(Objects.requireNonNull(bucket), bed.newPath("mount"), Map.of());
        List<Path> files = files(mount.directory());
        result.accept(Row.STAT_5000, files.size() / Timing.seconds(() -> NativeFiles.stat(files)));
        agent.unmount(mount);
    }
}
