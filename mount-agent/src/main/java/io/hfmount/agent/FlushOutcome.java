package io.hfmount.agent;

import io.hfmount.model.api.FlushReport;

/**
 * How a flush ended.
 *
 * @param report what became of each file
 * @param timedOut whether the wait ran out before all was decided
 */
public record FlushOutcome(FlushReport report, boolean timedOut) {}
