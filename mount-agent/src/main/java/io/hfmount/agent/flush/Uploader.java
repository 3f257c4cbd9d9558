package io.hfmount.agent.flush;

import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.fs.SealedEdit;
import io.hfmount.agent.fs.SealedFile;
import io.hfmount.agent.fs.UploadRoute;
import io.hfmount.agent.remote.ErrnoTable;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The first half of a run: seals its files and uploads them through one session, so that small files share xorbs and a
 * shard. What happens to one file concerns that file alone (H-08b), as far as the session allows; a session that fails
 * passingly is repeated as a whole over the same seals, which gives the same hashes. Thread-safe.
 */
final class Uploader {
    private static final Logger log = LoggerFactory.getLogger(Uploader.class);

    /** Seals that may break during one run before the file waits like one that failed. */
    private static final int MOST_SEALS = 3;

    private final Publication publication;
    private final ContentStore store;
    private final FlushSettings settings;
    private final FlushTime time;
    private final Scheduler disk;
    private final UploadSlots slots;
    private final Retries retries;
    private final FlushQueue queue;
    private final StorageTroubles troubles;

    Uploader(
            Publication publication,
            ContentStore store,
            FlushSettings settings,
            FlushTime time,
            Scheduler disk,
            FlushQueue queue,
            StorageTroubles troubles) {
        this.publication = publication;
        this.store = store;
        this.settings = settings;
        this.time = time;
        this.disk = disk;
        this.slots = new UploadSlots(settings.parallelism());
        this.retries = new Retries(time.timer());
        this.queue = queue;
        this.troubles = troubles;
    }

    /** Brings every file of the run to storage, or decides its outcome. Never fails. */
    Mono<Void> upload(List<Attempt> run) {
        return retries.of("upload-session", Uploader::mayRepeat, Mono.defer(() -> session(run)))
                .onErrorResume(failure -> {
                    if (failure instanceof StorageException storage
                            && storage.kind() == StorageException.Kind.SOURCE
                            && comeAgain(run)) {
                        return Mono.empty();
                    }
                    // A file that makes a session fail must not take the others along for ever.
                    boolean alone = run.size() > 1 && !ErrnoTable.isTransient(failure);
                    run.stream().filter(Attempt::isOpen).forEach(attempt -> attempt.failed(failure, alone));
                    return Mono.empty();
                });
    }

    /**
     * If a seal broke when the session read its file once more, no file has failed: all come again, that one with another
     * seal.
     */
    private static boolean comeAgain(List<Attempt> run) {
        List<Attempt> open = run.stream().filter(Attempt::isOpen).toList();
        boolean broken = open.stream().anyMatch(a -> a.isSealed() && a.file().broken());
        if (broken) {
            open.forEach(Attempt::again);
        }
        return broken;
    }

    /** A session that ran out of time has waited long enough: its files come again one by one. */
    private static boolean mayRepeat(Throwable failure) {
        return failure instanceof StorageException storage && storage.kind() == StorageException.Kind.UNAVAILABLE;
    }

    private Mono<Void> session(List<Attempt> run) {
        List<Attempt> open = run.stream().filter(Attempt::isOpen).toList();
        if (open.isEmpty()) {
            return Mono.empty();
        }
        open.forEach(Attempt::forgetUpload);
        UploadSession session = store.newUploadSession();
        return Flux.fromIterable(open)
                .flatMap(attempt -> slots.run(Mono.defer(() -> add(session, attempt, 1))), settings.parallelism())
                .then(Mono.defer(() -> finish(session, open)))
                .doOnError(_ -> session.abort())
                .doOnCancel(session::abort);
    }

    private Mono<Void> add(UploadSession session, Attempt attempt, int seals) {
        return Mono.fromCallable(() -> seal(attempt))
                .subscribeOn(disk)
                .flatMap(ready -> ready ? send(session, attempt) : Mono.empty())
                .onErrorResume(failure -> Mono.defer(() -> notAdded(session, attempt, seals, failure))
                        .subscribeOn(disk));
    }

    /** Whether there is something to upload. */
    private boolean seal(Attempt attempt) {
        if (attempt.isSealed()) {
            return true;
        }
        queue.phase(attempt.ino(), FlushQueue.Phase.SEALING);
        Optional<SealedFile> sealed;
        try {
            sealed = publication.seal(attempt.ino());
        } catch (FsException e) {
            attempt.lost(e);
            return false;
        }
        if (sealed.isEmpty()) {
            attempt.stale();
            return false;
        }
        attempt.sealed(new SealedSource(sealed.get(), disk));
        queue.phase(attempt.ino(), FlushQueue.Phase.SEALED);
        return true;
    }

    private Mono<Void> send(UploadSession session, Attempt attempt) {
        Duration timeout = settings.timeoutOf(attempt.source().size());
        return upload(session, attempt)
                .timeout(timeout, time.timer())
                .onErrorMap(TimeoutException.class, e -> slow("upload", timeout, e))
                .switchIfEmpty(Mono.error(
                        () -> new StorageException(StorageException.Kind.CORRUPT, "an upload ended without a result")))
                .doOnNext(attempt::uploaded)
                .then();
    }

    private static Mono<UploadedContent> upload(UploadSession session, Attempt attempt) {
        SealedSource source = attempt.source();
        SealedEdit edit = attempt.file().edit();
        if (edit == null || attempt.uploadRoute() == UploadRoute.FULL) {
            return session.add(source);
        }
        if (attempt.isUnchanged()) {
            return Mono.just(new UploadedContent(edit.base(), edit.baseSize(), 0, edit.baseSize()));
        }
        return session.compose(edit.base(), edit.baseSize(), source.edits(edit), source.localBase(edit))
                .onErrorResume(failure -> !ErrnoTable.isTransient(failure) && mayGoWhole(attempt), failure -> {
                    log.warn(
                            "{} cannot be composed on its base, it is sent whole: {}",
                            attempt.path(),
                            failure.toString());
                    attempt.sendWhole();
                    return session.add(source);
                });
    }

    private static boolean mayGoWhole(Attempt attempt) {
        return attempt.file().isWhole() && !attempt.file().broken();
    }

    private Mono<Void> notAdded(UploadSession session, Attempt attempt, int seals, Throwable failure) {
        if (attempt.isSealed() && attempt.file().broken()) {
            attempt.discardSeal();
            if (seals < MOST_SEALS) {
                return add(session, attempt, seals + 1);
            }
            attempt.again();
        } else {
            attempt.failed(failure);
        }
        return Mono.empty();
    }

    private Mono<Void> finish(UploadSession session, List<Attempt> open) {
        List<Attempt> uploaded =
                open.stream().filter(a -> a.isOpen() && a.isUploaded()).toList();
        if (uploaded.isEmpty()) {
            session.abort();
            return Mono.empty();
        }
        return Mono.fromCallable(() ->
                        uploaded.stream().allMatch(a -> a.isUnchanged() || publication.isNoOp(a.file(), a.hash())))
                .subscribeOn(disk)
                .flatMap(nothingNew -> {
                    if (nothingNew) {
                        uploaded.stream().filter(Attempt::isUnchanged).forEach(Attempt::registered);
                        session.abort();
                        return Mono.empty();
                    }
                    return register(session, uploaded);
                });
    }

    private Mono<Void> register(UploadSession session, List<Attempt> uploaded) {
        long bytes = uploaded.stream().mapToLong(a -> a.source().size()).sum();
        Duration timeout = settings.timeoutOf(bytes);
        return session.finish()
                .timeout(timeout, time.timer())
                .onErrorMap(TimeoutException.class, e -> slow("registration", timeout, e))
                .then(Mono.fromRunnable(() -> uploaded.forEach(Attempt::registered)));
    }

    /** Calls to storage are repeated for longer than this: without their failure, nobody would know what is wrong. */
    private StorageException slow(String what, Duration timeout, Throwable cause) {
        String trouble = troubles.ofTheLast(timeout.toNanos());
        return new StorageException(
                StorageException.Kind.TIMEOUT,
                "no end of the " + what + " within " + timeout + (trouble == null ? "" : "; " + trouble),
                cause);
    }
}
