package io.hfmount.agent.remote;

/** How a poll round ended. */
public enum PollResult {
    /** The revision had not moved. */
    UNCHANGED,
    /** All loaded directories were brought in line. */
    CHANGED,
    /** The Hub could not be asked; the next round comes later. */
    SKIPPED,
    /** Some directories could not be listed; they are tried again in the next round. */
    FAILED
}
