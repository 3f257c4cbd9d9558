package io.hfmount.xet.download;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Streams a byte range of a file in order (xet-protocol §12). Asks for the plan in blocks, fetches a few ranges ahead,
 * fetches a range that consecutive terms share once, and fails if a length is not what the plan says. Thread-safe.
 */
public final class FileDownload {
    private final ContentStore store;
    private final long blockBytes;
    private final int ahead;

    /**
     * A download.
     *
     * @param blockBytes file bytes covered by one plan, at least 1
     * @param ahead terms under way at once, 1..64; each may hold an unpacked fetch in memory
     */
    public FileDownload(ContentStore store, long blockBytes, int ahead) {
        if (blockBytes < 1 || ahead < 1 || ahead > 64) {
            throw new IllegalArgumentException("blockBytes must be positive and ahead 1..64");
        }
        this.store = store;
        this.blockBytes = blockBytes;
        this.ahead = ahead;
    }

    /** A download with plans of 256 MiB and 4 terms under way. */
    public FileDownload(ContentStore store) {
        this(store, 256L << 20, 4);
    }

    /**
     * The bytes of {@code range}, which must lie inside the file.
     *
     * @return read-only pieces in order, together exactly {@code range.length()} bytes; fails with {@code CORRUPT} if
     *     storage has fewer
     */
    public Flux<ByteBuffer> read(ContentHash file, ByteRange range) {
        return blocks(range)
                .concatMap(
                        block -> store.reconstruct(file, block)
                                .switchIfEmpty(Mono.error(() -> tooShort(file, block.start())))
                                .flatMapMany(this::block),
                        0);
    }

    private Flux<ByteRange> blocks(ByteRange range) {
        return Flux.generate(range::start, (start, sink) -> {
            if (start >= range.end()) {
                sink.complete();
                return start;
            }
            ByteRange block = ByteRange.of(start, Math.min(blockBytes, range.end() - start));
            sink.next(block);
            return block.end();
        });
    }

    private Flux<ByteBuffer> block(Reconstruction plan) {
        List<Reconstruction.Term> terms = plan.terms();
        long wanted = plan.range().length();
        long given =
                terms.stream().mapToLong(Reconstruction.Term::unpackedLength).sum() - plan.offsetIntoFirstTerm();
        if (given < wanted) {
            return Flux.error(tooShort(plan.file(), plan.range().start() + Math.max(given, 0)));
        }
        SharedFetches fetches = new SharedFetches(plan);
        return Flux.fromIterable(slices(plan))
                .flatMapSequential(slice -> fetches.run(slice.term).map(run -> cut(plan.file(), run, slice)), ahead, 1);
    }

    /** What of a term's bytes is wanted. */
    private record Slice(Reconstruction.Term term, long from, long to) {}

    private static List<Slice> slices(Reconstruction plan) {
        List<Slice> slices = new ArrayList<>();
        long left = plan.range().length();
        long skip = plan.offsetIntoFirstTerm();
        for (Reconstruction.Term term : plan.terms()) {
            long take = Math.min(left, term.unpackedLength() - skip);
            if (take <= 0) {
                break;
            }
            slices.add(new Slice(term, skip, skip + take));
            left -= take;
            skip = 0;
        }
        return slices;
    }

    private static ByteBuffer cut(ContentHash file, ChunkRun run, Slice slice) {
        Reconstruction.Term term = slice.term;
        int start = run.startOf(term.chunkStart());
        int length = run.endOf(term.chunkEnd() - 1) - start;
        if (length != term.unpackedLength()) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "chunks [" + term.chunkStart() + ", " + term.chunkEnd() + ") of xorb " + term.xorb() + " have "
                            + length + " bytes, but file " + file + " needs " + term.unpackedLength());
        }
        return ByteBuffer.wrap(run.data(), start + (int) slice.from, (int) (slice.to - slice.from))
                .slice()
                .asReadOnlyBuffer();
    }

    private static StorageException tooShort(ContentHash file, long at) {
        return new StorageException(
                StorageException.Kind.CORRUPT, "storage ends file " + file + " at " + at + ", before the wanted range");
    }

    /** Fetches of one plan; terms that use the same fetch share one call while one of them still waits for it. */
    private final class SharedFetches {
        private final Reconstruction plan;

        // Guarded by this.
        private final Map<Reconstruction.Fetch, Integer> users = new HashMap<>();
        private final Map<Reconstruction.Fetch, Mono<ChunkRun>> calls = new HashMap<>();

        SharedFetches(Reconstruction plan) {
            this.plan = plan;
            for (Reconstruction.Term term : plan.terms()) {
                users.merge(plan.fetchFor(term), 1, Integer::sum);
            }
        }

        Mono<ChunkRun> run(Reconstruction.Term term) {
            Reconstruction.Fetch fetch = plan.fetchFor(term);
            return call(fetch).doOnTerminate(() -> done(fetch));
        }

        private synchronized Mono<ChunkRun> call(Reconstruction.Fetch fetch) {
            return calls.computeIfAbsent(fetch, f -> store.fetch(f, plan).cache());
        }

        private synchronized void done(Reconstruction.Fetch fetch) {
            if (users.merge(fetch, -1, Integer::sum) == 0) {
                calls.remove(fetch);
            }
        }
    }
}
