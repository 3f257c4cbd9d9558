package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.EmulatorConfig;
import io.hfmount.emulator.HubEmulator;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.RepoHub;
import io.hfmount.hub.RepoHubContract;
import io.hfmount.hub.TokenSource;
import io.hfmount.hub.http.HttpBucketHub;
import io.hfmount.hub.http.HttpRepoHub;
import io.hfmount.hub.http.HubSettings;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoKind;
import io.hfmount.model.RepoSource;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The client of repos over HTTP against the embedded Hub: the same contract as its fake. */
class EmulatedRepoContractTest extends RepoHubContract {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    static Path directory;

    private static HubEmulator emulator;
    private static HttpClient http;
    private static HttpBucketHub bucket;
    private static EmulatedStorage storage;
    private static int repos;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @BeforeAll
    static void start() throws Exception {
        emulator = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub")));
        http = HttpClient.newHttpClient();
        post("/api/buckets/demo/uploads", "{}");
        bucket = new HttpBucketHub(
                HubSettings.of(emulator.url()),
                new BucketSource("demo", "uploads", ""),
                TokenSource.fixed(EmulatorConfig.DEFAULT_TOKEN),
                HubObserver.NONE);
        BucketHub tokens = bucket;
        storage = new EmulatedStorage(() -> tokens.storageToken(true));
    }

    @AfterAll
    static void stop() throws Exception {
        storage.close();
        bucket.close();
        http.close();
        emulator.close();
    }

    @AfterEach
    void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private static JsonNode post(String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(emulator.url() + path))
                .header("Authorization", "Bearer " + EmulatorConfig.DEFAULT_TOKEN)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode())
                .as(() -> path + " " + new String(response.body(), StandardCharsets.UTF_8))
                .isBetween(200, 299);
        return JSON.readTree(response.body());
    }

    @Override
    protected Seed emptyRepo() throws Exception {
        RepoKind kind = RepoKind.values()[repos % RepoKind.values().length];
        String id = "demo/r" + repos++;
        post("/api/repos/create", JSON.writeValueAsString(Map.of("name", id, "type", kind.wireName())));
        String api = "/api/" + kind.collection() + "/" + id;
        return new Seed() {
            @Override
            public String commit(String branch, Map<String, SeedFile> files) throws Exception {
                List<String> lines = new ArrayList<>();
                lines.add(line("header", Map.of("summary", "seed")));
                for (Map.Entry<String, SeedFile> file : files.entrySet()) {
                    lines.add(line(file.getKey(), file.getValue()));
                }
                return post(api + "/commit/" + encode(branch), String.join("\n", lines))
                        .path("commitOid")
                        .asString();
            }

            @Override
            public void branch(String name, String from) throws Exception {
                post(api + "/branch/" + encode(name), JSON.writeValueAsString(Map.of("startingPoint", from)));
            }

            @Override
            public ContentHash hash(SeedFile file) {
                return storage.upload(file.content());
            }

            @Override
            public RepoHub open(String revision) {
                HttpRepoHub hub = new HttpRepoHub(
                        HubSettings.of(emulator.url()).withPages(7, 1 << 20),
                        new RepoSource(kind, id, revision, ""),
                        TokenSource.fixed(EmulatorConfig.DEFAULT_TOKEN),
                        HubObserver.NONE);
                open.push(hub);
                return hub;
            }
        };
    }

    private static String line(String path, RepoHubContract.SeedFile file) throws Exception {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("path", path);
        if (file.stored()) {
            storage.upload(file.content());
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(file.content());
            value.put("algo", "sha256");
            value.put("oid", HexFormat.of().formatHex(digest));
            value.put("size", file.content().length);
            return line("lfsFile", value);
        }
        value.put("content", Base64.getEncoder().encodeToString(file.content()));
        value.put("encoding", "base64");
        return line("file", value);
    }

    private static String line(String key, Map<String, Object> value) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("key", key);
        line.put("value", value);
        return JSON.writeValueAsString(line);
    }

    private static String encode(String revision) {
        return URLEncoder.encode(revision, StandardCharsets.UTF_8);
    }
}
