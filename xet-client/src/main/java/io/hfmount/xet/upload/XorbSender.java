package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.xorb.XorbBody;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Uploads the sealed xorbs of one session in the background, a few at a time, and keeps the bytes that wait within a
 * budget. Each xorb is sent once. The first failure is kept and fails the session. Thread-safe.
 */
final class XorbSender {
    private final StorageClient storage;
    private final ByteBudget memory;
    private final ByteBudget turns;

    // Guarded by this.
    private final Map<ContentHash, CompletableFuture<Void>> sent = new HashMap<>();
    private final Map<ContentHash, CompletableFuture<?>> running = new HashMap<>();
    private final List<OpenXorb> storedXorbs = new ArrayList<>();
    private long sentBytes;
    private @Nullable Throwable failure;
    private boolean stopped;

    /**
     * A sender.
     *
     * @param memory budget for serialised xorbs that are not stored yet
     * @param concurrency uploads at once
     */
    XorbSender(StorageClient storage, ByteBudget memory, int concurrency) {
        this.storage = storage;
        this.memory = memory;
        this.turns = new ByteBudget(concurrency);
    }

    /** Waits for memory and then starts the upload of a sealed xorb, unless it was started before. */
    void send(OpenXorb xorb, ContentHash hash) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (this) {
            if (sent.putIfAbsent(hash, done) != null) {
                // The session keeps the xorb; no budget counts these bytes, and nobody sends them.
                xorb.forgetRecords();
                return;
            }
        }
        int bytes = xorb.storedBytes();
        memory.acquire(bytes).join();
        done.whenComplete((nothing, e) -> {
            xorb.forgetRecords();
            memory.release(bytes);
        });
        turns.acquire(1).thenRun(() -> upload(xorb, hash, done));
    }

    private void upload(OpenXorb xorb, ContentHash hash, CompletableFuture<Void> done) {
        boolean wanted;
        synchronized (this) {
            wanted = !stopped && failure == null;
        }
        CompletableFuture<Boolean> call = wanted
                ? Mono.defer(() -> storage.putXorb(hash, body(xorb))).toFuture()
                : CompletableFuture.failedFuture(new StorageException(
                        StorageException.Kind.UNAVAILABLE,
                        "the upload was given up before xorb " + hash + " was sent"));
        boolean late;
        synchronized (this) {
            running.put(hash, call);
            late = stopped;
        }
        if (late) {
            call.cancel(true);
        }
        call.whenComplete((isNew, e) -> {
            // Noted before anybody hears of it: those that wait begin, or give up, by what is known here.
            synchronized (this) {
                running.remove(hash);
                if (e == null) {
                    sentBytes += xorb.storedBytes();
                    storedXorbs.add(xorb);
                } else if (failure == null) {
                    failure = e;
                }
            }
            turns.release(1);
            if (e != null) {
                done.completeExceptionally(e);
                return;
            }
            done.complete(null);
        });
    }

    private static XorbBody body(OpenXorb xorb) {
        return Objects.requireNonNull(xorb.body(), "a xorb has its records until it is stored");
    }

    /** The first failure so far. */
    synchronized @Nullable Throwable failure() {
        return failure;
    }

    /** Completes when every xorb sent so far is stored; fails as the first of them that failed. */
    CompletableFuture<Void> allStored() {
        CompletableFuture<?>[] all;
        synchronized (this) {
            all = sent.values().toArray(CompletableFuture<?>[]::new);
        }
        return CompletableFuture.allOf(all).handle((nothing, e) -> {
            if (e != null) {
                throw StorageFailures.of(Objects.requireNonNullElse(failure(), e));
            }
            return null;
        });
    }

    /** The xorbs that storage has. */
    synchronized List<OpenXorb> storedXorbs() {
        return List.copyOf(storedXorbs);
    }

    /** Bytes of all stored xorbs. */
    synchronized long sentBytes() {
        return sentBytes;
    }

    /** Cancels what runs and refuses what comes. */
    void stop() {
        List<CompletableFuture<?>> open;
        synchronized (this) {
            stopped = true;
            open = List.copyOf(running.values());
        }
        open.forEach(call -> call.cancel(true));
    }
}
