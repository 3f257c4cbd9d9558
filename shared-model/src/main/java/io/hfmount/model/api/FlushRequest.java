package io.hfmount.model.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Body of {@code POST /v1/mounts/{id}/flush}; it may be left out.
 *
 * @param paths files or directories relative to the mount; absent or empty for everything
 * @param timeout longest wait, ISO-8601
 */
public record FlushRequest(
        @Nullable List<@Nullable String> paths, @Nullable String timeout) {}
