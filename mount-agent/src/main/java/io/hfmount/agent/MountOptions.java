package io.hfmount.agent;

import io.hfmount.model.api.ProblemCode;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Per-mount options (mount-semantics §9). Immutable; the constructor checks every bound and throws
 * {@link InvalidOptionException} with the option's name. {@link MountOptionNames} reads and writes them by name.
 *
 * @param flushDebounce quiet time before a dirty file is published
 * @param flushMaxBatchWindow longest time a constantly written file waits; raised to the debounce if shorter
 * @param flushParallelism uploads at once, 1 to 64
 * @param flushItemTimeout longest upload of one file, at least 1 s; null derives it from the size
 * @param flushShutdownTimeout longest drain at unmount
 * @param pollInterval pause between looks at the Hub, at least 1 s; zero never looks
 * @param pollListingConcurrency listings at once in a poll round, 1 to 64
 * @param metadataTtl how long attributes are believed
 * @param negativeTtl how long an absent name is believed absent
 * @param listAheadLimit most entries that one mount keeps of listings ahead of a walk, zero for none, at most 1 million
 * @param inodeSoftLimit inodes above which names that can be listed again are forgotten, zero for no limit, else at least
 *     1000
 * @param uid owner of every file, null for the process's
 * @param gid group of every file, null for the process's
 * @param ownerOnly whether only the mounting user may look
 * @param directIo whether the kernel's page cache is bypassed
 * @param filterOsFiles whether names that desktops litter (.DS_Store …) are refused
 * @param tokenFile file with the Hub token, which wins over the service's when non-empty; null for none
 * @param cacheSize most bytes in the content cache, zero for none
 * @param cacheMode what the content cache keeps
 * @param readFetchTimeout longest wait of a read for storage; zero waits for ever
 * @param maxInflightReads storage fetches at once
 * @param maxReadMemory most bytes of fetches in memory
 * @param sparseMinSize smallest published file, in bytes, that the mode {@link MountMode#SPARSE} edits without
 *     downloading it; 0 edits all of them like that
 */
public record MountOptions(
        Duration flushDebounce,
        Duration flushMaxBatchWindow,
        int flushParallelism,
        @Nullable Duration flushItemTimeout,
        Duration flushShutdownTimeout,
        Duration pollInterval,
        int pollListingConcurrency,
        Duration metadataTtl,
        Duration negativeTtl,
        int listAheadLimit,
        int inodeSoftLimit,
        @Nullable Long uid,
        @Nullable Long gid,
        boolean ownerOnly,
        boolean directIo,
        boolean filterOsFiles,
        @Nullable Path tokenFile,
        long cacheSize,
        CacheMode cacheMode,
        Duration readFetchTimeout,
        int maxInflightReads,
        long maxReadMemory,
        long sparseMinSize) {
    private static final long MAX_ID = (1L << 32) - 2;
    private static final long MAX_FILE = Long.MAX_VALUE - 1;
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** Every option at its default. The constants above are used by its construction. */
    public static final MountOptions DEFAULTS = new MountOptions(
            Duration.ofSeconds(2),
            Duration.ofSeconds(30),
            4,
            null,
            Duration.ofSeconds(45),
            Duration.ofSeconds(30),
            4,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            50_000,
            100_000,
            null,
            null,
            false,
            false,
            true,
            null,
            10_000_000_000L,
            CacheMode.CHUNK,
            Duration.ofSeconds(30),
            256,
            1L << 30,
            256L << 10);

    public MountOptions {
        within("flushDebounce", flushDebounce, Duration.ZERO);
        within("flushMaxBatchWindow", flushMaxBatchWindow, Duration.ZERO);
        if (flushMaxBatchWindow.compareTo(flushDebounce) < 0) {
            flushMaxBatchWindow = flushDebounce;
        }
        within("flushParallelism", flushParallelism, 1, 64);
        if (flushItemTimeout != null) {
            within("flushItemTimeout", flushItemTimeout, SECOND);
        }
        within("flushShutdownTimeout", flushShutdownTimeout, Duration.ZERO);
        if (!pollInterval.isZero()) {
            within("pollInterval", pollInterval, SECOND);
        }
        within("pollListingConcurrency", pollListingConcurrency, 1, 64);
        within("metadataTtl", metadataTtl, Duration.ZERO);
        within("negativeTtl", negativeTtl, Duration.ZERO);
        within("listAheadLimit", listAheadLimit, 0, 1_000_000);
        if (inodeSoftLimit != 0) {
            within("inodeSoftLimit", inodeSoftLimit, 1000, Integer.MAX_VALUE);
        }
        if (uid != null) {
            within("uid", uid, 0, MAX_ID);
        }
        if (gid != null) {
            within("gid", gid, 0, MAX_ID);
        }
        if (tokenFile != null && !tokenFile.isAbsolute()) {
            throw new InvalidOptionException(ProblemCode.BAD_OPTION, "tokenFile", "an absolute path is expected");
        }
        within("cacheSize", cacheSize, 0, Long.MAX_VALUE);
        within("readFetchTimeout", readFetchTimeout, Duration.ZERO);
        within("maxInflightReads", maxInflightReads, 1, 1 << 16);
        within("maxReadMemory", maxReadMemory, 1, Long.MAX_VALUE);
        within("sparseMinSize", sparseMinSize, 0, MAX_FILE);
    }

    /** A builder that starts from these options. */
    public MountOptionsBuilder toBuilder() {
        return new MountOptionsBuilder(this);
    }

    private static void within(String option, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw new InvalidOptionException(
                    ProblemCode.BAD_DURATION, option, "a duration from " + least + " to " + LONGEST + " is expected");
        }
    }

    private static void within(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw new InvalidOptionException(
                    ProblemCode.BAD_OPTION,
                    option,
                    most == Long.MAX_VALUE
                            ? "a number from " + least + " on is expected"
                            : "a number from " + least + " to " + most + " is expected");
        }
    }
}
