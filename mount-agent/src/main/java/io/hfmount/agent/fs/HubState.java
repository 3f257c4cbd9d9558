package io.hfmount.agent.fs;

import io.hfmount.model.ContentHash;
import java.util.HashSet;
import java.util.Set;

/**
 * What the Hub has at an inode's path, as far as we know (mount-semantics §1.2; H-58, H-59, H-60, H-64). Decides
 * whether a delete is needed and which content it may remove. Immutable.
 */
public sealed interface HubState {
    /** Hashes that may be at the path; empty when nothing can be. */
    Set<ContentHash> possibleHashes();

    /** Whether something of ours may be there, so that removing the name must remove it remotely. */
    default boolean mayExist() {
        return !possibleHashes().isEmpty();
    }

    /** Nothing is there. */
    record Absent() implements HubState {
        @Override
        public Set<ContentHash> possibleHashes() {
            return Set.of();
        }
    }

    /**
     * Content that we saw or put there.
     *
     * @param hash its hash
     */
    record Present(ContentHash hash) implements HubState {
        @Override
        public Set<ContentHash> possibleHashes() {
            return Set.of(hash);
        }
    }

    /**
     * A publication is in flight, or its outcome is unknown.
     *
     * @param possibleHashes what was there before and what may have come; never empty
     */
    record Unknown(Set<ContentHash> possibleHashes) implements HubState {
        public Unknown {
            possibleHashes = Set.copyOf(possibleHashes);
        }
    }

    /** The state while {@code candidate} is being put over this one. */
    default HubState replacedBy(ContentHash candidate) {
        Set<ContentHash> all = new HashSet<>(possibleHashes());
        all.add(candidate);
        return new Unknown(all);
    }
}
