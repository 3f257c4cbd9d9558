package io.hfmount.bench;

import io.hfmount.emulator.EmulatorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * hf-mount 0.9.2, the program that the sidecar is compared with: a process of {@code hf-mount-fuse} a mount. It has no
 * command to flush; it publishes by itself after its debounce, and what is dirty when it is asked to end.
 */
final class Reference implements Agent, AutoCloseable {
    /** What a row's limit is then called. */
    static final String NAME = "hf-mount, the reference";

    /** Its own default, and the sidecar's. */
    private static final Duration DEBOUNCE = Duration.ofSeconds(2);

    private static final String DEBOUNCE_OPTION = "flushDebounce";
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** More than the 45 s it gives itself to publish at its end. */
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(90);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Path binary;
    private final String hub;
    private final Path directory;
    /** By id, which is the mount point without symbolic links. */
    private final Map<String, ChildProcess> running = new HashMap<>(); // guarded by itself

    private double peak; // guarded by running

    /**
     * Starts nothing yet.
     *
     * @param binary the executable {@code hf-mount-fuse}
     * @param directory gets its caches and logs
     * @param hub the URL of the Hub
     */
    Reference(Path binary, Path directory, String hub) {
        this.binary = binary;
        this.hub = hub;
        this.directory = directory;
    }

    @Override
    public Mounted mount(String bucket, Path at, Map<String, Object> options) throws IOException {
        Path place = Files.createDirectories(at).toRealPath();
        Mounted mount = new Mounted(place.toString(), at);
        Path files = Files.createDirectories(files(mount));
        ChildProcess process;
        synchronized (running) {
            process = ChildProcess.start(
                    "the reference",
                    command(binary, hub, files, bucket, place, options),
                    Map.of(
                            "HF_TOKEN",
                            EmulatorConfig.DEFAULT_TOKEN,
                            "HF_HOME",
                            directory.resolve("hf-home").toString(),
                            "NO_PROXY",
                            "127.0.0.1",
                            "no_proxy",
                            "127.0.0.1"),
                    files.resolveSibling(files.getFileName() + ".log"),
                    false);
            running.put(mount.id(), process);
        }
        long start = System.nanoTime();
        while (!MountPoints.contains(place)) {
            try {
                process.checkAlive();
            } catch (IOException e) {
                forget(mount.id());
                throw e;
            }
            if (System.nanoTime() - start > START_NANOS) {
                unmount(mount);
                throw new IOException("the reference did not mount " + bucket + " within a minute");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return mount;
    }

    /**
     * What is started for a mount. The token is not part of it: other users see command lines.
     *
     * @throws IllegalArgumentException for an option that it is not told here
     */
    static List<String> command(
            Path binary, String hub, Path caches, String bucket, Path at, Map<String, Object> options) {
        Duration debounce = DEBOUNCE;
        for (Map.Entry<String, Object> option : options.entrySet()) {
            if (!option.getKey().equals(DEBOUNCE_OPTION)) {
                throw new IllegalArgumentException("the reference is not told the option " + option.getKey());
            }
            debounce = Duration.parse(option.getValue().toString());
        }
        return List.of(
                binary.toString(),
                "--hub-endpoint",
                hub,
                "--cache-dir",
                caches.toString(),
                "--advanced-writes",
                "--flush-debounce-ms",
                Long.toString(debounce.toMillis()),
                "bucket",
                bucket,
                at.toString());
    }

    /** Does nothing: it publishes when its debounce has passed. */
    @Override
    public void flush(Mounted mount) throws IOException {
        process(mount.id()).checkAlive();
    }

    @Override
    public Map<String, Object> noDebounce() {
        return Map.of(DEBOUNCE_OPTION, Duration.ZERO.toString());
    }

    /** Does nothing: it tells nothing of its caches. */
    @Override
    public void settle(Mounted mount) throws IOException {
        process(mount.id()).checkAlive();
    }

    @Override
    public void unmount(Mounted mount) throws IOException {
        ChildProcess process = process(mount.id());
        try {
            process.checkAlive();
            end(process);
        } finally {
            forget(mount.id());
            MountPoints.detach(Path.of(mount.id()));
        }
    }

    /** Asks it to end, and waits. The peak may come with what it publishes then. */
    private void end(ChildProcess process) throws IOException {
        observe(process.peakMebibytes());
        process.process().destroy();
        long start = System.nanoTime();
        while (process.process().isAlive()) {
            try {
                observe(process.peakMebibytes());
            } catch (IOException e) {
                // it has just ended
            }
            if (System.nanoTime() - start > END_NANOS) {
                process.process().destroyForcibly();
                throw new IOException("the reference did not end within 90 s: " + process.lastOutput());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        if (process.process().exitValue() != 0) {
            process.checkAlive(); // throws, with what it said
        }
    }

    private void observe(double mebibytes) {
        synchronized (running) {
            peak = Math.max(peak, mebibytes);
        }
    }

    private ChildProcess process(String id) throws IOException {
        synchronized (running) {
            ChildProcess process = running.get(id);
            if (process == null) {
                throw new IOException("the reference has nothing mounted at " + id);
            }
            return process;
        }
    }

    private void forget(String id) {
        synchronized (running) {
            running.remove(id);
        }
    }

    /** By the last name of the mount point, which no two of a run share. */
    @Override
    public Path files(Mounted mount) {
        return directory.resolve(
                Objects.requireNonNull(mount.directory().getFileName()).toString());
    }

    /** Of all its processes the one that had most; so far as they have ended. */
    @Override
    public double peakMebibytes() {
        synchronized (running) {
            return peak;
        }
    }

    @Override
    public void close() throws IOException {
        List<String> left;
        synchronized (running) {
            left = List.copyOf(running.keySet());
        }
        IOException failure = null;
        for (String id : left) {
            try {
                unmount(new Mounted(id, Path.of(id)));
            } catch (IOException e) {
                failure = failure != null ? failure : e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
