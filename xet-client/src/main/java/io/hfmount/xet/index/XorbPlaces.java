package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.ChunkList;
import java.util.ArrayList;
import java.util.List;

/** The known chunks of one xorb and where each of them is, about 50 bytes a chunk. Immutable. */
final class XorbPlaces {
    private final ContentHash xorb;
    private final ChunkList chunks;
    private final int[] numbers;

    /** One more than an index into the chunks; linear probing by their hashes. */
    private final int[] slots;

    XorbPlaces(KnownXorb known) {
        this.xorb = known.xorb();
        List<Chunk> all = new ArrayList<>();
        known.runs().forEach(run -> all.addAll(run.chunks()));
        this.chunks = ChunkList.copyOf(all);
        this.numbers = new int[all.size()];
        int at = 0;
        for (KnownXorb.Run run : known.runs()) {
            for (int i = 0; i < run.chunks().size(); i++) {
                numbers[at++] = run.start() + i;
            }
        }
        this.slots = new int[Math.max(2, Integer.highestOneBit(all.size()) << 2)];
        for (int i = 0; i < all.size(); i++) {
            int slot = slotOf(all.get(i));
            if (slots[slot] == 0) {
                slots[slot] = i + 1;
            }
        }
    }

    ContentHash xorb() {
        return xorb;
    }

    int count() {
        return numbers.length;
    }

    private int slotOf(Chunk chunk) {
        int mask = slots.length - 1;
        int at = (int) chunk.hash().w1() & mask;
        while (slots[at] != 0 && !chunks.is(slots[at] - 1, chunk)) {
            at = (at + 1) & mask;
        }
        return at;
    }

    /** Position in this list of the first chunk that equals {@code chunk}, or -1. */
    int find(Chunk chunk) {
        return slots[slotOf(chunk)] - 1;
    }

    /** Whether there is a position {@code at} with a chunk that equals {@code chunk}. */
    boolean is(int at, Chunk chunk) {
        return at < numbers.length && chunks.is(at, chunk);
    }

    /** Index inside the xorb of the chunk at position {@code at}. */
    int number(int at) {
        return numbers[at];
    }

    /** How many of {@code list[from..to)} follow one another here from position {@code at} on. */
    int runLength(int at, List<Chunk> list, int from, int to) {
        int count = 0;
        while (from + count < to
                && at + count < numbers.length
                && numbers[at + count] == numbers[at] + count
                && chunks.is(at + count, list.get(from + count))) {
            count++;
        }
        return count;
    }
}
