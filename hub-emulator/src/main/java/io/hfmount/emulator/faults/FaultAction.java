package io.hfmount.emulator.faults;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What happens to a request that a fault hits. */
public sealed interface FaultAction {
    /**
     * Refused; the handler does not run.
     *
     * @param status 400 to 599
     * @param errorCode value of {@code X-Error-Code}, or null
     * @param message shown to the caller
     * @param headers added to the answer; a 429 without any gets {@code RateLimit} headers with one second to wait
     */
    record Status(int status, @Nullable String errorCode, String message, Map<String, String> headers)
            implements FaultAction {
        public Status {
            if (status < 400 || status > 599) {
                throw new IllegalArgumentException("the status of a fault lies in 400 to 599");
            }
            headers = Map.copyOf(headers);
        }

        /** A plain refusal. */
        public static Status of(int status) {
            return new Status(status, null, "scripted fault", Map.of());
        }
    }

    /** The connection is reset; the handler does not run. */
    record Reset() implements FaultAction {}

    /**
     * Nothing happens for a while.
     *
     * @param delay then the request goes on as usual; null: until the client leaves, and the handler never runs
     */
    record Stall(@Nullable Duration delay) implements FaultAction {}

    /**
     * The handler runs, and its answer is cut.
     *
     * @param bytes of the body that are sent before the connection is closed
     */
    record Cut(long bytes) implements FaultAction {
        public Cut {
            if (bytes < 0) {
                throw new IllegalArgumentException("a cut body has at least 0 bytes");
            }
        }
    }

    /** The handler runs to its end, and the connection is reset instead of answering. */
    record LoseAnswer() implements FaultAction {}

    /**
     * The handler runs, and one bit of its answer is wrong.
     *
     * @param at which byte of the body has the wrong bit; bodies that end before it are left alone
     */
    record Flip(long at) implements FaultAction {
        public Flip {
            if (at < 0) {
                throw new IllegalArgumentException("a flipped byte is at 0 or later");
            }
        }
    }

    /**
     * The handler runs, and its answer says something else: the first match of a pattern is replaced. An answer without a
     * match, or one that is not held in memory, becomes a 500, so that no test goes on without its fault.
     *
     * @param pattern searched in the body as UTF-8
     * @param with what takes its place; {@code $1} stands for a group
     */
    record Rewrite(Pattern pattern, String with) implements FaultAction {}
}
