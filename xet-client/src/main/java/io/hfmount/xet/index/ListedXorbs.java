package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the lists of xorbs are, and which of them may have a chunk. Not thread-safe. */
final class ListedXorbs {
    private final Map<ContentHash, List<RecordPlace>> places = new HashMap<>();
    private final ChunkHints hints;

    ListedXorbs(ChunkHints hints) {
        this.hints = hints;
    }

    boolean has(ContentHash xorb) {
        return places.containsKey(xorb);
    }

    List<RecordPlace> of(ContentHash xorb) {
        return List.copyOf(places.getOrDefault(xorb, List.of()));
    }

    /** Every record, as they lie on disk. */
    List<RecordPlace> all() {
        List<RecordPlace> all = new ArrayList<>();
        places.values().forEach(all::addAll);
        all.sort(RecordPlace.IN_ORDER);
        return all;
    }

    /** The xorbs that have a record in {@code log}. */
    List<ContentHash> in(IndexLog log) {
        List<ContentHash> there = new ArrayList<>();
        places.forEach((xorb, records) -> {
            if (records.stream().anyMatch(place -> place.isIn(log))) {
                there.add(xorb);
            }
        });
        return there;
    }

    boolean covers(ContentHash xorb, int from, int to) {
        for (RecordPlace place : places.getOrDefault(xorb, List.of())) {
            if (place.start() <= from && to <= place.end()) {
                return true;
            }
        }
        return false;
    }

    /** When storage was last known to have a xorb, in seconds since 1970; 0 if that is not known. */
    long learnt(ContentHash xorb) {
        long newest = 0;
        for (RecordPlace place : places.getOrDefault(xorb, List.of())) {
            newest = Math.max(newest, place.learnt());
        }
        return newest;
    }

    void add(RecordPlace place) {
        places.computeIfAbsent(place.header().key(), xorb -> new ArrayList<>(1)).add(place);
    }

    void remove(ContentHash xorb) {
        places.remove(xorb);
        hints.remove(xorb);
    }

    void remove(ContentHash xorb, Collection<RecordPlace> gone) {
        List<RecordPlace> records = places.get(xorb);
        if (records != null && records.removeAll(gone) && records.isEmpty()) {
            remove(xorb);
        }
    }

    void remove(IndexLog log) {
        for (ContentHash xorb : in(log)) {
            remove(xorb, of(xorb).stream().filter(place -> place.isIn(log)).toList());
        }
    }

    /** Remembers the chunks of a sound payload that begins at {@code bytes[off]}, if the record is still known. */
    void hint(IndexRecord.Header header, byte[] bytes, int off) {
        if (header.kind() == IndexRecord.CHUNKS && has(header.key())) {
            for (int i = 0; i < header.b(); i++) {
                hints.add(header.key(), IndexRecord.chunkHash(bytes, off, i));
            }
        }
    }

    /** A xorb that may have {@code chunk}. */
    @Nullable
    ContentHash hintOf(ContentHash chunk) {
        return hints.xorbOf(chunk);
    }
}
