package io.hfmount.agent;

import io.hfmount.model.api.UnmountReport;

/**
 * How an unmount ended.
 *
 * @param report what was and was not published
 * @param unmounted whether the kernel no longer has the mount; false when it went on serving because of unpublished data
 */
public record UnmountOutcome(UnmountReport report, boolean unmounted) {}
