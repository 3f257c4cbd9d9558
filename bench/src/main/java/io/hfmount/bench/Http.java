package io.hfmount.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Calls of one server, with a token if it wants one. Thread-safe. */
final class Http implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;
    private final @Nullable String token;

    Http(String base, @Nullable String token) {
        this.base = base;
        this.token = token;
    }

    /** Status and body of a call; {@code body} null for none. */
    HttpResponse<String> call(String method, String path, @Nullable String type, @Nullable String body)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(TIMEOUT)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (type != null) {
            request.header("Content-Type", type);
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The body of a call that must succeed. */
    String expect(String method, String path, @Nullable String type, @Nullable String body) throws IOException {
        HttpResponse<String> answer = call(method, path, type, body);
        if (answer.statusCode() / 100 != 2) {
            String text = answer.body();
            throw new IOException(method + " " + path + " was answered with " + answer.statusCode() + ": "
                    + text.substring(0, Math.min(text.length(), 500)));
        }
        return answer.body();
    }

    @Override
    public void close() {
        client.close();
    }
}
