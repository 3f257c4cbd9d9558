package io.hfmount.agent.remote;

import io.hfmount.agent.fs.RemoteTree;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The Hub's tree for callers that may wait: virtual threads, never event loops. Every call has an end; what runs out of
 * time answers EAGAIN, as all trouble that passes (mount-semantics §2.0). An interrupted caller gets EINTR and keeps its
 * interrupt flag. Thread-safe.
 */
public final class HubRemoteTree implements RemoteTree {
    /** Default for one answer: longer than the client's own tries together, so that its error wins. */
    public static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(90);
    /** Default for a whole listing, of however many pages. */
    public static final Duration LISTING_TIMEOUT = Duration.ofMinutes(5);

    private final BucketHub hub;
    private final Duration answerTimeout;
    private final Duration listingTimeout;

    /** @param hub with mount-relative paths ({@link SourceHub}) */
    public HubRemoteTree(BucketHub hub) {
        this(hub, ANSWER_TIMEOUT, LISTING_TIMEOUT);
    }

    /**
     * @param hub with mount-relative paths ({@link SourceHub})
     * @param answerTimeout longest wait for one answer
     * @param listingTimeout longest wait for all pages of a listing
     */
    public HubRemoteTree(BucketHub hub, Duration answerTimeout, Duration listingTimeout) {
        this.hub = hub;
        this.answerTimeout = answerTimeout;
        this.listingTimeout = listingTimeout;
    }

    @Override
    public @Nullable HubFile head(String path) throws FsException {
        return await("asking for " + path, hub.head(path), answerTimeout);
    }

    @Override
    public List<HubEntry> list(String directory, boolean recursive) throws FsException {
        List<HubEntry> entries =
                await("listing /" + directory, hub.list(directory, recursive).collectList(), listingTimeout);
        return entries == null ? List.of() : entries;
    }

    @Override
    public @Nullable List<HubEntry> listAtMost(String directory, boolean recursive, int most) throws FsException {
        List<HubEntry> entries = await(
                "listing /" + directory,
                hub.list(directory, recursive).take(most + 1L).collectList(),
                listingTimeout);
        if (entries == null) {
            return List.of();
        }
        return entries.size() > most ? null : entries;
    }

    @Override
    public Map<String, HubFile> pathsInfo(List<String> paths) throws FsException {
        if (paths.isEmpty()) {
            return Map.of();
        }
        Map<String, HubFile> found =
                await("asking for " + paths.size() + " paths", hub.pathsInfo(paths), answerTimeout);
        return found == null ? Map.of() : found;
    }

    private static <T> @Nullable T await(String what, Mono<T> call, Duration timeout) throws FsException {
        CompletableFuture<T> answer = call.toFuture();
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw ErrnoTable.metadata(what, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new FsException(Errno.EAGAIN, what + ": no answer within " + timeout, e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, what + ": interrupted", e);
        }
    }
}
