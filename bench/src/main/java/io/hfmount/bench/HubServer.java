package io.hfmount.bench;

import io.hfmount.emulator.EmulatorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The embedded Hub as a process of its own, with all its checks. Thread-safe. */
final class HubServer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long VISIBLE_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final int PAGE = 5000;
    private static final String STORAGE = "/_storage/";
    private static final Pattern FILE = Pattern.compile("\"type\":\"file\"");

    private final ChildProcess process;
    private final String url;
    private final Http http;

    private HubServer(ChildProcess process, String url) {
        this.process = process;
        this.url = url;
        this.http = new Http(url, EmulatorConfig.DEFAULT_TOKEN);
    }

    /** Starts a Hub with nothing in it. */
    static HubServer start(JavaCommand java, Path directory) throws IOException {
        Path portFile = directory.resolve("hub.port");
        ChildProcess process = ChildProcess.start(
                "the Hub",
                java.of(
                        "io.hfmount.emulator.HubMain",
                        List.of("--data", directory.resolve("hub").toString(), "--port-file", portFile.toString())),
                Map.of(),
                directory.resolve("hub.log"),
                false);
        long start = System.nanoTime();
        while (!Files.exists(portFile)) {
            process.checkAlive();
            if (System.nanoTime() - start > START_NANOS) {
                process.close();
                throw new IOException("the Hub did not start within a minute");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return new HubServer(
                process, "http://127.0.0.1:" + Files.readString(portFile).strip());
    }

    String url() {
        return url;
    }

    ChildProcess process() {
        return process;
    }

    void createBucket(String bucket) throws IOException {
        http.expect("POST", "/api/buckets/" + bucket, "application/json", "{}");
    }

    /** Frees the bucket's name and files; what storage holds of them stays. */
    void deleteBucket(String bucket) throws IOException {
        http.expect("DELETE", "/api/buckets/" + bucket, null, null);
    }

    /** The hash of a file that is visible. */
    String hash(String bucket, String path) throws IOException {
        return http.call("HEAD", "/buckets/" + bucket + "/resolve/" + path, null, null)
                .headers()
                .firstValue("X-Xet-Hash")
                .orElseThrow(() -> new IOException(bucket + "/" + path + " is not on the Hub"));
    }

    /** Waits until HEAD shows {@code path} with {@code size} bytes. */
    void awaitVisible(String bucket, String path, long size) throws IOException {
        long start = System.nanoTime();
        while (true) {
            var answer = http.call("HEAD", "/buckets/" + bucket + "/resolve/" + path, null, null);
            if (answer.statusCode() == 200
                    && answer.headers().firstValueAsLong("X-Linked-Size").orElse(-1) == size) {
                return;
            }
            if (System.nanoTime() - start > VISIBLE_NANOS) {
                throw new IOException(bucket + "/" + path + " did not become visible within ten minutes");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Waits until HEAD shows another hash than {@code before}. */
    void awaitChanged(String bucket, String path, String before) throws IOException {
        long start = System.nanoTime();
        while (hash(bucket, path).equals(before)) {
            if (System.nanoTime() - start > VISIBLE_NANOS) {
                throw new IOException(bucket + "/" + path + " did not change within ten minutes");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Starts to count bytes anew. */
    void forgetRequests() throws IOException {
        http.expect("DELETE", "/_admin/requests", null, null);
    }

    /** Bytes of all bodies, both ways, since {@link #forgetRequests}. */
    long wireBytes() throws IOException {
        return bytes("", true);
    }

    /** The same of storage alone. */
    long storageBytes() throws IOException {
        return bytes(STORAGE, true);
    }

    /**
     * What storage sent, in bytes of bodies, since {@link #forgetRequests}, once that stands still. A request counts when
     * it has ended, so this is for a time when nobody reads any more.
     */
    long sentByStorage() throws IOException {
        long last = -1;
        long now = bytes(STORAGE, false);
        while (now != last) {
            LockSupport.parkNanos(REST_NANOS);
            last = now;
            now = bytes(STORAGE, false);
        }
        return now;
    }

    private long bytes(String prefix, boolean bothWays) throws IOException {
        JsonNode recorded = JSON.readTree(http.expect("GET", "/_admin/requests", null, null));
        if (recorded.path("dropped").longValue() > 0) {
            throw new IOException("the Hub recorded only the last of too many requests");
        }
        long bytes = 0;
        for (JsonNode request : recorded.path("requests")) {
            String path = request.path("path").stringValue();
            if (path.startsWith(prefix) && !path.startsWith("/_admin/")) {
                bytes += request.path("bytesOut").longValue()
                        + (bothWays ? request.path("bytesIn").longValue() : 0);
            }
        }
        return bytes;
    }

    /** Segments that a file is registered with. */
    int segments(String bucket, String path) throws IOException {
        String hash = hash(bucket, path);
        JsonNode token = JSON.readTree(http.expect("GET", "/api/buckets/" + bucket + "/xet-read-token", null, null));
        try (Http storage = new Http(
                token.path("casUrl").stringValue(), token.path("accessToken").stringValue())) {
            return JSON.readTree(storage.expect("GET", "/v1/reconstructions/" + hash, null, null))
                    .path("terms")
                    .size();
        }
    }

    /** Waits until {@code count} files are listed in {@code directory}; at most a page of them. */
    void awaitFiles(String bucket, String directory, int count) throws IOException {
        String path = "/api/buckets/" + bucket + "/tree/" + directory + "?recursive=true&limit=" + PAGE;
        long start = System.nanoTime();
        while (FILE.matcher(http.expect("GET", path, null, null)).results().count() != count) {
            if (System.nanoTime() - start > VISIBLE_NANOS) {
                throw new IOException(bucket + "/" + directory + " did not get all files within ten minutes");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Makes files of the content {@code hash}. */
    void addCopies(String bucket, String hash, List<String> paths) throws IOException {
        batch(
                bucket,
                paths.stream()
                        .map(path -> "{\"type\":\"addFile\",\"path\":\"" + path + "\",\"xetHash\":\"" + hash
                                + "\",\"mtime\":1700000000000}")
                        .toList());
    }

    /** Applies a batch, one JSON operation a line. */
    void batch(String bucket, List<String> operations) throws IOException {
        String answer = http.expect(
                "POST",
                "/api/buckets/" + bucket + "/batch",
                "application/x-ndjson",
                String.join("\n", operations) + "\n");
        if (!answer.contains("\"success\":true")) {
            throw new IOException("the batch failed: " + answer);
        }
    }

    @Override
    public void close() throws IOException {
        http.close();
        process.close();
    }
}
