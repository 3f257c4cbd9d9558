package io.hfmount.agent.fs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Sums over all files that are dirty and have a name, at one moment. Immutable.
 *
 * @param files their number
 * @param bytes sum of their sizes
 * @param generations sum of their dirty generations: changes that wait
 * @param oldest when the oldest of those changes was made, null when nothing is dirty
 */
public record DirtyTotals(
        int files, long bytes, long generations, @Nullable Instant oldest) {}
