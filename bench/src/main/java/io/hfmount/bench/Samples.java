package io.hfmount.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Values and limits as they come in. Not thread-safe. */
final class Samples {
    private final Map<Row, List<Double>> values = new EnumMap<>(Row.class);
    private final Map<Row, List<Double>> limits = new EnumMap<>(Row.class);
    private final Map<Row, String> names = new EnumMap<>(Row.class);

    void value(Row row, double value) {
        values.computeIfAbsent(row, _ -> new ArrayList<>()).add(value);
    }

    /** A limit that is what the row says. */
    void limit(Row row, double value) {
        limits.computeIfAbsent(row, _ -> new ArrayList<>()).add(value);
    }

    /** A limit that is the same work by the reference. */
    void reference(Row row, double value) {
        limit(row, value);
        names.put(row, Reference.NAME);
    }

    /** A measurement for each row that has a value. */
    List<Measurement> measurements() {
        return values.entrySet().stream()
                .map(entry -> new Measurement(
                        entry.getKey(),
                        entry.getValue(),
                        limits.getOrDefault(entry.getKey(), List.of()),
                        names.getOrDefault(entry.getKey(), entry.getKey().limit())))
                .toList();
    }
}
