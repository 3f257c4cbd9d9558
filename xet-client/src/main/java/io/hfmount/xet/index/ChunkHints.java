package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which xorb's list is likely to hold a chunk: 11 to 21 bytes of memory a chunk, {@link #MAX_BYTES} at most, whatever the
 * number of chunks. What it says has to be looked up. Not thread-safe.
 */
final class ChunkHints {
    /** Most memory, beside about 100 bytes a xorb: all chunks of about 48 GiB, at worst every 16th of 400 GiB. */
    static final long MAX_BYTES = 8L << 20;

    private static final int SWEEP_AFTER = 1024;

    private final HintTable table;
    private final Map<ContentHash, Integer> numbers = new HashMap<>();
    private final List<@Nullable ContentHash> xorbs = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();

    /** Numbers of xorbs that are gone; the table may still have them, so nobody else gets them yet. */
    private final List<Integer> dead = new ArrayList<>();

    ChunkHints(long maxBytes) {
        this.table = new HintTable((int) (maxBytes / Long.BYTES), number -> xorbs.get(number) != null);
    }

    /** Learns that {@code xorb} has a chunk. */
    void add(ContentHash xorb, ContentHash chunk) {
        Integer number = numbers.get(xorb);
        if (number == null) {
            number = newNumber(xorb);
        }
        if (number < HintTable.MOST_NUMBERS) {
            table.put(chunk.w0(), number);
        }
    }

    private Integer newNumber(ContentHash xorb) {
        if (dead.size() >= SWEEP_AFTER) {
            table.sweep();
            free.addAll(dead);
            dead.clear();
        }
        int number = free.isEmpty() ? xorbs.size() : free.removeLast();
        if (number == xorbs.size()) {
            xorbs.add(xorb);
        } else {
            xorbs.set(number, xorb);
        }
        numbers.put(xorb, number);
        assert checkInvariants();
        return number;
    }

    /** Forgets a xorb. */
    void remove(ContentHash xorb) {
        Integer number = numbers.remove(xorb);
        if (number != null) {
            xorbs.set(number, null);
            dead.add(number);
        }
    }

    /** A xorb that may have {@code chunk}. */
    @Nullable
    ContentHash xorbOf(ContentHash chunk) {
        int number = table.get(chunk.w0());
        return number < 0 ? null : xorbs.get(number);
    }

    /** One chunk in so many is known. */
    int thinning() {
        return table.thinning();
    }

    /** Bytes of the table. */
    long bytes() {
        return table.bytes();
    }

    private boolean checkInvariants() {
        return numbers.size() + free.size() + dead.size() == xorbs.size();
    }
}
