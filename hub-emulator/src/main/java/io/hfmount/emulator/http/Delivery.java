package io.hfmount.emulator.http;

/** How an answer reaches its client; anything but {@link Whole} is a scripted fault. */
public sealed interface Delivery {
    /** All of it. */
    Delivery WHOLE = new Whole();

    /** Nothing: the connection is reset. */
    Delivery DROPPED = new Dropped();

    /** All of it. */
    record Whole() implements Delivery {}

    /** Nothing: the connection is reset. */
    record Dropped() implements Delivery {}

    /**
     * The true headers and a part of the body, then the connection is closed.
     *
     * @param bytes of the body that are sent; at least 0
     */
    record Cut(long bytes) implements Delivery {
        public Cut {
            if (bytes < 0) {
                throw new IllegalArgumentException("a cut body has at least 0 bytes");
            }
        }
    }

    /**
     * All of it, but one bit is wrong.
     *
     * @param at which byte of the body has the wrong bit; at least 0
     */
    record Flipped(long at) implements Delivery {
        public Flipped {
            if (at < 0) {
                throw new IllegalArgumentException("a flipped byte is at 0 or later");
            }
        }
    }
}
