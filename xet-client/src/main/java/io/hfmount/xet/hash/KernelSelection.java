package io.hfmount.xet.hash;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which kernel hashers use now. Vector code that is not compiled yet is hundreds of times slower than plain code, so all
 * start with the plain kernel while a background thread exercises the {@linkplain KernelChoice#best() best} one; when that
 * is faster, hashers take it at their next message. Each exercise is compared with the plain kernel, and a kernel that
 * ever differs is not taken. Thread-safe.
 */
final class KernelSelection {
    private static final Logger LOG = LoggerFactory.getLogger(KernelSelection.class);
    /** After this much work a kernel that is still slow will not become fast: the JVM has no optimising compiler. */
    private static final long GIVE_UP_NANOS = 30_000_000_000L;

    private static final int BYTES = 32 * Blake3Hasher.CHUNK_BYTES;
    private static final int PROBES = 32;

    private static final CompletableFuture<Void> SETTLED = new CompletableFuture<>();

    private static volatile KernelChoice current = KernelChoice.SCALAR;

    static {
        KernelChoice best = KernelChoice.best();
        if (best == KernelChoice.SCALAR) {
            LOG.info(
                    "BLAKE3 runs in {} ({})",
                    best,
                    KernelChoice.hasVectors()
                            ? "the processor has no wide vectors"
                            : "start the JVM with --add-modules jdk.incubator.vector for ten times the speed");
            SETTLED.complete(null);
        } else {
            LOG.info("BLAKE3 runs on {} as soon as they are compiled", best);
            Thread.ofPlatform().name("blake3-warm-up").daemon().start(() -> warmUp(best));
        }
    }

    private KernelSelection() {}

    /** The kernel to use for the next message. */
    static KernelChoice current() {
        return current;
    }

    /** Done when {@link #current} will not change any more. */
    static CompletableFuture<Void> settled() {
        return SETTLED.copy();
    }

    private static void warmUp(KernelChoice choice) {
        try {
            if (exercise(choice)) {
                current = choice;
                LOG.debug("BLAKE3 has switched to {}", choice);
            } else {
                LOG.warn("BLAKE3 stays with plain Java: {} did not become faster", choice);
            }
        } catch (LinkageError | RuntimeException e) {
            LOG.warn("BLAKE3 stays with plain Java: {} failed", choice, e);
        } finally {
            SETTLED.complete(null);
        }
    }

    /** Works until the kernel is clearly faster than the plain one; false when that does not happen. */
    static boolean exercise(KernelChoice choice) {
        byte[] data = new byte[BYTES];
        new Random(BYTES).nextBytes(data);
        int[] key = {1, 2, 3, 4, 5, 6, 7, 8};
        Probe plain = new Probe(new ScalarKernel(), key, data);
        Probe vector = new Probe(choice.create(), key, data);
        long start = System.nanoTime();
        while (System.nanoTime() - start < GIVE_UP_NANOS) {
            long slow = Long.MAX_VALUE;
            long fast = Long.MAX_VALUE;
            for (int i = 0; i < PROBES; i++) {
                slow = Math.min(slow, plain.nanos(i));
                fast = Math.min(fast, vector.nanos(i));
                if (!Arrays.equals(plain.top, vector.top)) {
                    throw new IllegalStateException("the kernel gives a wrong hash");
                }
            }
            if (fast < slow / 2) {
                return true;
            }
        }
        return false;
    }

    /** One kernel under exercise. */
    private static final class Probe {
        final int[] top = new int[8];
        private final Blake3Kernel kernel;
        private final int[] key;
        private final byte[] data;
        private final int[] nodes = new int[Blake3Kernel.NODES];

        Probe(Blake3Kernel kernel, int[] key, byte[] data) {
            this.kernel = kernel;
            this.key = key;
            this.data = data;
        }

        /** Time of one subtree, whose top is then in {@link #top}. */
        long nanos(int round) {
            int len = data.length - 37 * round;
            long start = System.nanoTime();
            kernel.hashChunks(key, data, 0, len, round, nodes);
            for (int count = Blake3Hasher.chunksIn(len); count > 1; ) {
                count = kernel.joinPairs(key, nodes, count);
            }
            long taken = System.nanoTime() - start;
            for (int w = 0; w < 8; w++) {
                top[w] = nodes[w * Blake3Kernel.COLUMN];
            }
            return taken;
        }
    }
}
