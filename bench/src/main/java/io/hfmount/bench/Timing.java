package io.hfmount.bench;

import java.io.IOException;

/** Wall-clock time. Stateless. */
final class Timing {
    private static final double MIB = 1 << 20;

    private Timing() {}

    /** Work that is timed. */
    interface Work {
        void run() throws IOException;
    }

    /** Seconds that {@code work} takes. */
    static double seconds(Work work) throws IOException {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    /** MiB/s of {@code bytes} in {@code seconds}. */
    static double rate(long bytes, double seconds) {
        return bytes / MIB / seconds;
    }
}
