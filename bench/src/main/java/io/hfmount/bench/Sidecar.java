package io.hfmount.bench;

import io.hfmount.emulator.EmulatorConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The sidecar as a process of its own, driven by its API as any user does. Thread-safe. */
final class Sidecar implements Agent, AutoCloseable {
    private static final long START_NANOS = TimeUnit.MINUTES.toNanos(3);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final String JSON = "application/json";
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final ChildProcess process;
    private final Http http;
    private final Path data;

    private Sidecar(ChildProcess process, Http http, Path data) {
        this.process = process;
        this.http = http;
        this.data = data;
    }

    /** Starts a sidecar without mounts. Mounts are allowed below {@code directory}. */
    static Sidecar start(JavaCommand java, Path directory, String hub) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path data = directory.resolve("sidecar");
        ChildProcess process = ChildProcess.start(
                "the sidecar",
                java.of(
                        "io.hfmount.api.HfMountApplication",
                        List.of(
                                "--hfmount.endpoint=" + hub,
                                "--hfmount.port=" + port,
                                "--hfmount.data-dir=" + data,
                                "--hfmount.mount-roots=" + directory)),
                Map.of("HF_TOKEN", EmulatorConfig.DEFAULT_TOKEN, "HF_TOKEN_FILE", ""),
                directory.resolve("sidecar.log"),
                false);
        Http http = new Http("http://127.0.0.1:" + port, null);
        Sidecar sidecar = new Sidecar(process, http, data);
        long start = System.nanoTime();
        while (!sidecar.isReady()) {
            process.checkAlive();
            if (System.nanoTime() - start > START_NANOS) {
                sidecar.close();
                throw new IOException("the sidecar did not become ready within three minutes");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return sidecar;
    }

    private boolean isReady() {
        try {
            return http.call("GET", "/actuator/health/readiness", null, null).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    ChildProcess process() {
        return process;
    }

    /** Mounts {@code bucket} in the default mode. */
    @Override
    public Mounted mount(String bucket, Path at, Map<String, Object> options) throws IOException {
        return mount(bucket, at, options, null);
    }

    /** Mounts {@code bucket} in a mode, null for the default. */
    Mounted mount(String bucket, Path at, Map<String, Object> options, @Nullable String mode) throws IOException {
        process.checkAlive();
        Files.createDirectories(at);
        Map<String, Object> members = new HashMap<>(
                Map.of("source", "hf://buckets/" + bucket, "mountPoint", at.toString(), "options", options));
        if (mode != null) {
            members.put("mode", mode);
        }
        String request = MAPPER.writeValueAsString(members);
        JsonNode view = MAPPER.readTree(http.expect("POST", "/v1/mounts", JSON, request));
        return new Mounted(view.path("id").stringValue(), at);
    }

    /** Publishes all that is dirty, and waits for it. */
    @Override
    public void flush(Mounted mount) throws IOException {
        http.expect("POST", "/v1/mounts/" + mount.id() + "/flush", JSON, "{\"timeout\":\"PT9M\"}");
    }

    /** A debounce longer than any writing, which a flush ends: all goes in one batch. */
    @Override
    public Map<String, Object> noDebounce() {
        return Map.of("flushDebounce", "PT1M", "flushMaxBatchWindow", "PT2M");
    }

    @Override
    public void settle(Mounted mount) throws IOException {
        atRest();
    }

    @Override
    public void unmount(Mounted mount) throws IOException {
        http.expect("DELETE", "/v1/mounts/" + mount.id() + "?drain=PT5M", null, null);
    }

    @Override
    public Path files(Mounted mount) {
        return data.resolve("mounts").resolve(mount.id());
    }

    @Override
    public double peakMebibytes() throws IOException {
        return process.peakMebibytes();
    }

    /** Disk blocks, in bytes, of what it stages of a mount; caches and indexes do not count. */
    long diskBytes(Mounted mount) throws IOException {
        Process du = new ProcessBuilder(
                        "du", "-s", "-B1", files(mount).resolve("staging").toString())
                .start();
        try (BufferedReader output = du.inputReader()) {
            String line = output.readLine();
            if (line == null) {
                throw new IOException("du said nothing of " + files(mount));
            }
            return Long.parseLong(line.split("\\s")[0]);
        }
    }

    /**
     * What the present mounts have done together.
     *
     * @param fetched bytes from storage
     * @param cached bytes in disk caches
     */
    record Counts(long fetched, long cached) {}

    /** The counts once they stand still: fetches ahead of reads and writes to the cache have ended. */
    Counts atRest() throws IOException {
        Counts last = null;
        Counts now = counts();
        while (!now.equals(last)) {
            LockSupport.parkNanos(REST_NANOS);
            last = now;
            now = counts();
        }
        return now;
    }

    private Counts counts() throws IOException {
        String meters = http.expect("GET", "/actuator/prometheus", null, null);
        return new Counts(sum(meters, "hf_mount_cas_bytes_down_total"), sum(meters, "hf_mount_cache_bytes"));
    }

    private static long sum(String meters, String name) {
        return Math.round(meters.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum());
    }

    @Override
    public void close() throws IOException {
        http.close();
        process.close();
    }
}
