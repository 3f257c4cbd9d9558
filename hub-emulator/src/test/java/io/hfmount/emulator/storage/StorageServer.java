package io.hfmount.emulator.storage;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.http.HttpFrontend;
import io.hfmount.emulator.http.Interceptor;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.Router;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.ShardWriter;
import io.hfmount.xet.shard.XorbEntry;
import io.hfmount.xet.xorb.SerializedXorb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.JsonNode;

/** A storage service alone behind a real HTTP server, with a client for tests. */
public final class StorageServer implements AutoCloseable {
    private static final String BASE = "/cas";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_800_000_000));
    private final StorageAuth auth = new StorageAuth(new byte[32], Duration.ofMinutes(10), (InstantSource) now::get);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final StorageService service;
    private final HttpFrontend frontend;

    private StorageServer(Path directory, StorageSettings settings) throws IOException {
        service = StorageService.open(directory, auth, settings);
        Router router = new Router();
        service.register(router.below(BASE));
        frontend = new HttpFrontend(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), router, Interceptor.NONE, done -> {});
    }

    /** Opens {@code directory} and listens. */
    public static StorageServer start(Path directory) throws IOException {
        return start(directory, StorageSettings.defaults());
    }

    /** Opens {@code directory} and listens. */
    public static StorageServer start(Path directory, StorageSettings settings) throws IOException {
        return new StorageServer(directory, settings);
    }

    /** The service itself. */
    public StorageService service() {
        return service;
    }

    /** Base address for clients. */
    public String url() {
        return "http://127.0.0.1:" + frontend.port() + BASE;
    }

    /** A fresh token. */
    public String token(Scope scope) {
        return auth.issue("someone", scope).token();
    }

    /** Lets time pass for tokens and addresses. */
    public void advance(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    /** The service's clock. */
    public Instant now() {
        return now.get();
    }

    /** Sends with a token that may write. */
    public HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers) {
        return send(method, path, BodyPublishers.ofByteArray(body), Scope.WRITE, headers);
    }

    /** Sends with a token of {@code scope}. */
    public HttpResponse<byte[]> send(String method, String path, BodyPublisher body, Scope scope, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .method(method, body)
                .header("Authorization", "Bearer " + token(scope));
        return send(request, headers);
    }

    /** Gets any address without a token. */
    public HttpResponse<byte[]> fetch(String url, String... headers) {
        return send(HttpRequest.newBuilder(URI.create(url)).GET(), headers);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request, String... headers) {
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return client.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Gets with a token. */
    public HttpResponse<byte[]> get(String path, String... headers) {
        return send("GET", path, BodyPublishers.noBody(), Scope.READ, headers);
    }

    /** Heads with a token. */
    public HttpResponse<byte[]> head(String path) {
        return send("HEAD", path, BodyPublishers.noBody(), Scope.READ);
    }

    /** The JSON of a 200. */
    public JsonNode json(HttpResponse<byte[]> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError("status " + response.statusCode() + ": " + text(response));
        }
        return Json.mapper().readTree(response.body());
    }

    /** The body as text. */
    public static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    /** Uploads a xorb without footer. */
    public HttpResponse<byte[]> upload(SerializedXorb xorb) {
        return upload(xorb.index().hash(), xorb.bytes());
    }

    /** Uploads bytes as a xorb. */
    public HttpResponse<byte[]> upload(ContentHash xorb, byte[] bytes) {
        return send("POST", "/v1/xorbs/default/" + xorb, bytes);
    }

    /** Registers by version 1. */
    public HttpResponse<byte[]> register(List<FileEntry> files, List<XorbEntry> xorbs) {
        return send("POST", "/v1/shards", ShardWriter.upload(files, xorbs));
    }

    /** Uploads and registers a file, all of it successfully. */
    public void store(SampleFile file) {
        for (SerializedXorb xorb : file.xorbs()) {
            json(upload(xorb));
        }
        json(register(List.of(file.entry()), file.xorbEntries()));
    }

    @Override
    public void close() throws IOException {
        frontend.close();
        service.close();
        client.close();
    }
}
