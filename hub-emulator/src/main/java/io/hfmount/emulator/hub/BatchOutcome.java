package io.hfmount.emulator.hub;

import java.util.List;

/**
 * What became of a batch.
 *
 * @param processed operations asked
 * @param failed those that were refused, in order
 */
record BatchOutcome(int processed, List<Failure> failed) {
    /** An operation that was refused, and why. */
    public record Failure(String path, String error) {}

    public BatchOutcome {
        failed = List.copyOf(failed);
    }

    /** Operations that were applied. */
    public int succeeded() {
        return processed - failed.size();
    }
}
