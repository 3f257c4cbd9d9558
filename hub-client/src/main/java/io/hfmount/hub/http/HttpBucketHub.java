package io.hfmount.hub.http;

import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.StorageToken;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.BucketSource;
import io.hfmount.model.RemotePath;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
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

    private final HubSettings settings;
    private final String bucketId;
    private final String api;
    private final HubCalls calls;
    private final PagedListing listing;

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
        this.calls = new HubCalls(settings, tokens, observer);
        this.listing = new PagedListing(calls);
    }

    @Override
    public void close() {
        calls.close();
    }

    @Override
    public Mono<BucketInfo> info() {
        return calls.call(calls.get("info", api), body -> HubJson.info(body, bucketId));
    }

    @Override
    public Flux<HubEntry> list(String prefix, boolean recursive) {
        return Flux.defer(() -> {
            String first = api + "/tree" + (prefix.isEmpty() ? "" : "/" + UrlPath.encode(prefix)) + "?recursive="
                    + recursive + "&limit=" + settings.pageSize();
            Predicate<HubEntry> wanted = entry -> isWanted(entry, prefix, recursive);
            return listing.entries(first, HubJson::entries).filter(wanted);
        });
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
        return Mono.defer(() -> ResolvedFile.ask(
                        calls,
                        settings.endpoint() + "/buckets/" + UrlPath.encode(bucketId) + "/resolve/"
                                + UrlPath.encode(path),
                        answer -> !"RepoNotFound".equals(answer.errorCode()))
                .map(file -> new HubFile(path, file.size(), file.hash(), file.lastModified())));
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
        HubRequest request = HubRequest.post(
                "paths-info", api + "/paths-info", JSON, HubJson.paths(paths), true, settings.requestTimeout());
        return calls.call(request, HubJson::entries);
    }

    @Override
    public Mono<BatchResult> batch(List<BatchOperation> operations) {
        return Mono.defer(() -> {
            checkBatch(operations);
            HubRequest request = HubRequest.post(
                    "batch", api + "/batch", NDJSON, HubJson.batch(operations), false, settings.requestTimeout());
            return calls.send(request)
                    .publishOn(Schedulers.parallel())
                    .map(answer -> batchResult(request, operations, answer));
        });
    }

    private static BatchResult batchResult(HubRequest request, List<BatchOperation> operations, HubAnswer answer) {
        if (answer.isSuccess()) {
            return HubCalls.decode(request, answer, ok -> HubJson.batchResult(ok.body(), operations, false));
        }
        if (answer.status() == 422) {
            try {
                return HubJson.batchResult(answer.body(), operations, true);
            } catch (JacksonException | IllegalArgumentException e) {
                throw HubCalls.refusal(request, answer);
            }
        }
        throw HubCalls.refusal(request, answer);
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
        return calls.call(
                calls.get("token", api + (write ? "/xet-write-token" : "/xet-read-token")), HubJson::storageToken);
    }
}
