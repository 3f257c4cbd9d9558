package io.hfmount.agent.fs;

import java.time.Duration;

/**
 * What the file system needs to know of a mount's options (mount-semantics §9). Immutable.
 *
 * @param readOnly whether every change is refused with EROFS
 * @param uid owner of everything
 * @param gid group of everything
 * @param metadataTtl how long names and attributes count as fresh
 * @param negativeTtl how long an absence counts as fresh
 * @param directIo whether the kernel's page cache is bypassed
 * @param filterOsFiles whether names that only desktop systems leave behind are refused
 * @param maxFileSize largest file in bytes
 * @param listAheadLimit most entries that are kept of listings ahead of a walk, zero for no such listings
 */
public record FsSettings(
        boolean readOnly,
        int uid,
        int gid,
        Duration metadataTtl,
        Duration negativeTtl,
        boolean directIo,
        boolean filterOsFiles,
        long maxFileSize,
        int listAheadLimit) {
    /** Default of {@link #listAheadLimit}: some 10 MiB for as long as metadata is fresh. */
    public static final int LIST_AHEAD_LIMIT = 50_000;

    public FsSettings {
        if (metadataTtl.isNegative() || negativeTtl.isNegative()) {
            throw new IllegalArgumentException("a TTL is not negative");
        }
        if (maxFileSize < 1) {
            throw new IllegalArgumentException("maxFileSize is at least 1");
        }
        if (listAheadLimit < 0) {
            throw new IllegalArgumentException("listAheadLimit is not negative");
        }
    }

    /** With the default bounds on memory. */
    public FsSettings(
            boolean readOnly,
            int uid,
            int gid,
            Duration metadataTtl,
            Duration negativeTtl,
            boolean directIo,
            boolean filterOsFiles,
            long maxFileSize) {
        this(readOnly, uid, gid, metadataTtl, negativeTtl, directIo, filterOsFiles, maxFileSize, LIST_AHEAD_LIMIT);
    }

    /** The defaults, for a given owner. */
    public static FsSettings defaults(int uid, int gid) {
        return new FsSettings(
                false, uid, gid, Duration.ofSeconds(10), Duration.ofSeconds(30), false, true, Long.MAX_VALUE - 1);
    }
}
