package io.hfmount.agent.flush;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the flush pipeline (mount-semantics §9). Immutable.
 *
 * @param debounce quiet time after the last signal before a file is published
 * @param window longest time from the first signal; raised to {@code debounce} if shorter
 * @param openFileWindows a file that stays open and busy is published after this many windows all the same
 * @param parallelism uploads at once, 1 to 64
 * @param itemTimeout longest upload of one file; null derives it from {@code minUploadRate}
 * @param minUploadRate bytes a second that an upload must reach, beyond its first 60 s
 * @param largeFile size in bytes above which a file has an upload session of its own
 * @param batchFiles most files that share a session
 * @param batchBytes most bytes that share a session, unless a single file has more
 * @param retryFirst wait before the first retry of a file; doubles
 * @param retryMost longest wait before a retry
 * @param tokenRetry how often publication is tried while the token is refused
 */
public record FlushSettings(
        Duration debounce,
        Duration window,
        int openFileWindows,
        int parallelism,
        @Nullable Duration itemTimeout,
        long minUploadRate,
        long largeFile,
        int batchFiles,
        long batchBytes,
        Duration retryFirst,
        Duration retryMost,
        Duration tokenRetry) {
    /** Shortest derived upload time-out. */
    static final Duration LEAST_ITEM_TIMEOUT = Duration.ofSeconds(60);

    private static final int MOST_PARALLEL = 64;

    /** Defaults of mount-semantics §9. */
    public static final FlushSettings DEFAULTS = new FlushSettings(
            Duration.ofSeconds(2),
            Duration.ofSeconds(30),
            10,
            4,
            null,
            256 * 1024,
            64L << 20,
            500,
            256L << 20,
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            Duration.ofSeconds(30));

    public FlushSettings {
        check(!debounce.isNegative(), "debounce is not negative");
        if (window.compareTo(debounce) < 0) {
            window = debounce;
        }
        check(openFileWindows >= 1, "openFileWindows is at least 1");
        check(parallelism >= 1 && parallelism <= MOST_PARALLEL, "parallelism is 1 to " + MOST_PARALLEL);
        check(itemTimeout == null || itemTimeout.toMillis() >= 1000, "itemTimeout is at least 1 s");
        check(minUploadRate >= 1, "minUploadRate is at least 1 byte a second");
        check(largeFile >= 0, "largeFile is not negative");
        check(batchFiles >= 1, "batchFiles is at least 1");
        check(batchBytes >= 1, "batchBytes is at least 1");
        check(retryFirst.isPositive(), "retryFirst is positive");
        check(retryMost.compareTo(retryFirst) >= 0, "retryMost is at least retryFirst");
        check(tokenRetry.isPositive(), "tokenRetry is positive");
    }

    /** These settings with other timing and parallelism, as a mount's options give them. */
    public FlushSettings with(
            Duration newDebounce, Duration newWindow, int newParallelism, @Nullable Duration newItemTimeout) {
        return new FlushSettings(
                newDebounce,
                newWindow,
                openFileWindows,
                newParallelism,
                newItemTimeout,
                minUploadRate,
                largeFile,
                batchFiles,
                batchBytes,
                retryFirst,
                retryMost,
                tokenRetry);
    }

    /** Longest upload of {@code bytes}: max(60 s, bytes / minUploadRate) unless set (mount-semantics §3.5 F4). */
    Duration timeoutOf(long bytes) {
        if (itemTimeout != null) {
            return itemTimeout;
        }
        Duration byRate = Duration.ofSeconds(bytes / minUploadRate);
        return byRate.compareTo(LEAST_ITEM_TIMEOUT) > 0 ? byRate : LEAST_ITEM_TIMEOUT;
    }

    private static void check(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
