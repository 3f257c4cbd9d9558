package io.hfmount.e2e.live;

import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The embedded Hub as a process of its own, with one user. */
public final class HubProcess implements AutoCloseable {
    /** The user. */
    public static final String USER = "ann";

    private static final String MAIN = "io.hfmount.emulator.HubMain";
    private static final Pattern NEXT = Pattern.compile("<([^>]+)>;\\s*rel=\"next\"");
    private static final Pattern STARTED = Pattern.compile("(?m)^(http://\\S+)$");

    private final ChildJvm jvm;
    private final String url;
    private final String token;
    private final HttpCalls calls;

    private HubProcess(ChildJvm jvm, String url, String token) {
        this.jvm = jvm;
        this.url = url;
        this.token = token;
        this.calls = new HttpCalls(url);
    }

    static HubProcess start(Path directory, Path data, int port, String token, List<String> options)
            throws IOException {
        Files.createDirectories(data);
        List<String> arguments = new ArrayList<>(
                List.of("--data", data.toString(), "--port", Integer.toString(port), "--user", USER + "=" + token));
        arguments.addAll(options);
        ChildJvm jvm = ChildJvm.start("hub", directory, MAIN, arguments, Map.of());
        return new HubProcess(jvm, jvm.awaitOutput(STARTED).group(1), token);
    }

    /** Its process. */
    public ChildJvm jvm() {
        return jvm;
    }

    /** Base address. */
    public String url() {
        return url;
    }

    /** Token of the user; a secret. */
    public String token() {
        return token;
    }

    /** Makes a bucket of the user and tells its id. */
    public String createBucket(String name) {
        call("POST", "/api/buckets/" + USER + "/" + name, "{}").expect(200);
        return USER + "/" + name;
    }

    /**
     * Changes a repo of the user.
     *
     * @param repo {@code models/OWNER/NAME} or {@code datasets/OWNER/NAME}
     * @param json such as {@code {"private":true}} or {@code {"gated":"manual"}}
     */
    public void settings(String repo, String json) {
        call("PUT", "/api/" + repo + "/settings", json).expect(200);
    }

    /** Adds a fault, given as the JSON of {@code /_admin/faults}. */
    public void fault(String json) {
        call("POST", "/_admin/faults", json).expect(201);
    }

    /** Ends all faults. */
    public void clearFaults() {
        call("DELETE", "/_admin/faults", null).expect(204);
    }

    /** How many hits the faults in force still have to give. */
    public int pendingFaults() {
        return call("GET", "/_admin/faults", null).expect(200).json().size();
    }

    /** The requests of late. */
    public JsonNode requests() {
        return call("GET", "/_admin/requests", null).expect(200).json().path("requests");
    }

    /** Forgets the requests of late. */
    public void forgetRequests() {
        call("DELETE", "/_admin/requests", null).expect(204);
    }

    /** Sizes of all files of a bucket by path. */
    public Map<String, Long> files(String bucket) {
        Map<String, Long> files = new TreeMap<>();
        String page = "/api/buckets/" + bucket + "/tree?recursive=true";
        while (page != null) {
            HttpReply reply = call("GET", page, null).expect(200);
            for (JsonNode entry : reply.json()) {
                if ("file".equals(entry.path("type").asString())) {
                    files.put(entry.path("path").asString(), entry.path("size").longValue());
                }
            }
            Matcher next = NEXT.matcher(reply.headers().firstValue("Link").orElse(""));
            page = next.find() ? next.group(1) : null;
        }
        return files;
    }

    /** Puts content that storage has already into a bucket. */
    public void add(String bucket, String path, String hash) {
        Map<String, String> headers = new TreeMap<>(authorization());
        headers.put("Content-Type", "application/x-ndjson");
        String line = "{\"type\":\"addFile\",\"path\":\"%s\",\"xetHash\":\"%s\"}\n".formatted(path, hash);
        calls.call("POST", "/api/buckets/" + bucket + "/batch", line, headers).expect(200);
    }

    /** Content hash of a file of a bucket, or null when the bucket has none. */
    public @Nullable String hash(String bucket, String path) {
        JsonNode entries = call("GET", "/api/buckets/" + bucket + "/tree/" + path, null)
                .expect(200)
                .json();
        return entries.isEmpty() ? null : entries.get(0).path("xetHash").asString();
    }

    /** Content of a file of a bucket, or null when the bucket has none. */
    public byte @Nullable [] content(String bucket, String path) {
        String encoded = Arrays.stream(path.split("/"))
                .map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
        HttpResponse<byte[]> response =
                calls.bytes("GET", "/buckets/" + bucket + "/resolve/" + encoded, null, authorization());
        if (response.statusCode() == 404) {
            return null;
        }
        if (response.statusCode() != 200) {
            throw new AssertionError(path + " of " + bucket + " was answered with " + response.statusCode());
        }
        return response.body();
    }

    /** Content of a small file of a bucket as text, or null when the bucket has none. */
    public @Nullable String text(String bucket, String path) {
        byte[] content = content(bucket, path);
        return content == null ? null : new String(content, StandardCharsets.UTF_8);
    }

    private HttpReply call(String method, String path, @Nullable String body) {
        Map<String, String> headers = new TreeMap<>(authorization());
        if (body != null) {
            headers.put("Content-Type", "application/json");
        }
        return calls.call(method, path, body, headers);
    }

    private Map<String, String> authorization() {
        return Map.of("Authorization", "Bearer " + token);
    }

    @Override
    public void close() {
        calls.close();
        jvm.close();
    }
}
