package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.FsException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;

/**
 * The answer to INIT (fuse-transports §6.3): the wanted capabilities among those offered.
 *
 * @param major the kernel's major version
 * @param minor the version both speak
 * @param maxReadahead bytes, as offered
 * @param flags capabilities agreed on
 * @param maxWrite largest write in bytes
 */
record InitNegotiation(int major, int minor, int maxReadahead, Set<InitFlag> flags, int maxWrite) {
    static final int REPLY_SIZE = 64;
    static final int MAJOR = 7;

    /** The newest minor version whose layouts this transport was written against. */
    private static final int MINOR = 45;
    /** Kernel 5.4; layouts are the same from here on. */
    private static final int OLDEST_MINOR = 31;

    private static final int PAGE = 4096;
    private static final int PAGES_WITHOUT_MAX_PAGES = 32;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    /** The write-back cache stays off: it hides which bytes were written (fuse-transports §6.7). */
    private static final Set<InitFlag> WANTED = EnumSet.complementOf(EnumSet.of(InitFlag.WRITEBACK_CACHE));
    /** Without these, overwrites or changed content would silently be wrong. */
    private static final Set<InitFlag> REQUIRED = EnumSet.of(InitFlag.ATOMIC_O_TRUNC, InitFlag.AUTO_INVAL_DATA);

    /**
     * Reads {@code fuse_init_in}: major 0, minor 4, max_readahead 8, flags 12, flags2 16.
     *
     * @throws IOException when the kernel is too old to be served
     */
    static InitNegotiation of(Request request, int wantedMaxWrite) throws IOException {
        try {
            int major = request.u32(0);
            int minor = request.u32(4);
            if (major > MAJOR) {
                return new InitNegotiation(major, MINOR, 0, Set.of(), wantedMaxWrite);
            }
            if (major < MAJOR || minor < OLDEST_MINOR) {
                throw new IOException("the kernel speaks FUSE " + major + "." + minor + "; at least 7." + OLDEST_MINOR
                        + " (Linux 5.4) is needed");
            }
            long offered = Integer.toUnsignedLong(request.u32(12));
            if ((offered & InitFlag.INIT_EXT.mask()) != 0 && request.bodyLength() >= 20) {
                offered |= (long) request.u32(16) << 32;
            }
            Set<InitFlag> agreed = EnumSet.noneOf(InitFlag.class);
            for (InitFlag flag : WANTED) {
                if ((offered & flag.mask()) != 0) {
                    agreed.add(flag);
                }
            }
            if (!agreed.containsAll(REQUIRED)) {
                throw new IOException("the kernel does not offer " + REQUIRED + "; update it");
            }
            int maxWrite = agreed.contains(InitFlag.MAX_PAGES)
                    ? wantedMaxWrite
                    : Math.min(wantedMaxWrite, PAGES_WITHOUT_MAX_PAGES * PAGE);
            return new InitNegotiation(major, Math.min(minor, MINOR), request.u32(8), agreed, maxWrite);
        } catch (FsException e) {
            throw new IOException("the kernel's first request is not an INIT that can be understood", e);
        }
    }

    /** Whether the kernel has to ask again, in our major version. */
    boolean mustBeAskedAgain() {
        return major > MAJOR;
    }

    /**
     * Fills {@code fuse_init_out}: major 0, minor 4, max_readahead 8, flags 12, max_background 16,
     * congestion_threshold 18, max_write 20, time_gran 24, max_pages 28, map_alignment 30, flags2 32.
     */
    void put(MemorySegment out, int maxBackground) {
        out.asSlice(0, REPLY_SIZE).fill((byte) 0);
        out.set(U32, 0, MAJOR);
        out.set(U32, 4, minor);
        if (mustBeAskedAgain()) {
            return;
        }
        long bits = 0;
        for (InitFlag flag : flags) {
            bits |= flag.mask();
        }
        out.set(U32, 8, maxReadahead);
        out.set(U32, 12, (int) bits);
        out.set(U16, 16, (short) maxBackground);
        out.set(U16, 18, (short) congestionThreshold(maxBackground));
        out.set(U32, 20, maxWrite);
        out.set(U32, 24, 1);
        out.set(U16, 28, (short) (maxWrite / PAGE));
        out.set(U32, 32, (int) (bits >>> 32));
    }

    static int congestionThreshold(int maxBackground) {
        return Math.max(1, maxBackground * 3 / 4);
    }

    /** For the status page, e.g. {@code 7.45}. */
    String protocol() {
        return MAJOR + "." + minor;
    }
}
