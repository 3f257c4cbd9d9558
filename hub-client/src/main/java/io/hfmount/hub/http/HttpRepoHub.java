package io.hfmount.hub.http;

import io.hfmount.hub.HubObserver;
import io.hfmount.hub.PlainRead;
import io.hfmount.hub.RepoEntry;
import io.hfmount.hub.RepoFile;
import io.hfmount.hub.RepoHub;
import io.hfmount.hub.RepoInfo;
import io.hfmount.hub.StorageToken;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.ByteRange;
import io.hfmount.model.RemotePath;
import io.hfmount.model.RepoSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * {@link RepoHub} over HTTP. Thread-safe. Answers are decoded on the parallel scheduler, not on event loops.
 *
 * <p>Holds a connection pool: {@link #close()} it.
 */
public final class HttpRepoHub implements RepoHub, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpRepoHub.class);
    private static final String NO_ENTRY = "EntryNotFound";
    /** Most entries the Hub gives in a page of a repo's tree (hub-api §5.2). */
    private static final int LARGEST_PAGE = 1000;

    private final HubSettings settings;
    private final RepoSource repo;
    private final String api;
    private final HubCalls calls;
    private final PagedListing listing;

    /**
     * @param settings where the Hub is and how to talk to it
     * @param repo the repo and the revision that {@link #info()} asks for; its path is not used
     * @param tokens what to authenticate with
     * @param observer told of every request
     */
    public HttpRepoHub(HubSettings settings, RepoSource repo, TokenSource tokens, HubObserver observer) {
        this.settings = settings;
        this.repo = repo;
        this.api = settings.endpoint() + "/api/" + repo.kind().collection() + "/" + UrlPath.encode(repo.id());
        this.calls = new HubCalls(settings, tokens, observer);
        this.listing = new PagedListing(calls);
    }

    @Override
    public void close() {
        calls.close();
    }

    @Override
    public Mono<RepoInfo> info() {
        return Mono.defer(() -> {
            HubRequest request = calls.get("info", api + "/revision/" + UrlPath.encodeRevision(repo.revision()));
            // A renamed repo answers from its new address.
            return calls.following(request, answer -> false)
                    .publishOn(Schedulers.parallel())
                    .map(answer -> HubCalls.decode(request, answer, ok -> RepoJson.info(ok.body())));
        });
    }

    @Override
    public Flux<RepoEntry> list(String revision, String directory, boolean recursive) {
        return Flux.defer(() -> {
            String first = api + "/tree/" + UrlPath.encodeRevision(revision)
                    + (directory.isEmpty() ? "" : "/" + UrlPath.encode(directory)) + "?recursive=" + recursive
                    + "&limit=" + Math.min(settings.pageSize(), LARGEST_PAGE);
            return listing.entries(first, RepoJson::entries)
                    .onErrorResume(
                            error -> HubCalls.isRefusal(error, NO_ENTRY) && !directory.isEmpty(), error -> Flux.empty())
                    .filter(entry -> isWanted(entry.path(), directory, recursive));
        });
    }

    private boolean isWanted(String path, String directory, boolean recursive) {
        if (!RemotePath.isBelow(path, directory)) {
            return false;
        }
        if (!RemotePath.isValid(path) || !UrlPath.isWellFormed(path)) {
            LOG.warn("repo {} lists a path that cannot be a file name here; it is left out", repo.id());
            return false;
        }
        return recursive || path.indexOf('/', directory.isEmpty() ? 0 : directory.length() + 1) < 0;
    }

    @Override
    public Mono<RepoFile> head(String revision, String path) {
        return Mono.defer(
                () -> ResolvedFile.ask(calls, resolveUrl(revision, path), answer -> NO_ENTRY.equals(answer.errorCode()))
                        .map(file -> new RepoFile(path, file.size(), file.hash(), file.etag(), file.lastModified())));
    }

    private String resolveUrl(String revision, String path) {
        return settings.endpoint() + "/" + repo.kind().urlPrefix() + UrlPath.encode(repo.id()) + "/resolve/"
                + UrlPath.encodeRevision(revision) + "/" + UrlPath.encode(path);
    }

    @Override
    public Mono<Map<String, RepoEntry>> pathsInfo(String revision, List<String> paths) {
        return Mono.defer(() -> {
            String url = api + "/paths-info/" + UrlPath.encodeRevision(revision);
            Set<String> asked = new LinkedHashSet<>();
            for (String path : paths) {
                UrlPath.encode(path); // only legal paths are sent
                asked.add(path);
            }
            return Flux.fromIterable(asked)
                    .buffer(MAX_PATHS)
                    .concatMap(some -> calls.call(
                            HubRequest.post(
                                    "paths-info",
                                    url,
                                    "application/json",
                                    HubJson.paths(some),
                                    true,
                                    settings.requestTimeout()),
                            RepoJson::entries))
                    .reduceWith(HashMap<String, RepoEntry>::new, (all, some) -> {
                        for (RepoEntry entry : some) {
                            if (asked.contains(entry.path())) {
                                all.put(entry.path(), entry);
                            }
                        }
                        return all;
                    })
                    .map(Map::copyOf);
        });
    }

    @Override
    public Mono<PlainRead> read(String revision, String path, ByteRange range, @Nullable String unlessEtag) {
        return Mono.defer(() -> {
            if (range.isEmpty() || range.length() > MAX_READ) {
                throw new IllegalArgumentException("a read takes 1 to " + MAX_READ + " bytes");
            }
            HubRequest request = HubRequest.read(
                    "content",
                    resolveUrl(revision, path),
                    new RangeRead(range, unlessEtag, false),
                    settings.requestTimeout());
            // What a redirect says of the file counts: its target may be a store that does not know the file's ETag.
            AtomicReference<@Nullable String> told = new AtomicReference<>();
            return calls.following(request, answer -> {
                        told.compareAndSet(null, ResolvedFile.etag(answer));
                        return false;
                    })
                    .publishOn(Schedulers.parallel())
                    .flatMap(answer -> Mono.justOrEmpty(outcome(request, answer, range, told.get())));
        });
    }

    private static @Nullable PlainRead outcome(
            HubRequest request, HubAnswer answer, ByteRange range, @Nullable String told) {
        if (answer.status() == 304) {
            return new PlainRead.NotModified();
        }
        if (answer.status() == 404 && NO_ENTRY.equals(answer.errorCode())) {
            return null;
        }
        if (!answer.isSuccess() && answer.status() != 416) {
            throw HubCalls.refusal(request, answer);
        }
        try {
            return RangeAnswer.of(answer, range, told == null ? ResolvedFile.etag(answer) : told);
        } catch (IllegalArgumentException e) {
            throw HubCalls.unreadable(request, answer, e);
        }
    }

    @Override
    public Mono<StorageToken> storageToken(String revision) {
        return Mono.defer(() -> calls.call(
                calls.get("token", api + "/xet-read-token/" + UrlPath.encodeRevision(revision)),
                HubJson::storageToken));
    }
}
