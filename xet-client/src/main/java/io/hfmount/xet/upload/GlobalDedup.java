package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import java.util.List;

/** Asks storage about chunks whose place is not known here (xet-protocol §8.7). */
@FunctionalInterface
interface GlobalDedup {
    /** Never asks. */
    GlobalDedup OFF = chunks -> false;

    /**
     * Asks for all of {@code chunks} and waits for the answers, which then show in the lookups. Failures are ignored.
     *
     * @return whether anything was asked
     */
    boolean ask(List<ContentHash> chunks);
}
