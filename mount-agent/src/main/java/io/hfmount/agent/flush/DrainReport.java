package io.hfmount.agent.flush;

import java.util.List;

/**
 * What a drain achieved. Everything unpublished is still dirty and kept locally.
 *
 * @param published files that were published while draining
 * @param unpublished mount-relative paths of files that are still dirty
 * @param deletesLeft remote deletes that still wait
 */
public record DrainReport(int published, List<String> unpublished, int deletesLeft) {
    public DrainReport {
        unpublished = List.copyOf(unpublished);
    }

    /** Whether nothing is left. */
    public boolean clean() {
        return unpublished.isEmpty() && deletesLeft == 0;
    }
}
