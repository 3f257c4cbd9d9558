package io.hfmount.emulator;

import io.hfmount.emulator.http.Json;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A running Hub with storage in memory, users ann and bob, and a client for it. */
public final class TestHub implements AutoCloseable {
    public static final String ANN = "hf_ann";
    public static final String BOB = "hf_bob";

    public final MemoryStorage storage = new MemoryStorage();
    public final HubEmulator hub;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    public TestHub(Path directory) throws IOException {
        this(EmulatorConfig.in(directory).withUsers(Map.of("ann", ANN, "bob", BOB)));
    }

    public TestHub(EmulatorConfig config) throws IOException {
        hub = HubEmulator.start(config, (data, auth) -> storage.half());
    }

    public Call get(String path) {
        return new Call("GET", path, null);
    }

    public Call head(String path) {
        return new Call("HEAD", path, null);
    }

    public Call delete(String path) {
        return new Call("DELETE", path, null);
    }

    public Call post(String path, String body) {
        return new Call("POST", path, body);
    }

    public Call put(String path, String body) {
        return new Call("PUT", path, body);
    }

    /** Creates a public bucket of ann. */
    public void bucket(String name) {
        if (post("/api/buckets/ann/" + name, "{}").as(ANN).send().status() != 200) {
            throw new AssertionError("could not create " + name);
        }
    }

    /** Sends a batch of ann's. */
    public Reply batch(String bucket, String... lines) {
        return post("/api/buckets/" + bucket + "/batch", String.join("\n", lines))
                .as(ANN)
                .send();
    }

    /** Sends bytes as they are and reads until the server closes. */
    public String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", URI.create(hub.url()).getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        hub.close();
    }

    /** A request in the making. */
    public final class Call {
        private final HttpRequest.Builder request;
        private final String method;
        private HttpRequest.BodyPublisher body;

        Call(String method, String path, String body) {
            this.method = method;
            this.request = HttpRequest.newBuilder(URI.create(path.startsWith("http") ? path : hub.url() + path));
            this.body = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        }

        public Call as(String token) {
            request.header("Authorization", "Bearer " + token);
            return this;
        }

        public Call header(String name, String value) {
            request.header(name, value);
            return this;
        }

        public Call body(HttpRequest.BodyPublisher body) {
            this.body = body;
            return this;
        }

        public Reply send() {
            try {
                return trySend();
            } catch (IOException e) {
                throw new AssertionError("no answer", e);
            }
        }

        public Reply trySend() throws IOException {
            try {
                return new Reply(client.send(request.method(method, body).build(), BodyHandlers.ofByteArray()));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** An answer. */
    public record Reply(HttpResponse<byte[]> response) {
        public int status() {
            return response.statusCode();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        public byte[] bytes() {
            return response.body();
        }

        public String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            return Json.mapper().readTree(response.body());
        }

        /** A text field of every element. */
        public List<String> all(String field) {
            List<String> values = new ArrayList<>();
            json().forEach(element -> values.add(element.path(field).asString()));
            return values;
        }
    }
}
