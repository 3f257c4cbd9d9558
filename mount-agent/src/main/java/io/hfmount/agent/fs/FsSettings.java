package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.FileKind;
import io.hfmount.model.ContentHash;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

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
 * @param inodeSoftLimit inodes above which names that can be had again are forgotten, zero for no limit
 * @param sparseMinSize smallest published file, in bytes, that is edited without downloading it; {@link #NEVER_SPARSE} for
 *     none
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
        int listAheadLimit,
        int inodeSoftLimit,
        long sparseMinSize) {
    /** Default of {@link #listAheadLimit}: some 10 MiB for as long as metadata is fresh. */
    public static final int LIST_AHEAD_LIMIT = 50_000;

    /** Every edited file is downloaded first. */
    public static final long NEVER_SPARSE = Long.MAX_VALUE;

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
        if (inodeSoftLimit < 0) {
            throw new IllegalArgumentException("inodeSoftLimit is not negative");
        }
        if (sparseMinSize < 0) {
            throw new IllegalArgumentException("sparseMinSize is not negative");
        }
    }

    /** With the default bounds on memory; nothing is sparse. */
    public FsSettings(
            boolean readOnly,
            int uid,
            int gid,
            Duration metadataTtl,
            Duration negativeTtl,
            boolean directIo,
            boolean filterOsFiles,
            long maxFileSize) {
        this(
                readOnly,
                uid,
                gid,
                metadataTtl,
                negativeTtl,
                directIo,
                filterOsFiles,
                maxFileSize,
                LIST_AHEAD_LIMIT,
                0,
                NEVER_SPARSE);
    }

    /**
     * Whether an edit of this content keeps what it does not touch in storage. The one place that decides it (H-23).
     *
     * @param hash null for content outside Xet storage
     */
    boolean isSparse(@Nullable ContentHash hash, long size) {
        return hash != null && !hash.isZero() && size > 0 && size >= sparseMinSize && sparseMinSize != NEVER_SPARSE;
    }

    /** The same with another threshold. */
    public FsSettings withSparseMinSize(long value) {
        return new FsSettings(
                readOnly,
                uid,
                gid,
                metadataTtl,
                negativeTtl,
                directIo,
                filterOsFiles,
                maxFileSize,
                listAheadLimit,
                inodeSoftLimit,
                value);
    }

    /** The same with another bound on inodes. */
    public FsSettings withInodeSoftLimit(int value) {
        return new FsSettings(
                readOnly,
                uid,
                gid,
                metadataTtl,
                negativeTtl,
                directIo,
                filterOsFiles,
                maxFileSize,
                listAheadLimit,
                value,
                sparseMinSize);
    }

    /** Permission bits of what nobody gave others. */
    int permissions(FileKind kind) {
        return switch (kind) {
            case FILE -> readOnly ? 0444 : 0644;
            case DIRECTORY -> readOnly ? 0555 : 0755;
            case SYMLINK -> 0777;
        };
    }

    /** The defaults, for a given owner; nothing is sparse. */
    public static FsSettings defaults(int uid, int gid) {
        return new FsSettings(
                false, uid, gid, Duration.ofSeconds(10), Duration.ofSeconds(30), false, true, Long.MAX_VALUE - 1);
    }
}
