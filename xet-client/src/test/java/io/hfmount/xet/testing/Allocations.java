package io.hfmount.xet.testing;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a call takes of the heap, kept or not. */
public final class Allocations {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocations() {}

    /** Bytes that {@code call} allocates in this thread. */
    public static long during(Runnable call) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        call.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
