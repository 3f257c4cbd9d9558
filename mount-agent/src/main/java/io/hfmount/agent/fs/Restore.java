package io.hfmount.agent.fs;

import io.hfmount.model.ContentHash;
import java.util.HashSet;
import java.util.Set;

/**
 * Why a file counts as unpublished although nobody changed it here: a rename that failed took its content away on the
 * Hub. Immutable.
 *
 * @param over what the rename left at the path, and all that may be replaced; empty when it left nothing there
 */
record Restore(Set<ContentHash> over) {
    Restore {
        over = Set.copyOf(over);
    }

    /** The same after another try left {@code hash} there. */
    Restore orOver(ContentHash hash) {
        Set<ContentHash> all = new HashSet<>(over);
        all.add(hash);
        return new Restore(all);
    }
}
