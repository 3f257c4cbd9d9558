package io.hfmount.hub.http;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * When and how soon a request is tried again (hub-api §1.3). Immutable.
 *
 * @param delays pause before each retry; their number is the number of retries
 * @param longestDelay bound of a pause that the server asks for
 */
public record RetryPolicy(List<Duration> delays, Duration longestDelay) {
    /** Two retries, after 0.5 s and 1 s; at most 30 s when the server says how long. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(List.of(Duration.ofMillis(500), Duration.ofSeconds(1)), Duration.ofSeconds(30));

    /** One try. */
    public static final RetryPolicy NONE = new RetryPolicy(List.of(), Duration.ZERO);

    private static final Set<Integer> TRANSIENT = Set.of(408, 429, 500, 502, 503, 504);
    /** Statuses that say that nothing was done; after a 500, 502 or 504 that is not known. */
    private static final Set<Integer> NOT_APPLIED = Set.of(408, 429, 503);

    public RetryPolicy {
        delays = List.copyOf(delays);
        if (delays.size() > 100 || delays.stream().anyMatch(Duration::isNegative) || longestDelay.isNegative()) {
            throw new IllegalArgumentException("at most 100 delays, none negative");
        }
    }

    /** Whether an answer with this status may be different next time. */
    static boolean isTransient(int status) {
        return TRANSIENT.contains(status);
    }

    /** Whether an answer with this status says that the request had no effect. */
    static boolean saysNotApplied(int status) {
        return NOT_APPLIED.contains(status) || (status >= 300 && status < 500);
    }

    /**
     * The pause before retry {@code number}, or empty when there is none left.
     *
     * @param number from 0
     * @param asked what the server asked for, if it did
     */
    Optional<Duration> delay(int number, Optional<Duration> asked) {
        if (number >= delays.size()) {
            return Optional.empty();
        }
        Duration own = delays.get(number);
        return Optional.of(asked.filter(Duration::isPositive)
                .map(d -> d.compareTo(longestDelay) > 0 ? longestDelay : d)
                .orElse(own));
    }
}
