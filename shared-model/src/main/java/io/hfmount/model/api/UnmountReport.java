package io.hfmount.model.api;

import java.util.List;

/**
 * Answer of an unmount.
 *
 * @param published number of files published while draining
 * @param unpublished paths whose newest content is not on the Hub
 * @param deletesQueued removals that are not on the Hub
 */
public record UnmountReport(int published, List<String> unpublished, int deletesQueued) {
    public UnmountReport {
        unpublished = List.copyOf(unpublished);
    }

    /** Whether everything is on the Hub. */
    public boolean nothingLeft() {
        return unpublished.isEmpty() && deletesQueued == 0;
    }
}
