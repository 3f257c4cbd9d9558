package io.hfmount.hub;

import io.hfmount.model.ByteRange;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The port to the Hub for one repo, to read it. Paths are relative to the repo, UTF-8, not encoded (see
 * {@code RemotePath}); revisions too (see {@code Revision}). Errors are {@link HubException}s, after the retries of
 * hub-api §1.3; their {@link HubException#errorCode()} tells an absent repo from an absent revision.
 *
 * <p>A branch moves. Who wants one state of the repo asks {@link #info()} once and names its commit everywhere else.
 *
 * <p>Thread-safe. Subscribing never blocks; signals arrive on event-loop threads, on which the receiver must not block.
 */
public interface RepoHub {
    /** Most bytes of one {@link #read}. */
    int MAX_READ = 8 << 20;

    /** Most paths of one request of {@link #pathsInfo}, which takes any number. */
    int MAX_PATHS = 1000;

    /** Information on the repo at the revision of its source; the commit changes with every change of that revision. */
    Mono<RepoInfo> info();

    /**
     * Lists a directory, following all pages. An absent directory gives no entry.
     *
     * @param revision commit id, branch, tag or reference
     * @param directory its path, empty for the root
     * @param recursive whether to give everything below, directories too
     */
    Flux<RepoEntry> list(String revision, String directory, boolean recursive);

    /** Asks for one file; empty when there is no file at the path. */
    Mono<RepoFile> head(String revision, String path);

    /**
     * Asks for many paths at once, any number.
     *
     * @return the files and directories that exist, keyed by path
     */
    Mono<Map<String, RepoEntry>> pathsInfo(String revision, List<String> paths);

    /**
     * Reads bytes of a file over HTTP: the only way to content outside Xet storage. Whoever puts several reads together
     * names a commit or compares their ETags.
     *
     * @param range 1 to {@link #MAX_READ} bytes; may reach beyond the end, which shortens the answer
     * @param unlessEtag answer {@link PlainRead.NotModified} if the file still has this ETag; null to read in any case
     * @return empty when there is no file at the path
     */
    Mono<PlainRead> read(String revision, String path, ByteRange range, @Nullable String unlessEtag);

    /** A fresh token to read the repo's content from storage. */
    Mono<StorageToken> storageToken(String revision);
}
