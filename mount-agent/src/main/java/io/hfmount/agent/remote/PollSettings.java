package io.hfmount.agent.remote;

import java.time.Duration;

/**
 * Settings of the poller (mount-semantics §9). Immutable.
 *
 * @param interval pause between rounds; zero polls only when asked
 * @param listingConcurrency directories listed at once, at least 1
 * @param confirmConcurrency vanished entries asked for at once, at least 1
 */
public record PollSettings(Duration interval, int listingConcurrency, int confirmConcurrency) {
    /** Defaults of mount-semantics §9, §4.5. */
    public static final PollSettings DEFAULTS = new PollSettings(Duration.ofSeconds(30), 4, 16);

    public PollSettings {
        if (interval.isNegative()) {
            throw new IllegalArgumentException("interval is not negative");
        }
        if (listingConcurrency < 1 || confirmConcurrency < 1) {
            throw new IllegalArgumentException("concurrency is at least 1");
        }
    }
}
