package io.hfmount.model.api;

import java.util.List;

/**
 * Answer of an unmount.
 *
 * @param published number of files published while draining
 * @param unpublished paths whose newest content is not on the Hub
 */
public record UnmountReport(int published, List<String> unpublished) {
    public UnmountReport {
        unpublished = List.copyOf(unpublished);
    }
}
