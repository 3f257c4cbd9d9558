package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which xorbs hold which chunks, for one key: chunk hashes are kept as given, and looked up after {@code hmac} with the
 * key unless that is zero (xet-protocol §8.7). Bounded by chunks, oldest xorb dropped first. Of several places of a chunk
 * the one that was added first is found. Thread-safe.
 */
final class XorbDirectory {
    private final ContentHash key;
    private final int maxChunks;

    // Guarded by this.
    private final Map<ContentHash, Place> places = new HashMap<>();
    private final Map<ContentHash, Entry> xorbs = new HashMap<>();
    private final Deque<Entry> byAge = new ArrayDeque<>();
    private int chunkCount;

    private record Entry(ContentHash xorb, List<ContentHash> chunks, Instant expiresAt) {}

    private record Place(Entry entry, int index) {}

    /** A directory of unkeyed hashes. */
    XorbDirectory(int maxChunks) {
        this(ContentHash.ZERO, maxChunks);
    }

    XorbDirectory(ContentHash key, int maxChunks) {
        this.key = key;
        this.maxChunks = maxChunks;
    }

    /** Adds the chunks of a xorb; one that is there already stays as it is unless the new one lives longer. */
    synchronized void add(ContentHash xorb, List<ContentHash> chunks, Instant expiresAt) {
        Entry known = xorbs.get(xorb);
        if (known != null) {
            if (!expiresAt.isAfter(known.expiresAt)) {
                return;
            }
            remove(known);
        }
        if (chunks.size() > maxChunks) {
            return;
        }
        Entry entry = new Entry(xorb, List.copyOf(chunks), expiresAt);
        xorbs.put(xorb, entry);
        byAge.addLast(entry);
        for (int i = 0; i < entry.chunks.size(); i++) {
            places.putIfAbsent(entry.chunks.get(i), new Place(entry, i));
        }
        chunkCount += entry.chunks.size();
        while (chunkCount > maxChunks) {
            remove(byAge.getFirst());
        }
        assert checkInvariants();
    }

    /** Drops a xorb. */
    synchronized void remove(ContentHash xorb) {
        Entry known = xorbs.get(xorb);
        if (known != null) {
            remove(known);
        }
    }

    private void remove(Entry entry) {
        byAge.remove(entry);
        xorbs.remove(entry.xorb, entry);
        chunkCount -= entry.chunks.size();
        for (ContentHash chunk : entry.chunks) {
            Place place = places.get(chunk);
            if (place != null && place.entry.xorb.equals(entry.xorb)) {
                places.remove(chunk);
            }
        }
    }

    /** The longest known run that begins with {@code chunks[from]} and ends at or before {@code chunks[to - 1]}. */
    synchronized @Nullable KnownRun find(List<Chunk> chunks, int from, int to, Instant now) {
        if (places.isEmpty()) {
            return null;
        }
        Place place = places.get(keyed(chunks.get(from).hash()));
        if (place == null) {
            return null;
        }
        Entry entry = place.entry;
        if (!now.isBefore(entry.expiresAt)) {
            remove(entry);
            return null;
        }
        int count = 1;
        while (from + count < to
                && place.index + count < entry.chunks.size()
                && entry.chunks
                        .get(place.index + count)
                        .equals(keyed(chunks.get(from + count).hash()))) {
            count++;
        }
        return new KnownRun(entry.xorb, place.index, count, KnownRun.Source.SESSION);
    }

    private ContentHash keyed(ContentHash chunk) {
        return key.isZero() ? chunk : XetHashes.hmac(chunk, key);
    }

    /** Forgets everything. */
    synchronized void clear() {
        places.clear();
        xorbs.clear();
        byAge.clear();
        chunkCount = 0;
    }

    synchronized int chunkCount() {
        return chunkCount;
    }

    private boolean checkInvariants() {
        return chunkCount <= maxChunks && byAge.size() == xorbs.size() && places.size() <= chunkCount;
    }
}
