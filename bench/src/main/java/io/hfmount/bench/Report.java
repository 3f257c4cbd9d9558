package io.hfmount.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Results for people and for programs. Stateless. */
final class Report {
    private Report() {}

    /** A line of JSON for each measurement, replacing what {@code file} held. */
    static void writeJson(Path file, List<Measurement> results) throws IOException {
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.write(file, results.stream().map(Measurement::json).toList());
    }

    /** A Markdown table, fit for documents too. */
    static void print(PrintStream out, List<Measurement> results) {
        out.println("| row | median | unit | limit | ratio | runs | the limit is |");
        out.println("| --- | ---: | --- | ---: | ---: | --- | --- |");
        for (Measurement m : results) {
            Double limit = m.limit();
            Double ratio = m.ratio();
            out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %s | %s |%n",
                    m.row().label(),
                    number(m.row(), m.value()),
                    m.row().unit(),
                    limit == null ? "none" : number(m.row(), limit),
                    ratio == null ? "" : "%.3g".formatted(ratio),
                    String.join(
                            " ", m.runs().stream().map(v -> number(m.row(), v)).toList()),
                    limit == null ? "not measured" : m.limitIs());
        }
    }

    private static String number(Row row, double value) {
        return String.format(Locale.ROOT, "%." + row.decimals() + "f", value);
    }
}
