package io.hfmount.agent.remote;

import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.RepoEntry;
import io.hfmount.hub.RepoFile;
import io.hfmount.hub.RepoHub;
import io.hfmount.hub.RepoInfo;
import io.hfmount.hub.StorageToken;
import io.hfmount.model.RemotePath;
import io.hfmount.model.RepoSource;
import io.hfmount.model.Revision;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A repo at a revision, seen from a source's path, as a bucket that takes no changes: the file system, the poller and
 * the rest need not know which of the two they serve.
 *
 * <p>Every answer is of one commit: the one that {@link #info} found last. A branch moves on when it is asked for again,
 * which the poller does; a revision that is a commit id never does, and is asked for once. Files outside Xet storage get
 * their identity from {@link PlainFiles}. The time of a file is that of the commit, for listings do not tell another.
 * Thread-safe as the hub behind it; errors are the hub's.
 */
public final class RepoSourceHub implements BucketHub {
    private final RepoHub repo;
    private final RepoSource source;
    private final PlainFiles plain;
    private volatile @Nullable RepoInfo current;

    /**
     * @param repo the whole repo
     * @param source its revision and the path that all names are relative to
     * @param plain what becomes of files outside Xet storage
     */
    public RepoSourceHub(RepoHub repo, RepoSource source, PlainFiles plain) {
        this.repo = repo;
        this.source = source;
        this.plain = plain;
    }

    /** Asks for the commit that the revision names now; everything else follows it from then on. */
    @Override
    public Mono<BucketInfo> info() {
        return Mono.defer(() -> {
                    RepoInfo known = current;
                    return known != null && Revision.isCommit(source.revision())
                            ? Mono.just(known)
                            : repo.info().doOnNext(info -> current = info);
                })
                .map(info -> new BucketInfo(info.id(), info.isPrivate(), info.commit(), timeOf(info), 0, 0));
    }

    private static Instant timeOf(RepoInfo info) {
        Instant time = info.lastModified();
        return time == null ? Instant.EPOCH : time;
    }

    private Mono<RepoInfo> commit() {
        return Mono.defer(() -> {
            RepoInfo known = current;
            return known != null ? Mono.just(known) : repo.info().doOnNext(info -> current = info);
        });
    }

    @Override
    public Flux<HubEntry> list(String directory, boolean recursive) {
        String whole = directory.isEmpty() ? source.prefix() : outward(directory);
        return commit().flatMapMany(at -> repo.list(at.commit(), whole, recursive)
                .filter(entry -> RemotePath.isBelow(entry.path(), whole))
                .filter(entry -> !recursive || entry instanceof RepoEntry.File)
                .map(entry -> inward(entry, at)));
    }

    /** Asked for as paths are, so that the answer has the same ETag as a listing. */
    @Override
    public Mono<HubFile> head(String path) {
        return pathsInfo(List.of(path)).mapNotNull(found -> found.get(path));
    }

    @Override
    public Mono<Map<String, HubFile>> pathsInfo(List<String> paths) {
        List<String> whole = paths.stream().map(this::outward).toList();
        return commit().flatMap(at -> repo.pathsInfo(at.commit(), whole).map(found -> {
            Map<String, HubFile> files = new HashMap<>();
            for (RepoEntry entry : found.values()) {
                if (entry instanceof RepoEntry.File(RepoFile file)) {
                    HubFile mapped = inward(file, at);
                    files.put(mapped.path(), mapped);
                }
            }
            return files;
        }));
    }

    /** Refused: a repo is read only. */
    @Override
    public Mono<BatchResult> batch(List<BatchOperation> operations) {
        return refusal();
    }

    @Override
    public Mono<StorageToken> storageToken(boolean write) {
        return write ? refusal() : commit().flatMap(at -> repo.storageToken(at.commit()));
    }

    private static <T> Mono<T> refusal() {
        return Mono.error(() -> new HubException(403, false, "a repo is mounted read-only"));
    }

    private String outward(String path) {
        return RemotePath.join(source.prefix(), path);
    }

    private String inward(String path) {
        String prefix = source.prefix();
        return prefix.isEmpty() ? path : path.substring(prefix.length() + 1);
    }

    private HubEntry inward(RepoEntry entry, RepoInfo at) {
        return switch (entry) {
            case RepoEntry.File(RepoFile file) -> new HubEntry.File(inward(file, at));
            case RepoEntry.Directory(String path) -> new HubEntry.Directory(inward(path));
        };
    }

    private HubFile inward(RepoFile file, RepoInfo at) {
        return new HubFile(
                inward(file.path()),
                file.size(),
                file.hash() != null || file.size() < 0 ? file.hash() : plain.identify(file, at.commit()),
                at.lastModified());
    }
}
