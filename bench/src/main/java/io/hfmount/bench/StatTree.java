package io.hfmount.bench;

import io.hfmount.bench.Sidecar.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Asking for the attributes of every file of a tree, 100 files a directory, in a new mount that has listed nothing. */
final class StatTree implements Scenario {
    private static final int PER_DIRECTORY = 100;

    private final Testbed bed;
    private @Nullable String bucket;
    private @Nullable Path copy;

    StatTree(Testbed bed) {
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
    public void run(Samples samples) throws IOException {
        int count = bed.sizes().stats();
        List<Path> copies = files(Objects.requireNonNull(copy));
        samples.limit(Row.STAT_5000, count / Timing.seconds(() -> NativeFiles.stat(copies)));
        Mounted mount = bed.sidecar().mount(Objects.requireNonNull(bucket), bed.newPath("mount"), Map.of());
        List<Path> files = files(mount.directory());
        samples.value(Row.STAT_5000, count / Timing.seconds(() -> NativeFiles.stat(files)));
        bed.sidecar().unmount(mount);
    }
}
