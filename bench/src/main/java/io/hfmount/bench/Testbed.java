package io.hfmount.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The processes of one run of the benchmarks and a directory for all they write. Closing it ends them and removes the
 * directory. Closing is thread-safe, the rest is for one thread.
 */
final class Testbed implements AutoCloseable {
    private static final String OWNER = "demo/";

    private final Path directory;
    private final List<AutoCloseable> opened = new ArrayList<>(); // guarded by itself
    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom();
    private final Sizes sizes;
    private final HubServer hub;
    private final Sidecar sidecar;
    private final @Nullable PythonClient python;
    private final @Nullable Reference reference;
    private int numbers;

    private Testbed(Path directory, JavaCommand java, @Nullable Path python, @Nullable Path reference, Sizes sizes)
            throws IOException {
        this.directory = directory;
        this.sizes = sizes;
        try {
            hub = opened(HubServer.start(java, directory));
            sidecar = opened(Sidecar.start(java, directory, hub.url()));
            this.python = python == null ? null : opened(PythonClient.start(python, directory, hub.url()));
            this.reference = reference == null
                    ? null
                    : opened(
                            new Reference(reference, Files.createDirectory(directory.resolve("reference")), hub.url()));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts all processes in a new directory below {@code parent}; {@code python} and {@code reference} null when there
     * is none.
     */
    static Testbed start(Path parent, JavaCommand java, @Nullable Path python, @Nullable Path reference, Sizes sizes)
            throws IOException {
        Files.createDirectories(parent);
        return new Testbed(Files.createTempDirectory(parent, "run-"), java, python, reference, sizes);
    }

    private <T extends AutoCloseable> T opened(T resource) {
        synchronized (opened) {
            opened.add(resource);
        }
        return resource;
    }

    Sizes sizes() {
        return sizes;
    }

    HubServer hub() {
        return hub;
    }

    Sidecar sidecar() {
        return sidecar;
    }

    @Nullable
    PythonClient python() {
        return python;
    }

    /** Takes the place of other limits where it is. */
    @Nullable
    Reference reference() {
        return reference;
    }

    /** Random bytes, the same memory each time and new content each time. */
    MemorySegment content(MemorySegment memory) {
        NativeFiles.randomize(memory, random);
        return memory;
    }

    /** Memory that lasts as long as this. */
    MemorySegment memory(long bytes) {
        return arena.allocate(bytes, Long.BYTES);
    }

    /** A seed that gives content nobody has seen before. */
    long seed() {
        return random.nextLong();
    }

    /**
     * Has the Python client download a file of a bucket.
     *
     * @throws IOException when it does not equal {@code copy}
     */
    void checkPublished(String bucket, String name, Path copy) throws IOException {
        if (python == null) {
            throw new IOException("what is published is checked by the Python client, which is missing");
        }
        Path received = Files.createDirectory(newPath("received"));
        python.download(bucket, List.of(received.resolve(name)));
        long wrong = Files.mismatch(received.resolve(name), copy);
        remove(received);
        if (wrong >= 0) {
            throw new IOException(bucket + "/" + name + " is published with other content, from byte " + wrong);
        }
    }

    /** A new, empty bucket. */
    String newBucket() throws IOException {
        String bucket = OWNER + "bench-" + numbers++;
        hub.createBucket(bucket);
        return bucket;
    }

    /** A path that nothing is at. */
    Path newPath(String name) {
        return directory.resolve(name + "-" + numbers++);
    }

    /** {@code count} random multiples of 4 KiB inside a file of {@code size} bytes. */
    List<Long> positions(int count, long size) {
        return random.longs(count, 0, size / Sizes.SMALL_FILE)
                .map(block -> block * Sizes.SMALL_FILE)
                .boxed()
                .toList();
    }

    @Override
    public void close() throws IOException {
        List<AutoCloseable> closing;
        synchronized (opened) {
            closing = List.copyOf(opened.reversed());
            opened.clear();
        }
        IOException failure = null;
        for (AutoCloseable resource : closing) {
            try {
                resource.close();
            } catch (Exception e) {
                failure = failure != null ? failure : new IOException(e.getMessage(), e);
            }
        }
        if (failure != null) {
            throw failure; // what they left behind may explain it
        }
        remove(directory);
    }

    /** Removes a directory with all that is in it. */
    static void remove(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(path)) {
            walk.sorted(Comparator.reverseOrder()).forEach(each -> {
                try {
                    Files.delete(each);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
