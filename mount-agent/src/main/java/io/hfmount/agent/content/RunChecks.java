package io.hfmount.agent.content;

import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks answers of storage before any byte of them is believed (xet-protocol §12). */
final class RunChecks {
    /** Longest unpacked length of a whole xorb, hence of a term (xet-protocol §1). */
    private static final long MAX_TERM = 64L << 20;

    private RunChecks() {}

    /**
     * A piece of a file as a plan tells it.
     *
     * @param start file offset of the first byte of its first chunk
     * @param end file offset after its last chunk
     * @param term the chunks
     * @param fetch the fetch that holds them
     */
    record PlannedTerm(long start, long end, Reconstruction.Term term, Reconstruction.Fetch fetch) {}

    /**
     * Places the terms of a plan in the file.
     *
     * @param size bytes of the whole file
     * @throws StorageException of kind {@code CORRUPT} unless the terms give every byte of the range, and none after
     *     the end of the file
     */
    static List<PlannedTerm> place(Reconstruction plan, long size) {
        long position = plan.range().start() - plan.offsetIntoFirstTerm();
        if (plan.offsetIntoFirstTerm() < 0 || position < 0) {
            throw corrupt("the plan of " + plan.file() + " starts before the file");
        }
        List<PlannedTerm> placed = new ArrayList<>(plan.terms().size());
        for (Reconstruction.Term term : plan.terms()) {
            long chunks = (long) term.chunkEnd() - term.chunkStart();
            if (term.chunkStart() < 0
                    || chunks <= 0
                    || term.unpackedLength() < chunks
                    || term.unpackedLength() > MAX_TERM) {
                throw corrupt("the plan of " + plan.file() + " has a term of " + chunks + " chunks and "
                        + term.unpackedLength() + " bytes");
            }
            long end = position + term.unpackedLength();
            placed.add(new PlannedTerm(position, end, term, plan.fetchFor(term)));
            position = end;
        }
        if (placed.isEmpty() || placed.getFirst().end() <= plan.range().start()) {
            throw corrupt("the plan of " + plan.file() + " does not hold byte "
                    + plan.range().start());
        }
        if (position < plan.range().end()) {
            throw corrupt("the plan of " + plan.file() + " ends at byte " + position + " instead of "
                    + plan.range().end());
        }
        if (position > size) {
            throw corrupt("storage has more than " + size + " bytes for " + plan.file());
        }
        return placed;
    }

    /**
     * Checks the shape of a fetched run.
     *
     * @throws StorageException of kind {@code CORRUPT} unless it is exactly the chunks asked for
     */
    static void check(ChunkRun run, Reconstruction.Fetch fetch) {
        if (!run.xorb().equals(fetch.xorb())
                || run.chunkStart() != fetch.chunkStart()
                || run.count() != fetch.chunkEnd() - fetch.chunkStart()
                || run.count() == 0) {
            throw corrupt("asked for chunks [" + fetch.chunkStart() + ", " + fetch.chunkEnd() + ") of xorb "
                    + fetch.xorb() + ", got [" + run.chunkStart() + ", " + run.chunkEnd() + ") of " + run.xorb());
        }
        int before = 0;
        for (int end : run.ends()) {
            if (end <= before) {
                throw corrupt("a chunk of xorb " + fetch.xorb() + " is empty");
            }
            before = end;
        }
        if (before != run.data().length) {
            throw corrupt("the chunks of xorb " + fetch.xorb() + " end at " + before + " of " + run.data().length);
        }
    }

    /**
     * Checks that a run gives a term's bytes.
     *
     * @throws StorageException of kind {@code CORRUPT} if the lengths differ
     */
    static void check(ChunkRun run, PlannedTerm planned) {
        Reconstruction.Term term = planned.term();
        long length = (long) run.endOf(term.chunkEnd() - 1) - run.startOf(term.chunkStart());
        if (length != term.unpackedLength()) {
            throw corrupt("chunks [" + term.chunkStart() + ", " + term.chunkEnd() + ") of xorb " + term.xorb()
                    + " have " + length + " bytes instead of " + term.unpackedLength());
        }
    }

    /** The same failure as a storage failure. */
    static StorageException asStorageException(@Nullable Throwable error) {
        if (error instanceof StorageException known) {
            return known;
        }
        String message = "the storage call failed: " + error;
        return error == null
                ? new StorageException(StorageException.Kind.UNAVAILABLE, message)
                : new StorageException(StorageException.Kind.UNAVAILABLE, message, error);
    }

    private static StorageException corrupt(String message) {
        return new StorageException(StorageException.Kind.CORRUPT, message);
    }
}
