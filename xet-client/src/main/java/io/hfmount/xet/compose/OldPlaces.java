package io.hfmount.xet.compose;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the old chunks around an edit are, so that cutting anew what did not change sends nothing. Bounded; what does not
 * fit is not found. Not thread-safe.
 */
final class OldPlaces {
    private static final int MAX_CHUNKS = 1 << 14;

    private final BaseFile base;
    private final SegmentLists lists;
    private final Map<ContentHash, Place> places = new HashMap<>();
    private int segments;

    /** Chunk {@code index} of a stored xorb. */
    record Place(ContentHash xorb, int index, Chunk chunk) {}

    OldPlaces(BaseFile base, SegmentLists lists) {
        this.base = base;
        this.lists = lists;
    }

    /** Learns those segments of {@code [start, end)} that need no download; called in ascending order. */
    void learn(int start, int end) {
        for (int s = Math.max(start, segments); s < end && places.size() < MAX_CHUNKS; s++) {
            if (!lists.isKnown(s)) {
                continue;
            }
            List<Chunk> chunks = lists.chunks(s);
            for (int i = 0; i < chunks.size(); i++) {
                places.putIfAbsent(
                        chunks.get(i).hash(),
                        new Place(base.segment(s).xorb(), base.segment(s).chunkStart() + i, chunks.get(i)));
            }
        }
        segments = Math.max(segments, end);
    }

    @Nullable
    Place find(Chunk chunk) {
        Place place = places.get(chunk.hash());
        return place != null && place.chunk.length() == chunk.length() ? place : null;
    }
}
