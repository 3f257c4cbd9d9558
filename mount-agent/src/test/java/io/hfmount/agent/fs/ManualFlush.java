package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * A flush pipeline that a test drives step by step, one file a batch. It keeps to the contract of {@link Publication}
 * and is as careful as the real one.
 */
final class ManualFlush implements FlushSignals {
    final Set<Long> signalled = Collections.synchronizedSet(new LinkedHashSet<>());
    private final MemoryHub hub;
    private final CommitLane lane;
    Publication publication;

    /** Runs between upload and commit; lets a test change things at the worst moment. */
    Runnable beforeCommit = () -> {};

    /** Commits and deletes take their turn of the lane, as the real ones do; for tests with threads. */
    boolean onLane;

    /** Runs between the batch's answer and its application. */
    Runnable afterBatch = () -> {};

    /** @param lane the Hub's, or what is around it */
    ManualFlush(MemoryHub hub, CommitLane lane) {
        this.hub = hub;
        this.lane = lane;
    }

    @Override
    public synchronized void dirty(long ino) {
        signalled.add(ino);
    }

    @Override
    public void deletesQueued() {}

    @Override
    public void publishNow(long ino) throws FsException {
        publish(ino);
    }

    @Override
    public void drainDeletes() {
        deletes();
    }

    /** Publishes everything dirty once; failures stay dirty. */
    void flushAll() {
        List<DirtyFile> dirty = publication.dirtyFiles();
        for (DirtyFile file : dirty) {
            Optional<SealedFile> sealed;
            try {
                sealed = publication.seal(file.ino());
            } catch (FsException e) {
                continue; // what has vanished has been recorded (H-29)
            }
            try {
                if (sealed.isPresent()) {
                    publish(sealed.get());
                }
            } catch (FsException e) {
                publication.failed(file.ino(), e);
            }
        }
        deletes();
    }

    boolean publish(long ino) throws FsException {
        Optional<SealedFile> sealed = publication.seal(ino);
        return sealed.isPresent() && publish(sealed.get());
    }

    private boolean publish(SealedFile seal) throws FsException {
        try (SealedFile file = seal) {
            ContentHash hash = upload(file);
            beforeCommit.run();
            return turn(() -> commit(file, hash));
        } catch (IOException e) {
            throw new FsException(Errno.EIO, "sealed read", e);
        }
    }

    private interface Turn {
        boolean run() throws FsException;
    }

    private boolean turn(Turn work) throws FsException {
        if (!onLane) {
            return work.run();
        }
        try {
            return Boolean.TRUE.equals(
                    lane.run(() -> Mono.fromCallable(work::run)).block());
        } catch (RuntimeException e) {
            if (Exceptions.unwrap(e) instanceof FsException refused) {
                throw refused;
            }
            throw e;
        }
    }

    /** Route of every publication that was not a stale signal. */
    final List<UploadRoute> routes = Collections.synchronizedList(new ArrayList<>());

    private ContentHash upload(SealedFile file) throws IOException {
        routes.add(file.route());
        return switch (file.route()) {
            case FULL -> hub.store(readAll(file));
            case RANGE -> {
                byte[] composed = hub.compose(file);
                if (composed.length != file.size()) {
                    throw new AssertionError("composed " + composed.length + " bytes of " + file.size() + ": " + file);
                }
                yield hub.store(composed);
            }
            case UNCHANGED -> file.edit().base();
        };
    }

    static byte[] read(SealedFile file, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (file.content().read(position + buffer.position(), buffer) == 0) {
                throw new IOException("short");
            }
        }
        return buffer.array();
    }

    static byte[] readAll(SealedFile file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(file.size()));
        while (buffer.hasRemaining()) {
            if (file.content().read(buffer.position(), buffer) == 0) {
                throw new IOException("short");
            }
        }
        return buffer.array();
    }

    private boolean commit(SealedFile file, ContentHash hash) throws FsException {
        if (file.onlyRestores() && !publication.stillToRestore(file, hub.file(file.path()))) {
            return false;
        }
        if (publication.isNoOp(file, hash)) {
            return publication.committed(file, hash);
        }
        if (!publication.beginCommit(file, hash)) {
            return false;
        }
        List<QueuedDelete> deletes = guarded(file.pendingDeletes());
        List<BatchOperation> operations = new ArrayList<>();
        operations.add(new BatchOperation.AddFile(file.path(), hash, file.mtime()));
        deletes.forEach(d -> operations.add(new BatchOperation.DeleteFile(d.path())));
        try {
            BatchResult result = lane.send(operations).block();
            afterBatch.run();
            if (result.failures().containsKey(file.path())) {
                publication.refused(file);
                throw new FsException(Errno.EIO, "refused");
            }
            boolean clean = publication.committed(file, hash);
            file.pendingDeletes().stream()
                    .filter(d -> result.failures().containsKey(d.path()))
                    .forEach(publication::requeue);
            return clean;
        } catch (HubException e) {
            if (!e.outcomeUnknown()) {
                publication.refused(file);
                throw new FsException(Errno.EIO, "refused", e);
            }
            if (publication.resolved(file, hash, hub.file(file.path()))) {
                file.pendingDeletes().forEach(publication::requeue);
                return true;
            }
            throw new FsException(Errno.EIO, "unknown outcome", e);
        }
    }

    private boolean isOurs(QueuedDelete delete) {
        HubFile there = hub.file(delete.path());
        return there != null && delete.expected().contains(there.hash());
    }

    private List<QueuedDelete> guarded(List<QueuedDelete> deletes) {
        return deletes.stream().filter(this::isOurs).toList();
    }

    /** Sends the deletes that may go. */
    void deletes() {
        try {
            turn(() -> {
                sendDeletes();
                return true;
            });
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    private void sendDeletes() {
        for (QueuedDelete delete : publication.deletesReady()) {
            if (!publication.beginDelete(delete)) {
                continue;
            }
            if (!guarded(List.of(delete)).isEmpty()) {
                try {
                    BatchResult result = lane.send(List.of(new BatchOperation.DeleteFile(delete.path())))
                            .block();
                    if (!result.failures().isEmpty()) {
                        continue;
                    }
                } catch (HubException e) {
                    continue;
                }
            }
            publication.deleteDone(delete);
        }
    }
}
