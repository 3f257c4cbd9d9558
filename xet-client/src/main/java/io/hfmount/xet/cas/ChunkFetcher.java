package io.hfmount.xet.cas;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.xorb.ChunkRecords;
import io.hfmount.xet.xorb.IncomingRecords;
import io.hfmount.xet.xorb.XorbLimits;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Fetches and decodes chunk records. A failed or damaged answer is fetched again by the retry policy; a refused address is
 * renewed by asking for the plan again, which does not use up a retry (xet-protocol §10.2, §12). Thread-safe.
 */
public final class ChunkFetcher {
    private static final int MAX_RENEWALS = 3;

    private final StorageClient storage;
    private final RetryPolicy retry;
    private final Scheduler decoding;
    private final StorageObserver observer;

    /**
     * A fetcher.
     *
     * @param decoding where chunks are unpacked; stays the caller's
     */
    public ChunkFetcher(StorageClient storage, RetryPolicy retry, Scheduler decoding, StorageObserver observer) {
        this.storage = storage;
        this.retry = retry;
        this.decoding = decoding;
        this.observer = observer;
    }

    /**
     * Fetches the chunks of {@code fetch}.
     *
     * @param origin the plan it came from
     * @return exactly those chunks
     */
    public Mono<ChunkRun> fetch(Reconstruction.Fetch fetch, Reconstruction origin) {
        return Mono.defer(() -> {
            Address address = new Address(fetch);
            return attempt(address, origin).retryWhen(retry.toRetry(StorageRoute.DATA, observer));
        });
    }

    /** The latest address of the wanted chunks; signals of one subscription follow each other. */
    private static final class Address {
        volatile Reconstruction.Fetch fetch;
        private int renewals;

        Address(Reconstruction.Fetch fetch) {
            this.fetch = fetch;
        }

        synchronized boolean mayRenew() {
            return renewals < MAX_RENEWALS;
        }

        synchronized void renew(Reconstruction.Fetch fresh) {
            renewals++;
            fetch = fresh;
        }
    }

    private Mono<ChunkRun> attempt(Address address, Reconstruction origin) {
        return Mono.defer(() -> once(address.fetch, origin))
                .onErrorResume(
                        e -> isRefused(e) && address.mayRenew(),
                        e -> renew(address.fetch, origin).flatMap(fresh -> {
                            address.renew(fresh);
                            return attempt(address, origin);
                        }));
    }

    private Mono<ChunkRun> once(Reconstruction.Fetch fetch, Reconstruction origin) {
        int unpacked = unpackedLength(fetch, origin);
        if (unpacked < 0) {
            return storage.data(fetch.url(), fetch.bytes())
                    .publishOn(decoding)
                    .map(stored -> ChunkRecords.decode(
                            fetch.xorb(), fetch.chunkStart(), stored, fetch.chunkEnd() - fetch.chunkStart()));
        }
        IncomingRecords records = new IncomingRecords(
                fetch.xorb(),
                fetch.chunkStart(),
                fetch.chunkEnd() - fetch.chunkStart(),
                (int) fetch.bytes().length(),
                unpacked);
        return storage.data(fetch.url(), fetch.bytes(), records::accept)
                .publishOn(decoding)
                .then(Mono.fromSupplier(records::complete));
    }

    /** What the chunks of {@code fetch} unpack to, if the terms of its plan tell; else -1. */
    private static int unpackedLength(Reconstruction.Fetch fetch, Reconstruction origin) {
        long length = fetch.bytes().length();
        int chunks = fetch.chunkEnd() - fetch.chunkStart();
        if (fetch.chunkStart() < 0
                || chunks < 1
                || chunks > XorbLimits.MAX_CHUNKS
                || length < 1
                || length > StorageClient.MAX_STORED_XORB) {
            return -1;
        }
        int chunk = fetch.chunkStart();
        long unpacked = 0;
        for (Reconstruction.Term term : origin.terms()) {
            if (fetch.covers(term) && term.chunkStart() == chunk) {
                chunk = term.chunkEnd();
                unpacked += term.unpackedLength();
            }
        }
        boolean told = chunk == fetch.chunkEnd() && unpacked > 0 && unpacked <= XorbLimits.MAX_BYTES;
        return told ? (int) unpacked : -1;
    }

    private static boolean isRefused(Throwable failure) {
        return failure instanceof StorageException e && e.kind() == StorageException.Kind.FORBIDDEN;
    }

    /** The same chunks under a new address. */
    private Mono<Reconstruction.Fetch> renew(Reconstruction.Fetch old, Reconstruction origin) {
        ContentHash file = origin.file();
        return storage.reconstruct(file, origin.range())
                .flatMap(plan -> Mono.justOrEmpty(plan.fetches().stream()
                        .filter(fresh -> fresh.xorb().equals(old.xorb())
                                && fresh.chunkStart() == old.chunkStart()
                                && fresh.chunkEnd() == old.chunkEnd())
                        .findFirst()))
                .switchIfEmpty(Mono.error(() -> AttemptException.finalFailure(
                        StorageException.Kind.CORRUPT,
                        "storage no longer says where chunks [" + old.chunkStart() + ", " + old.chunkEnd()
                                + ") of xorb " + old.xorb() + " of " + file + " are",
                        null)));
    }
}
