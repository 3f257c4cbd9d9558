package io.hfmount.transport.jnr;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;

/**
 * What libfuse agreed on with the kernel: {@code struct fuse_conn_info}, of which jnr-fuse knows nothing. proto_major 0,
 * proto_minor 4, async_read 8, max_write 12, max_readahead 16, capable 20, want 24.
 *
 * @param protocol version that both speak
 * @param flags capabilities in force
 * @param maxWrite largest write in bytes
 */
record Negotiation(String protocol, List<String> flags, int maxWrite) {
    private static final int SIZE = 28;
    /** FUSE 2.9 answers this version to every newer kernel. */
    private static final int LIBRARY_MINOR = 19;

    private static final List<String> FLAGS = List.of(
            "ASYNC_READ",
            "POSIX_LOCKS",
            "",
            "ATOMIC_O_TRUNC",
            "EXPORT_SUPPORT",
            "BIG_WRITES",
            "DONT_MASK",
            "SPLICE_WRITE",
            "SPLICE_MOVE",
            "SPLICE_READ",
            "FLOCK_LOCKS",
            "IOCTL_DIR");

    Negotiation {
        flags = List.copyOf(flags);
    }

    static Negotiation of(Pointer connection) {
        MemorySegment in = NativeStructs.memory(connection, SIZE);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED;
        int inForce = in.get(u32, 20) & in.get(u32, 24);
        List<String> names = new ArrayList<>();
        if (in.get(u32, 8) != 0) {
            inForce |= 1;
        }
        for (int bit = 0; bit < FLAGS.size(); bit++) {
            if ((inForce & 1 << bit) != 0 && !FLAGS.get(bit).isEmpty()) {
                names.add(FLAGS.get(bit));
            }
        }
        String protocol = in.get(u32, 0) + "." + Math.min(in.get(u32, 4), LIBRARY_MINOR);
        return new Negotiation(protocol, names, in.get(u32, 12));
    }
}
