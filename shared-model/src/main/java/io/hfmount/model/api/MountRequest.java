package io.hfmount.model.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Body of {@code POST /v1/mounts}.
 *
 * @param source {@code hf://buckets/OWNER/NAME[/path]} or
 *     {@code hf://[datasets/|spaces/]OWNER/NAME[@revision][/path]}
 * @param mountPoint absolute path of an existing empty directory
 * @param mode {@code sparse} (default of buckets), {@code staged} or {@code read-only} (repos take no other)
 * @param transport {@code fuse}, {@code jnr-fuse} or {@code auto} (default), which takes the first that can be used
 * @param options per-mount options by name; durations as ISO-8601 text
 */
public record MountRequest(
        @Nullable String source,
        @Nullable String mountPoint,
        @Nullable String mode,
        @Nullable String transport,
        @Nullable Map<String, @Nullable Object> options) {}
