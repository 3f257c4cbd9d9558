package io.hfmount.xet;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.util.List;

/**
 * Where the bytes of a file range are stored (xet-protocol §9). Immutable.
 *
 * @param file the file asked for
 * @param range the range asked for
 * @param offsetIntoFirstTerm bytes to drop from the front of the first term
 * @param terms consecutive pieces of the file, in order
 * @param fetches what to fetch; each term's chunks lie inside one fetch of its xorb
 */
public record Reconstruction(
        ContentHash file, ByteRange range, long offsetIntoFirstTerm, List<Term> terms, List<Fetch> fetches) {
    public Reconstruction {
        terms = List.copyOf(terms);
        fetches = List.copyOf(fetches);
    }

    /**
     * One piece of the file: chunks {@code [chunkStart, chunkEnd)} of a xorb.
     *
     * @param xorb xorb hash
     * @param chunkStart first chunk index inside the xorb
     * @param chunkEnd one past the last chunk index
     * @param unpackedLength length in bytes of all its chunks, before {@link #offsetIntoFirstTerm} is dropped
     */
    public record Term(ContentHash xorb, int chunkStart, int chunkEnd, long unpackedLength) {}

    /**
     * One ranged request for whole chunk records of a xorb.
     *
     * @param xorb xorb hash
     * @param chunkStart first chunk index
     * @param chunkEnd one past the last chunk index
     * @param url where to fetch from, needs no authorization
     * @param bytes byte range in the stored xorb
     */
    public record Fetch(ContentHash xorb, int chunkStart, int chunkEnd, String url, ByteRange bytes) {
        /** Whether it holds every chunk of {@code term}. */
        public boolean covers(Term term) {
            return xorb.equals(term.xorb()) && chunkStart <= term.chunkStart() && chunkEnd >= term.chunkEnd();
        }
    }

    /**
     * The fetch that holds the chunks of {@code term}.
     *
     * @throws StorageException of kind {@code CORRUPT} if the answer lacks it
     */
    public Fetch fetchFor(Term term) {
        for (Fetch fetch : fetches) {
            if (fetch.covers(term)) {
                return fetch;
            }
        }
        throw new StorageException(
                StorageException.Kind.CORRUPT,
                "the reconstruction of " + file + " names xorb " + term.xorb() + " but not where its chunks ["
                        + term.chunkStart() + ", " + term.chunkEnd() + ") are");
    }
}
