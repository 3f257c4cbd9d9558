package io.hfmount.model.api;

import java.util.List;

/**
 * Answer of a flush.
 *
 * @param clean whether nothing that was asked for is dirty any more
 * @param files one line for each file concerned
 */
public record FlushReport(boolean clean, List<FlushedFile> files) {
    public FlushReport {
        files = List.copyOf(files);
    }
}
