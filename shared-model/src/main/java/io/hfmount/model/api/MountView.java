package io.hfmount.model.api;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A mount as the API shows it.
 *
 * @param id stable id
 * @param source {@code hf://buckets/OWNER/NAME[/path]} or
 *     {@code hf://[datasets/|spaces/]OWNER/NAME[@revision][/path]}
 * @param mountPoint absolute path
 * @param mode {@code sparse}, {@code staged} or {@code read-only}
 * @param transport mount engine; while STARTING what was asked for, maybe {@code auto}
 * @param engine what was agreed with the kernel, null before it serves
 * @param state where it stands
 * @param dirtyFiles files whose newest content is not on the Hub
 * @param dirtyBytes sum of their sizes
 * @param dirtyGenerationLag sum over them of generations not yet published
 * @param deletesQueued removals that are not on the Hub yet; their paths count as absent here
 * @param oldestDirtySeconds how long the oldest of them has waited, 0 when none is dirty
 * @param lastFlush when the last publication ended, null before the first
 * @param stagingBytes local disk taken by staging
 * @param options the effective options
 * @param error why it is FAILED, else null
 */
public record MountView(
        String id,
        String source,
        String mountPoint,
        String mode,
        String transport,
        @Nullable EngineView engine,
        MountState state,
        long dirtyFiles,
        long dirtyBytes,
        long dirtyGenerationLag,
        long deletesQueued,
        double oldestDirtySeconds,
        @Nullable Instant lastFlush,
        long stagingBytes,
        Map<String, Object> options,
        @Nullable String error) {}
