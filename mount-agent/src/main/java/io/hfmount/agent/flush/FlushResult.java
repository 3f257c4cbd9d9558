package io.hfmount.agent.flush;

import io.hfmount.model.api.FlushReport;

/**
 * Answer of {@link FlushPipeline#flush}.
 *
 * @param report one line for each file and delete concerned
 * @param timedOut whether the time ran out before all was decided
 */
public record FlushResult(FlushReport report, boolean timedOut) {}
