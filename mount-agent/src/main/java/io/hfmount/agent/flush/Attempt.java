package io.hfmount.agent.flush;

import io.hfmount.agent.fs.DirtyFile;
import io.hfmount.agent.fs.SealedFile;
import io.hfmount.agent.fs.UploadRoute;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;
import io.hfmount.model.api.FlushedFile;
import io.hfmount.model.api.FlushedFile.Result;
import io.hfmount.model.api.FlushedFile.Route;
import io.hfmount.xet.UploadedContent;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One try to publish one file: seal, upload, commit, outcome. Owned by one run, whose steps follow one another; not
 * thread-safe.
 */
final class Attempt {
    private final DirtyFile dirty;
    private final LongSupplier nanos;
    private final long started;
    private @Nullable SealedSource seal;
    private @Nullable UploadedContent uploaded;
    private boolean registered;
    private boolean whole;
    private @Nullable Outcome outcome;
    private boolean ended;

    Attempt(DirtyFile dirty, LongSupplier nanos) {
        this.dirty = dirty;
        this.nanos = nanos;
        this.started = nanos.getAsLong();
    }

    long ino() {
        return dirty.ino();
    }

    /** Size when the run was put together; the seal's counts. */
    long expectedSize() {
        return dirty.size();
    }

    /** Path at the seal, or before. */
    String path() {
        SealedSource s = seal;
        return s == null ? dirty.path() : s.file().path();
    }

    /** Whether its outcome is not decided. */
    boolean isOpen() {
        return outcome == null;
    }

    Outcome outcome() {
        return Objects.requireNonNull(outcome, "undecided");
    }

    boolean isSealed() {
        return seal != null;
    }

    /** Takes over a seal; one that comes after the end is released at once. */
    synchronized void sealed(SealedSource source) {
        seal = source;
        if (ended) {
            source.close();
        }
    }

    SealedSource source() {
        return Objects.requireNonNull(seal, "not sealed");
    }

    SealedFile file() {
        return source().file();
    }

    /** Releases the seal; no other may follow. A step of an upload that was given up may still be on its way. */
    synchronized void end() {
        ended = true;
        if (seal != null) {
            seal.close();
        }
    }

    /** Releases a broken seal; another may follow. */
    synchronized void discardSeal() {
        if (seal != null) {
            seal.close();
        }
        seal = null;
        uploaded = null;
        whole = false;
    }

    void uploaded(UploadedContent content) {
        uploaded = content;
    }

    boolean isUploaded() {
        return uploaded != null;
    }

    /** Before another session takes the place of one that failed. */
    void forgetUpload() {
        uploaded = null;
    }

    ContentHash hash() {
        return Objects.requireNonNull(uploaded, "not uploaded").hash();
    }

    /** Storage knows the content: it can be referred to. */
    void registered() {
        registered = true;
    }

    boolean isRegistered() {
        return registered;
    }

    /** Whether its content is its base, which storage has anyway. */
    boolean isUnchanged() {
        return isSealed() && file().route() == UploadRoute.UNCHANGED;
    }

    /** Composing on its base cannot succeed, but all its bytes are here: they travel whole. */
    void sendWhole() {
        whole = true;
    }

    /** How its bytes travel: as the seal says, unless that has failed for good. */
    UploadRoute uploadRoute() {
        return whole ? UploadRoute.FULL : file().route();
    }

    /** The route as reports name it; {@link Route#NONE} before the seal. */
    Route route() {
        if (!isSealed()) {
            return Route.NONE;
        }
        return switch (uploadRoute()) {
            case FULL -> Route.FULL;
            case RANGE, UNCHANGED -> Route.RANGE;
        };
    }

    void published(Route route, boolean clean) {
        Result result = clean ? Result.PUBLISHED : Result.SUPERSEDED;
        outcome = new Outcome(
                clean ? Outcome.Kind.PUBLISHED : Outcome.Kind.SUPERSEDED,
                line(route, result, null),
                null,
                false,
                false);
    }

    void stale() {
        outcome = new Outcome(Outcome.Kind.STALE, line(Route.NONE, Result.PENDING, null), null, false, false);
    }

    void lost(FsException error) {
        outcome = new Outcome(
                Outcome.Kind.LOST, line(Route.NONE, Result.FAILED, error.getMessage()), error, false, false);
    }

    void again() {
        outcome = new Outcome(Outcome.Kind.AGAIN, line(Route.NONE, Result.PENDING, null), null, true, false);
    }

    void failed(Throwable failure) {
        failed(failure, false);
    }

    void failed(Throwable failure, boolean alone) {
        FsException error = ErrnoTable.content("publishing " + path(), failure);
        Outcome.Kind kind = ErrnoTable.isUnauthorized(failure) ? Outcome.Kind.UNAUTHORIZED : Outcome.Kind.FAILED;
        outcome = new Outcome(
                kind,
                line(route(), Result.FAILED, error.getMessage() + next(kind, error.errno())),
                error,
                ErrnoTable.isTransient(failure),
                alone);
    }

    /** The Hub refused this operation of a batch and gave a reason (H-53). */
    void refused(String reason) {
        Errno errno = ErrnoTable.ofRefusal(reason);
        FsException error = new FsException(errno, "the Hub refused " + path() + ": " + reason);
        outcome = new Outcome(
                Outcome.Kind.FAILED,
                line(route(), Result.FAILED, error.getMessage() + next(Outcome.Kind.FAILED, errno)),
                error,
                !ErrnoTable.needsOutsideHelp(errno),
                false);
    }

    /** What becomes of a file that was not published: nothing is ever dropped. */
    private static String next(Outcome.Kind kind, Errno errno) {
        String kept = "; the file stays dirty and readable here, and ";
        if (kind == Outcome.Kind.UNAUTHORIZED) {
            return kept + "is tried again when the token changes, and now and then";
        }
        return kept
                + (ErrnoTable.needsOutsideHelp(errno)
                        ? "is tried again with growing pauses until room or right is given"
                        : "is tried again by itself, with growing pauses");
    }

    private FlushedFile line(Route route, Result result, @Nullable String error) {
        UploadedContent content = uploaded;
        SealedSource s = seal;
        boolean onHub = result == Result.PUBLISHED || result == Result.SUPERSEDED;
        return new FlushedFile(
                path(),
                route,
                result,
                s == null ? -1 : s.file().generation(),
                content == null ? 0 : content.newBytes(),
                content == null ? 0 : content.reusedBytes(),
                onHub && content != null ? content.hash().text() : null,
                Duration.ofNanos(nanos.getAsLong() - started).toMillis(),
                error);
    }
}
