package io.hfmount.hub.http;

import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.StorageToken;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;

/**
 * {@link BucketHub} over HTTP. Thread-safe. Answers are decoded on the parallel scheduler, not on event loops.
 *
 * <p>Holds a connection pool: {@link #close()} it.
 */
public final class HttpBucketHub implements BucketHub, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpBucketHub.class);
    private static final String JSON = "application/json";
    private static final String NDJSON = "application/x-ndjson";
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
    private static final int MAX_PAGES = 1_000_000;
    private static final int MAX_REDIRECTS = 5;

    /**
     * A page of a listing.
     *
     * @param anchor address of an earlier page, of ever later ones: listings that go in circles come back to it
     */
    private record Page(String url, int number, String anchor, List<HubEntry> entries, Optional<String> next) {}

    private final HubSettings settings;
    private final String bucketId;
    private final String api;
    private final HubExchange exchange;

    /**
     * @param settings where the Hub is and how to talk to it
     * @param bucket the bucket; its path is not used, for all paths here are relative to the bucket
     * @param tokens what to authenticate with
     * @param observer told of every request
     */
    public HttpBucketHub(HubSettings settings, BucketSource bucket, TokenSource tokens, HubObserver observer) {
        this.settings = settings;
        this.bucketId = bucket.id();
        this.api = settings.endpoint() + "/api/buckets/" + UrlPath.encode(bucketId);
        this.exchange = new HubExchange(settings, tokens, observer);
    }

    @Override
    public void close() {
        exchange.close();
    }

    @Override
    public Mono<BucketInfo> info() {
        return call(get("info", api), body -> HubJson.info(body, bucketId));
    }

    @Override
    public Flux<HubEntry> list(String prefix, boolean recursive) {
        return Flux.defer(() -> {
            String first = api + "/tree" + (prefix.isEmpty() ? "" : "/" + UrlPath.encode(prefix)) + "?recursive="
                    + recursive + "&limit=" + settings.pageSize();
            Predicate<HubEntry> wanted = entry -> isWanted(entry, prefix, recursive);
            return page(first, 1, first)
                    .expand(page -> page.next()
                            .map(next -> page(next, page.number() + 1, page.anchor()))
                            .orElseGet(Mono::empty))
                    .concatMapIterable(Page::entries)
                    .filter(wanted);
        });
    }

    private Mono<Page> page(String url, int number, String anchor) {
        HubRequest request = get("tree", url);
        if (number > MAX_PAGES) {
            return Mono.error(new HubException(200, false, failed(request) + "the listing does not end"));
        }
        return exchange.send(request)
                .publishOn(Schedulers.parallel())
                .map(answer -> decode(request, answer, ok -> {
                    Optional<String> next = NextPage.of(url, ok.headers().getAll("Link"));
                    String later = Integer.bitCount(number) == 1 ? url : anchor;
                    if (next.filter(later::equals).isPresent()) {
                        throw new IllegalArgumentException("its next page is one that was read before");
                    }
                    return new Page(url, number, later, HubJson.entries(ok.body()), next);
                }));
    }

    /** Whether an entry is what was asked for: the Hub matches prefixes as text (H-45). */
    private boolean isWanted(HubEntry entry, String prefix, boolean recursive) {
        String path = entry.path();
        if (!RemotePath.isBelow(path, prefix)) {
            return false;
        }
        if (!RemotePath.isValid(path) || !UrlPath.isWellFormed(path)) {
            LOG.warn("bucket {} lists a path that cannot be a file name here; it is left out", bucketId);
            return false;
        }
        return recursive
                ? entry instanceof HubEntry.File
                : path.indexOf('/', prefix.isEmpty() ? 0 : prefix.length() + 1) < 0;
    }

    @Override
    public Mono<HubFile> head(String path) {
        return Mono.defer(() -> head(
                settings.endpoint() + "/buckets/" + UrlPath.encode(bucketId) + "/resolve/" + UrlPath.encode(path),
                path,
                MAX_REDIRECTS));
    }

    private Mono<HubFile> head(String url, String path, int redirectsLeft) {
        HubRequest request = HubRequest.head("resolve", url, settings.headTimeout());
        return exchange.send(request).flatMap(answer -> {
            if (answer.status() == 404 && !saysBucketIsGone(answer.headers())) {
                return Mono.empty();
            }
            boolean redirect = answer.status() >= 300 && answer.status() < 400;
            if (!answer.isSuccess() && !redirect) {
                return Mono.error(refusal(request, answer));
            }
            if (redirect && !describesFile(answer.headers())) {
                return Mono.fromCallable(() -> target(request, answer, redirectsLeft))
                        .flatMap(target -> head(target, path, redirectsLeft - 1));
            }
            // A redirect to the store carries the headers itself, but its length is its own (hub-api §4.1).
            return Mono.fromCallable(() -> fromHeaders(request, answer, path, redirect));
        });
    }

    private static boolean describesFile(HttpHeaders headers) {
        return headers.contains("X-Xet-Hash") || headers.contains("X-Linked-Size");
    }

    /** Where the headers of the file are: a redirect without them leads to them, at the same origin (hub-api §4.1). */
    private static String target(HubRequest request, HubAnswer answer, int redirectsLeft) {
        String location = answer.headers().get("Location");
        try {
            if (location == null || redirectsLeft == 0) {
                throw new IllegalArgumentException("it redirects without describing the file");
            }
            return SameOrigin.resolve(request.url(), location);
        } catch (IllegalArgumentException e) {
            throw unreadable(request, answer, e);
        }
    }

    /** A 404 for the whole bucket must not look like the absence of one file. */
    private static boolean saysBucketIsGone(HttpHeaders headers) {
        return "RepoNotFound".equals(headers.get("X-Error-Code"));
    }

    private HubFile fromHeaders(HubRequest request, HubAnswer answer, String path, boolean redirect) {
        HttpHeaders headers = answer.headers();
        long size = length(headers.get("X-Linked-Size"));
        if (size < 0 && !redirect) {
            size = length(headers.get("Content-Length"));
        }
        String hash = headers.get("X-Xet-Hash");
        try {
            return new HubFile(
                    path, size, hash == null ? null : ContentHash.parse(hash), httpDate(headers.get("Last-Modified")));
        } catch (IllegalArgumentException e) {
            throw unreadable(request, answer, e);
        }
    }

    private static long length(@Nullable String header) {
        return header != null && LENGTH.matcher(header).matches() ? Long.parseLong(header) : -1;
    }

    private static @Nullable Instant httpDate(@Nullable String header) {
        try {
            return header == null ? null : Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header));
        } catch (DateTimeException e) {
            return null;
        }
    }

    @Override
    public Mono<Map<String, HubFile>> pathsInfo(List<String> paths) {
        return Mono.defer(() -> {
            Set<String> asked = new LinkedHashSet<>();
            for (String path : paths) {
                UrlPath.encode(path); // only legal paths are sent
                asked.add(path);
            }
            return Flux.fromIterable(asked)
                    .buffer(MAX_BATCH)
                    .concatMap(this::pathsInfoOnce)
                    .reduceWith(HashMap<String, HubFile>::new, (all, some) -> {
                        for (HubEntry entry : some) {
                            if (entry instanceof HubEntry.File file && asked.contains(file.path())) {
                                all.put(file.path(), file.file());
                            }
                        }
                        return all;
                    })
                    .map(Map::copyOf);
        });
    }

    private Mono<List<HubEntry>> pathsInfoOnce(List<String> paths) {
        HubRequest request = new HubRequest(
                "paths-info",
                HttpMethod.POST,
                api + "/paths-info",
                JSON,
                HubJson.paths(paths),
                true,
                settings.requestTimeout());
        return call(request, HubJson::entries);
    }

    @Override
    public Mono<BatchResult> batch(List<BatchOperation> operations) {
        return Mono.defer(() -> {
            checkBatch(operations);
            HubRequest request = new HubRequest(
                    "batch",
                    HttpMethod.POST,
                    api + "/batch",
                    NDJSON,
                    HubJson.batch(operations),
                    false,
                    settings.requestTimeout());
            return exchange.send(request)
                    .publishOn(Schedulers.parallel())
                    .map(answer -> batchResult(request, operations, answer));
        });
    }

    private static BatchResult batchResult(HubRequest request, List<BatchOperation> operations, HubAnswer answer) {
        if (answer.isSuccess()) {
            return decode(request, answer, ok -> HubJson.batchResult(ok.body(), operations, false));
        }
        if (answer.status() == 422) {
            try {
                return HubJson.batchResult(answer.body(), operations, true);
            } catch (JacksonException | IllegalArgumentException e) {
                throw refusal(request, answer);
            }
        }
        throw refusal(request, answer);
    }

    private static void checkBatch(List<BatchOperation> operations) {
        if (operations.isEmpty() || operations.size() > MAX_BATCH) {
            throw new IllegalArgumentException("a batch holds 1 to " + MAX_BATCH + " operations");
        }
        boolean deletes = false;
        for (BatchOperation operation : operations) {
            UrlPath.encode(operation.path()); // only legal paths are sent
            if (operation instanceof BatchOperation.DeleteFile) {
                deletes = true;
            } else if (deletes) {
                throw new IllegalArgumentException("in a batch all adds come before any delete (H-55)");
            }
        }
    }

    @Override
    public Mono<StorageToken> storageToken(boolean write) {
        return call(get("token", api + (write ? "/xet-write-token" : "/xet-read-token")), HubJson::storageToken);
    }

    private HubRequest get(String route, String url) {
        return HubRequest.get(route, url, settings.requestTimeout());
    }

    private <T> Mono<T> call(HubRequest request, Function<byte[], T> decoder) {
        return exchange.send(request)
                .publishOn(Schedulers.parallel())
                .map(answer -> decode(request, answer, ok -> decoder.apply(ok.body())));
    }

    private static <T> T decode(HubRequest request, HubAnswer answer, Function<HubAnswer, T> decoder) {
        if (!answer.isSuccess()) {
            throw refusal(request, answer);
        }
        try {
            return decoder.apply(answer);
        } catch (JacksonException | IllegalArgumentException e) {
            throw unreadable(request, answer, e);
        }
    }

    private static HubException refusal(HubRequest request, HubAnswer answer) {
        boolean unknown = !request.repeatable() && !RetryPolicy.saysNotApplied(answer.status());
        return new HubException(
                answer.status(),
                unknown,
                failed(request) + "answered " + answer.status()
                        + (answer.error().isEmpty() ? "" : ": " + answer.error())
                        + " [request " + answer.requestId() + "]"
                        + (unknown ? "; it may have been applied" : ""));
    }

    private static HubException unreadable(HubRequest request, HubAnswer answer, Exception cause) {
        // The parser's own message quotes the body, which may hold a token: neither it nor the cause goes on.
        String reason = cause instanceof JacksonException ? "it is no JSON" : cause.getMessage();
        return new HubException(
                answer.status(),
                !request.repeatable(),
                failed(request) + "the answer cannot be read: " + reason + " [request " + answer.requestId() + "]");
    }

    private static String failed(HubRequest request) {
        return request.method() + " " + request.route() + " ";
    }
}
