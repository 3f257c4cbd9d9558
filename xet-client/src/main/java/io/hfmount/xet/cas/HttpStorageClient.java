package io.hfmount.xet.cas;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.xorb.XorbBody;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * {@link StorageClient} over HTTP/1.1 (xet-protocol §9, §10). Answers that need parsing are parsed on the given
 * scheduler, not on event loops. Thread-safe.
 */
public final class HttpStorageClient implements StorageClient, AutoCloseable {
    /** Longest accepted JSON answer: about 400 000 terms. */
    private static final int MAX_JSON = 64 << 20;

    /** Longest accepted dedup shard. */
    private static final int MAX_SHARD = 64 << 20;

    private static final int MAX_SHORT_ANSWER = 64 << 10;

    private final StorageSettings settings;
    private final Scheduler decoding;
    private final StorageObserver observer;
    private final TokenCache tokens;
    private final HttpExchange http;
    private final VersionMemory reconstructionVersion;
    private final VersionMemory shardVersion;

    /**
     * A client with connections of its own.
     *
     * @param decoding where answers are parsed; stays the caller's
     */
    public HttpStorageClient(
            StorageTokens tokens, StorageSettings settings, Scheduler decoding, StorageObserver observer) {
        this(tokens, settings, decoding, observer, Clock.systemUTC());
    }

    HttpStorageClient(
            StorageTokens tokens, StorageSettings settings, Scheduler decoding, StorageObserver observer, Clock clock) {
        this.settings = settings;
        this.decoding = decoding;
        this.observer = observer;
        this.tokens = new TokenCache(tokens, clock, settings.connectTimeout().plus(settings.readTimeout()));
        this.http = new HttpExchange(settings, observer);
        this.reconstructionVersion = new VersionMemory(settings.versions());
        this.shardVersion = new VersionMemory(settings.versions());
    }

    @Override
    public Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range) {
        if (range.isEmpty()) {
            return Mono.error(new IllegalArgumentException("an empty range has no reconstruction"));
        }
        return reconstructionVersion.call(
                () -> reconstruct("/v2/reconstructions/", file, range),
                () -> reconstruct("/v1/reconstructions/", file, range));
    }

    private Mono<Reconstruction> reconstruct(String path, ContentHash file, ByteRange range) {
        HttpExchange.Request request = HttpExchange.Request.get(StorageRoute.RECONSTRUCTION, path + file)
                .withRange(range);
        return authorized(request, body(StorageRoute.RECONSTRUCTION, MAX_JSON))
                .publishOn(decoding)
                .map(json -> ReconstructionJson.parse(file, range, json))
                .retryWhen(settings.retry().toRetry(StorageRoute.RECONSTRUCTION, observer))
                .onErrorResume(e -> statusOf(e) == 416, e -> Mono.empty());
    }

    @Override
    public Mono<byte[]> data(String url, ByteRange bytes) {
        return Mono.defer(() -> {
            byte[] all = new byte[Math.toIntExact(Math.min(bytes.length(), MAX_STORED_XORB))];
            ByteBuffer target = ByteBuffer.wrap(all);
            return data(url, bytes, target::put).thenReturn(all);
        });
    }

    @Override
    public Mono<Void> data(String url, ByteRange bytes, Consumer<ByteBuffer> sink) {
        if (bytes.isEmpty() || bytes.length() > MAX_STORED_XORB) {
            return Mono.error(new IllegalArgumentException("not a range of a xorb: " + bytes));
        }
        HttpExchange.Request request =
                HttpExchange.Request.get(StorageRoute.DATA, url).withRange(bytes);
        return http.exchange(request, null, (response, body) -> {
                    DataAnswer.check(response, bytes);
                    ExactBody exact = new ExactBody(StorageRoute.DATA, bytes.length(), sink);
                    return body.doOnNext(exact::accept).then(Mono.fromSupplier(exact::complete));
                })
                .then();
    }

    @Override
    public Mono<byte[]> dedupShard(ContentHash chunk) {
        HttpExchange.Request request =
                HttpExchange.Request.get(StorageRoute.CHUNK_QUERY, "/v1/chunks/default/" + chunk);
        return authorized(request, body(StorageRoute.CHUNK_QUERY, MAX_SHARD))
                .timeout(settings.queryTimeout())
                .onErrorMap(TimeoutException.class, e -> HttpExchange.tooSlow(StorageRoute.CHUNK_QUERY, e))
                .onErrorResume(e -> statusOf(e) == 404, e -> Mono.empty());
    }

    @Override
    public Mono<Boolean> putXorb(ContentHash xorb, XorbBody body) {
        HttpExchange.Request request =
                HttpExchange.Request.post(StorageRoute.XORB_UPLOAD, "/v1/xorbs/default/" + xorb, RequestBody.of(body));
        return authorized(request, body(StorageRoute.XORB_UPLOAD, MAX_SHORT_ANSWER))
                .map(answer -> !new String(answer, StandardCharsets.UTF_8)
                        .replaceAll("\\s", "")
                        .contains("\"was_inserted\":false"))
                .retryWhen(settings.retry().toRetry(StorageRoute.XORB_UPLOAD, observer));
    }

    @Override
    public Mono<Void> putShard(byte[] shard) {
        return shardVersion
                .call(() -> putShardSecond(shard), () -> putShardFirst(shard))
                .then();
    }

    private Mono<Boolean> putShardSecond(byte[] shard) {
        HttpExchange.Request request =
                HttpExchange.Request.post(StorageRoute.SHARD_UPLOAD, "/v2/shards", RequestBody.of(shard));
        return authorized(
                        request,
                        (response, body) -> body.scan(new ShardProgress(), ShardProgress::taking)
                                .takeUntil(ShardProgress::succeeded)
                                .last()
                                .map(progress -> progress.complete().succeeded()))
                .retryWhen(settings.retry().toRetry(StorageRoute.SHARD_UPLOAD, observer));
    }

    private Mono<Boolean> putShardFirst(byte[] shard) {
        HttpExchange.Request request = HttpExchange.Request.post(
                        StorageRoute.SHARD_UPLOAD, "/v1/shards", RequestBody.of(shard))
                .withoutReadTimeout();
        return authorized(request, body(StorageRoute.SHARD_UPLOAD, MAX_SHORT_ANSWER))
                .timeout(settings.shardTimeout())
                .onErrorMap(TimeoutException.class, e -> HttpExchange.tooSlow(StorageRoute.SHARD_UPLOAD, e))
                .map(answer -> true)
                .retryWhen(settings.retry().toRetry(StorageRoute.SHARD_UPLOAD, observer));
    }

    @Override
    public Mono<FileWindows> windows(ContentHash file, List<ByteRange> dirty) {
        HttpExchange.Request request = HttpExchange.Request.get(StorageRoute.WINDOWS, "/v2/file-chunk-hashes/" + file)
                .withDirty(dirty);
        return authorized(request, body(StorageRoute.WINDOWS, MAX_JSON))
                .publishOn(decoding)
                .map(json -> FileWindowsJson.parse(file, json))
                .retryWhen(settings.retry().toRetry(StorageRoute.WINDOWS, observer));
    }

    @Override
    public Mono<Long> fileSize(ContentHash file) {
        HttpExchange.Request request = HttpExchange.Request.head(StorageRoute.FILE_SIZE, "/v1/files/" + file);
        return authorized(request, (response, body) -> Mono.just(DataAnswer.contentLength(response)))
                .retryWhen(settings.retry().toRetry(StorageRoute.FILE_SIZE, observer));
    }

    private static HttpExchange.Reader<byte[]> body(StorageRoute route, int limit) {
        return (response, body) -> body.collect(() -> BoundedBody.atMost(route, limit), BoundedBody::append)
                .map(BoundedBody::complete);
    }

    /** One attempt with a token; a refused token is replaced once. */
    private <T> Mono<T> authorized(HttpExchange.Request request, HttpExchange.Reader<T> reader) {
        return tokens.get()
                .flatMap(access -> http.exchange(request, access, reader)
                        .onErrorResume(
                                e -> statusOf(e) == 401,
                                e -> tokens.replace(access).flatMap(fresh -> http.exchange(request, fresh, reader))));
    }

    private static int statusOf(Throwable failure) {
        return failure instanceof AttemptException attempt ? attempt.status() : 0;
    }

    /** Closes all connections; calls under way fail. */
    @Override
    public void close() {
        http.close();
    }
}
