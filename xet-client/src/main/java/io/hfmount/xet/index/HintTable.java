package io.hfmount.xet.index;

import java.util.function.IntPredicate;

/**
 * Numbers by 64-bit keys that are uniformly random, of which 42 bits are kept: an answer is a hint. One {@code long} a
 * slot, linear probing, at most three quarters full. A table that has reached its size keeps every second key, then every
 * fourth, and so on, so that what it knows gets thinner and not older. Not thread-safe.
 */
final class HintTable {
    /** Numbers are from 0 to this, exclusive. */
    static final int MOST_NUMBERS = (1 << 22) - 1;

    private static final int NUMBER_BITS = 22;
    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;
    private static final int FIRST_SLOTS = 1 << 10;
    private static final int MOST_SAMPLING = 16;

    private final int maxSlots;
    private final IntPredicate lives;
    private long[] slots;
    private int used;
    private int sampling;

    /**
     * An empty table.
     *
     * @param maxSlots a power of two, at least 1024; 8 bytes each
     * @param lives tells which numbers still mean something; others are dropped when there is an occasion
     */
    HintTable(int maxSlots, IntPredicate lives) {
        if (maxSlots < FIRST_SLOTS || Integer.bitCount(maxSlots) != 1) {
            throw new IllegalArgumentException("slots are a power of two and at least " + FIRST_SLOTS);
        }
        this.maxSlots = maxSlots;
        this.lives = lives;
        this.slots = new long[FIRST_SLOTS];
    }

    /** Remembers {@code number} for {@code key} instead of what was there, unless the key is not sampled. */
    void put(long key, int number) {
        if (number < 0 || number >= MOST_NUMBERS) {
            throw new IllegalArgumentException("no such number: " + number);
        }
        while (isSampled(key) && 4L * (used + 1) > 3L * slots.length) {
            makeRoom();
        }
        if (isSampled(key)) {
            place((key & ~NUMBER_MASK) | (number + 1));
        }
    }

    private boolean isSampled(long key) {
        return ((key >>> NUMBER_BITS) & ((1L << sampling) - 1)) == 0;
    }

    private void makeRoom() {
        int before = used;
        rebuild(slots.length);
        if (used <= before / 4 * 3) {
            return;
        }
        if (slots.length < maxSlots) {
            rebuild(2 * slots.length);
        } else if (sampling < MOST_SAMPLING) {
            sampling++;
            rebuild(slots.length);
        } else {
            slots = new long[slots.length]; // keys are not random: better know nothing than look for ever
            used = 0;
        }
    }

    /** Drops what means nothing any more. */
    void sweep() {
        rebuild(slots.length);
    }

    private void rebuild(int size) {
        long[] old = slots;
        slots = new long[size];
        used = 0;
        for (long slot : old) {
            if (slot != 0 && isSampled(slot) && lives.test(number(slot))) {
                place(slot);
            }
        }
        assert checkInvariants();
    }

    private static int number(long slot) {
        return (int) (slot & NUMBER_MASK) - 1;
    }

    private void place(long slot) {
        int at = slotOf(slot);
        if (slots[at] == 0) {
            used++;
        }
        slots[at] = slot;
    }

    /** Where {@code key} is, or where it belongs. */
    private int slotOf(long key) {
        int mask = slots.length - 1;
        int at = (int) (key >>> (64 - Integer.numberOfTrailingZeros(slots.length)));
        while (slots[at] != 0 && ((slots[at] ^ key) & ~NUMBER_MASK) != 0) {
            at = (at + 1) & mask;
        }
        return at;
    }

    /** The number of {@code key}, or -1. */
    int get(long key) {
        long slot = slots[slotOf(key)];
        return slot == 0 ? -1 : number(slot);
    }

    /** Keys in the table, those of numbers that mean nothing any more among them. */
    int size() {
        return used;
    }

    /** One key in so many is kept. */
    int thinning() {
        return 1 << sampling;
    }

    /** Bytes of memory. */
    long bytes() {
        return (long) Long.BYTES * slots.length;
    }

    private boolean checkInvariants() {
        int count = 0;
        for (long slot : slots) {
            count += slot != 0 ? 1 : 0;
        }
        return count == used && slots.length <= maxSlots && 4L * used <= 3L * slots.length;
    }
}
