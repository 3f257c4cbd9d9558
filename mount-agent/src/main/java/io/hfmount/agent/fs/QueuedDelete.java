package io.hfmount.agent.fs;

import io.hfmount.model.ContentHash;
import java.util.Set;

/**
 * A remote delete that waits (mount-semantics §3.10). Until it is done its path counts as absent: it is a tombstone
 * (H-91). Immutable.
 *
 * @param path mount-relative path
 * @param expected hashes we may remove; anything else at the path is not ours and stays
 * @param sequence position in program order; adds that were dirty at that time go first (H-56)
 */
public record QueuedDelete(String path, Set<ContentHash> expected, long sequence) {
    public QueuedDelete {
        expected = Set.copyOf(expected);
    }
}
