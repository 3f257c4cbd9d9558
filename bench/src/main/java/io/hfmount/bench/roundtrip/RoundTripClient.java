package io.hfmount.bench.roundtrip;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Reads 4 KiB at random places past the page cache and prints the median of one read in microseconds. The calls go
 * straight to the C library, so that next to nothing of the client is in the figure.
 */
public final class RoundTripClient {
    private static final int O_DIRECT = System.getProperty("os.arch", "").equals("aarch64") ? 0200000 : 040000;
    private static final int BLOCK = 4096;
    private static final int WARM_PASSES = 4;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle OPEN =
            handle("open", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle PREAD = handle(
            "pread",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));

    private RoundTripClient() {}

    private static MethodHandle handle(String symbol, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), descriptor);
    }

    /** Arguments: the file and the number of reads of a pass, of which the last counts. */
    public static void main(String[] args) throws Throwable {
        long[] nanos = new long[Integer.parseInt(args[1])];
        try (Arena arena = Arena.ofConfined()) {
            int file = (int) OPEN.invokeExact(arena.allocateFrom(args[0]), O_DIRECT);
            if (file < 0) {
                throw new IOException(args[0] + " cannot be opened for reads past the page cache");
            }
            MemorySegment block = arena.allocate(BLOCK, BLOCK);
            SplittableRandom random = new SplittableRandom(1);
            for (int pass = 0; pass <= WARM_PASSES; pass++) {
                measure(file, block, random, nanos);
            }
        }
        Arrays.sort(nanos);
        System.out.println(nanos[nanos.length / 2] / 1e3);
    }

    private static void measure(int file, MemorySegment block, SplittableRandom random, long[] nanos) throws Throwable {
        long blocks = RoundTripServer.SIZE / BLOCK;
        for (int i = 0; i < nanos.length; i++) {
            long offset = random.nextLong(blocks) * BLOCK;
            long start = System.nanoTime();
            long count = (long) PREAD.invokeExact(file, block, (long) BLOCK, offset);
            nanos[i] = System.nanoTime() - start;
            if (count != BLOCK) {
                throw new IOException("a read answered " + count);
            }
        }
    }
}
