package io.hfmount.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A row with its results.
 *
 * @param row what was measured
 * @param runs a value a run, in order, at least one
 * @param limits the limit of each run; empty when there is none
 * @param limitIs what the limits are
 */
record Measurement(Row row, List<Double> runs, List<Double> limits, String limitIs) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** With the limit that the row names. */
    Measurement(Row row, List<Double> runs, List<Double> limits) {
        this(row, runs, limits, row.limit());
    }

    Measurement {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException(row.label() + " has no runs");
        }
        for (List<Double> values : List.of(runs, limits)) {
            for (double value : values) {
                if (!Double.isFinite(value) || value < 0) {
                    throw new IllegalArgumentException(row.label() + " has the value " + value);
                }
            }
        }
        runs = List.copyOf(runs);
        limits = List.copyOf(limits);
    }

    /** Median of the runs. */
    double value() {
        return median(runs);
    }

    /** Median of the limits, null when there is none. */
    @Nullable
    Double limit() {
        return limits.isEmpty() ? null : (Double) median(limits);
    }

    /** {@link #value} as a part of {@link #limit}, null when there is none. */
    @Nullable
    Double ratio() {
        Double limit = limit();
        return limit == null || limit == 0 ? null : (Double) (value() / limit);
    }

    /** One line of JSON, without line break. */
    String json() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("row", row.label());
        json.put("value", rounded(value()));
        json.put("unit", row.unit());
        Double limit = limit();
        json.put("limit", limit == null ? null : rounded(limit));
        Double ratio = ratio();
        json.put("ratio", ratio == null ? null : rounded(ratio));
        if (!limitIs.equals(row.limit())) {
            json.put("limitIs", limitIs);
            json.put("limitRuns", limits.stream().map(Measurement::rounded).toList());
        }
        json.put("runs", runs.stream().map(Measurement::rounded).toList());
        return JSON.writeValueAsString(json);
    }

    /** The middle value; of an even number of values the mean of the two in the middle. */
    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        sorted.sort(null);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Six digits after the point say more than any run can. */
    private static double rounded(double value) {
        return Math.round(value * 1e6) / 1e6;
    }
}
