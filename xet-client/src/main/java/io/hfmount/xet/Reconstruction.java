package io.hfmount.xet;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of a file range are stored (xet-protocol §9). Immutable.
 *
 * @param file the file asked for
 * @param range the range asked for
 * @param offsetIntoFirstTerm bytes to drop from the front of the first term
 * @param terms consecutive pieces of the file, in order
 * @param fetches what to fetch, by xorb and place; each term's chunks lie inside one fetch of its xorb
 */
public record Reconstruction(
        ContentHash file, ByteRange range, long offsetIntoFirstTerm, List<Term> terms, List<Fetch> fetches) {
    private static final Comparator<Fetch> BY_PLACE =
            Comparator.comparing(Fetch::xorb).thenComparingInt(Fetch::chunkStart);

    public Reconstruction {
        terms = List.copyOf(terms);
        fetches = needed(fetches);
    }

    /** In order, and none that another one holds as a whole: of one xorb, both starts and ends ascend. */
    private static List<Fetch> needed(List<Fetch> fetches) {
        List<Fetch> sorted = new ArrayList<>(fetches);
        sorted.sort(
                BY_PLACE.thenComparing(Comparator.comparingInt(Fetch::chunkEnd).reversed()));
        List<Fetch> needed = new ArrayList<>(sorted.size());
        for (Fetch next : sorted) {
            Fetch last = needed.isEmpty() ? null : needed.getLast();
            if (last == null || !last.xorb().equals(next.xorb()) || last.chunkEnd() < next.chunkEnd()) {
                needed.add(next);
            }
        }
        return List.copyOf(needed);
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
        Fetch fetch = find(term);
        if (fetch != null) {
            return fetch;
        }
        throw new StorageException(
                StorageException.Kind.CORRUPT,
                "the reconstruction of " + file + " names xorb " + term.xorb() + " but not where its chunks ["
                        + term.chunkStart() + ", " + term.chunkEnd() + ") are");
    }

    /** Whether some fetch holds the chunks of {@code term}. */
    public boolean locates(Term term) {
        return find(term) != null;
    }

    private @Nullable Fetch find(Term term) {
        // Of those that begin with the term or before it, the last one reaches farthest.
        Fetch key = new Fetch(term.xorb(), term.chunkStart(), term.chunkStart(), "", new ByteRange(0, 0));
        int found = Collections.binarySearch(fetches, key, BY_PLACE);
        int last = found >= 0 ? found : -found - 2;
        return last >= 0 && fetches.get(last).covers(term) ? fetches.get(last) : null;
    }
}
