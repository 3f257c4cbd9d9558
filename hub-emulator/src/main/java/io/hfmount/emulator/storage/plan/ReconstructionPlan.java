package io.hfmount.emulator.storage.plan;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the bytes of a file range are stored, before addresses are put to it (xet-protocol §9.2 to §9.4). Immutable.
 *
 * @param offsetIntoFirstTerm bytes to drop from the front of the first term
 * @param terms consecutive pieces of the file, one a segment, never merged
 * @param fetches per xorb the disjoint chunk ranges to fetch, ascending, merged where they overlap or touch
 */
public record ReconstructionPlan(long offsetIntoFirstTerm, List<Term> terms, Map<ContentHash, List<Fetch>> fetches) {
    public ReconstructionPlan {
        terms = List.copyOf(terms);
        fetches = Collections.unmodifiableMap(fetches);
    }

    /**
     * Chunks {@code [chunkStart, chunkEnd)} of a xorb.
     *
     * @param xorb xorb hash
     * @param chunkStart first chunk
     * @param chunkEnd one past the last chunk
     * @param unpackedLength bytes of all these chunks
     */
    public record Term(ContentHash xorb, int chunkStart, int chunkEnd, long unpackedLength) {}

    /**
     * Whole chunk records of one xorb.
     *
     * @param chunkStart first chunk
     * @param chunkEnd one past the last chunk
     * @param bytes where their records are in the stored object, half open
     */
    public record Fetch(int chunkStart, int chunkEnd, ByteRange bytes) {}

    /**
     * The chunk ranges that {@code terms} need of each xorb, in the order the xorbs first occur.
     *
     * @throws java.io.IOException if a layout cannot be read
     */
    static Map<ContentHash, List<Fetch>> fetchesOf(List<Term> terms, XorbLayouts layouts) throws java.io.IOException {
        Map<ContentHash, List<Term>> byXorb = new LinkedHashMap<>();
        for (Term term : terms) {
            byXorb.computeIfAbsent(term.xorb(), x -> new ArrayList<>()).add(term);
        }
        Map<ContentHash, List<Fetch>> fetches = LinkedHashMap.newLinkedHashMap(byXorb.size());
        for (Map.Entry<ContentHash, List<Term>> entry : byXorb.entrySet()) {
            fetches.put(entry.getKey(), merged(entry.getValue(), layouts.require(entry.getKey())));
        }
        return fetches;
    }

    private static List<Fetch> merged(List<Term> pieces, XorbLayout layout) {
        pieces.sort(java.util.Comparator.comparingInt(Term::chunkStart));
        List<Fetch> result = new ArrayList<>();
        int start = pieces.getFirst().chunkStart();
        int end = start;
        for (Term piece : pieces) {
            if (piece.chunkStart() > end) {
                result.add(new Fetch(start, end, layout.storedRange(start, end)));
                start = piece.chunkStart();
            }
            end = Math.max(end, piece.chunkEnd());
        }
        result.add(new Fetch(start, end, layout.storedRange(start, end)));
        return List.copyOf(result);
    }
}
