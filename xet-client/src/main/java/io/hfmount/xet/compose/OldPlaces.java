package io.hfmount.xet.compose;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import java.util.HashMap;
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
    private int learnt;

    /** Chunk {@code index} of a stored xorb. */
    record Place(ContentHash xorb, int index, Chunk chunk) {}

    OldPlaces(BaseFile base, SegmentLists lists) {
        this.base = base;
        this.lists = lists;
    }

    /** Learns the chunks of a segment; called in ascending order. */
    void learn(int segment) {
        if (segment < learnt || places.size() >= MAX_CHUNKS) {
            return;
        }
        learnt = segment + 1;
        ContentHash xorb = base.segment(segment).xorb();
        int index = base.segment(segment).chunkStart();
        for (Chunk chunk : lists.chunks(segment)) {
            places.putIfAbsent(chunk.hash(), new Place(xorb, index++, chunk));
        }
    }

    @Nullable
    Place find(Chunk chunk) {
        Place place = places.get(chunk.hash());
        return place != null && place.chunk.length() == chunk.length() ? place : null;
    }
}
