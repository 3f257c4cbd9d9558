package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.cas.ChunkFetcher;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.shard.Segment;
import reactor.core.publisher.Mono;

/** Fetches chunks of the file that is edited, by their place in it. Thread-safe. */
final class BaseFetch {
    private final StorageClient storage;
    private final ChunkFetcher fetcher;
    private final BaseFile base;

    BaseFetch(StorageClient storage, ChunkFetcher fetcher, BaseFile base) {
        this.storage = storage;
        this.fetcher = fetcher;
        this.base = base;
    }

    /**
     * Chunks of one segment.
     *
     * @param run decoded chunks, maybe more than wanted
     * @param chunkEnd one past the last wanted chunk, counted inside the xorb
     */
    record Fetched(ChunkRun run, int chunkEnd) {}

    /**
     * Fetches the chunks of {@code range}, and to its end the one that {@code range} ends in.
     *
     * @param range begins where chunk {@code first} begins and lies inside segment {@code s}
     * @param first index of its first chunk, counted inside the xorb
     */
    Mono<Fetched> fetch(int s, int first, ByteRange range) {
        return storage.reconstruct(base.hash(), range)
                .switchIfEmpty(Mono.error(() -> wrong(range, "ends before it")))
                .flatMap(plan -> {
                    Reconstruction.Term term = check(s, first, range, plan);
                    return fetcher.fetch(plan.fetchFor(term), plan)
                            .map(run -> new Fetched(run, checkLength(range, term, run)));
                });
    }

    private Reconstruction.Term check(int s, int first, ByteRange range, Reconstruction plan) {
        Segment segment = base.segment(s);
        if (plan.terms().size() != 1 || plan.offsetIntoFirstTerm() != 0) {
            throw wrong(range, "is not one run of chunks");
        }
        Reconstruction.Term term = plan.terms().getFirst();
        if (!term.xorb().equals(segment.xorb())
                || term.chunkStart() != first
                || term.chunkEnd() > segment.chunkEnd()
                || term.unpackedLength() < range.length()
                || term.unpackedLength() > base.end(s) - range.start()) {
            throw wrong(range, "lies elsewhere than in the plan of the whole file");
        }
        return term;
    }

    private int checkLength(ByteRange range, Reconstruction.Term term, ChunkRun run) {
        if (run.endOf(term.chunkEnd() - 1) - run.startOf(term.chunkStart()) != term.unpackedLength()) {
            throw wrong(range, "has chunks of other lengths than the plan says");
        }
        return term.chunkEnd();
    }

    private StorageException wrong(ByteRange range, String what) {
        return new StorageException(
                StorageException.Kind.CORRUPT,
                "storage says that [" + range.start() + ", " + range.end() + ") of file " + base.hash() + " " + what);
    }
}
