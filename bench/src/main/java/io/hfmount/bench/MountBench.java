package io.hfmount.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Runs the rows with real mounts on one testbed. */
final class MountBench {
    private final Testbed bed;
    private final PrintStream progress;
    private final Map<Set<Row>, Supplier<Scenario>> scenarios = new LinkedHashMap<>();

    MountBench(Testbed bed, PrintStream progress) {
        this.bed = bed;
        this.progress = progress;
        MemorySegment memory = bed.memory(bed.sizes().fileBytes());
        scenarios.put(EnumSet.of(Row.SEQ_WRITE), () -> new SequentialWrite(bed, memory));
        scenarios.put(EnumSet.of(Row.WRITE_VISIBLE), () -> new VisibleWrite(bed, memory));
        scenarios.put(EnumSet.of(Row.COLD_SEQ_READ), () -> new ColdRead(bed, memory));
        scenarios.put(EnumSet.of(Row.REREAD_DISK_CACHE), () -> new DiskCacheRead(bed, memory));
        scenarios.put(EnumSet.of(Row.RANDOM_READ_4K, Row.RANDOM_READ_4K_BYTES), () -> new RandomRead(bed, memory));
        scenarios.put(EnumSet.of(Row.SMALL_FILES), () -> new SmallFiles(bed));
        scenarios.put(EnumSet.of(Row.SMALL_FILES_VISIBLE), () -> new SmallFilesVisible(bed));
        scenarios.put(EnumSet.of(Row.STAT_5000), () -> new StatTree(bed));
        scenarios.put(EnumSet.of(Row.LS_L), () -> new ListDirectory(bed));
        edits(
                bed.sizes().fileBytes(),
                Row.OPEN_256M,
                Row.EDITS_256M_DISK,
                List.of(
                        new EditRows(Edit.APPEND, Row.APPEND_256M_BYTES, Row.APPEND_256M_VISIBLE),
                        new EditRows(Edit.EDITS, Row.EDITS_256M_BYTES, Row.EDITS_256M_VISIBLE),
                        new EditRows(Edit.INSERT, Row.INSERT_256M_BYTES, Row.INSERT_256M_VISIBLE),
                        new EditRows(Edit.TRUNCATE, Row.TRUNCATE_256M_BYTES, Row.TRUNCATE_256M_VISIBLE)));
        edits(
                bed.sizes().hugeFileBytes(),
                Row.OPEN_4G,
                Row.EDITS_4G_DISK,
                List.of(
                        new EditRows(Edit.APPEND, Row.APPEND_4G_BYTES, Row.APPEND_4G_VISIBLE),
                        new EditRows(Edit.EDITS, Row.EDITS_4G_BYTES, Row.EDITS_4G_VISIBLE),
                        new EditRows(Edit.INSERT, Row.INSERT_4G_BYTES, Row.INSERT_4G_VISIBLE),
                        new EditRows(Edit.TRUNCATE, Row.TRUNCATE_4G_BYTES, Row.TRUNCATE_4G_VISIBLE)));
        scenarios.put(EnumSet.of(Row.LOG_BYTES, Row.LOG_SEGMENTS), () -> new LogAppends(bed));
        scenarios.put(EnumSet.of(Row.FOREIGN_FIRST_BYTES, Row.FOREIGN_SECOND_BYTES), () -> new ForeignEdit(bed));
        threshold(64 << 10, Row.THRESHOLD_64K_BYTES, Row.THRESHOLD_64K_VISIBLE);
        threshold(256 << 10, Row.THRESHOLD_256K_BYTES, Row.THRESHOLD_256K_VISIBLE);
        threshold(1 << 20, Row.THRESHOLD_1M_BYTES, Row.THRESHOLD_1M_VISIBLE);
        threshold(4 << 20, Row.THRESHOLD_4M_BYTES, Row.THRESHOLD_4M_VISIBLE);
        threshold(16 << 20, Row.THRESHOLD_16M_BYTES, Row.THRESHOLD_16M_VISIBLE);
        scenarios.put(EnumSet.of(Row.SHORT_SEGMENTS), () -> new ShortSegments(bed));
    }

    private void edits(long size, Row open, Row disk, List<EditRows> edits) {
        Set<Row> rows = EnumSet.of(open, disk);
        edits.forEach(edit -> {
            rows.add(edit.bytes());
            rows.add(edit.visible());
        });
        scenarios.put(rows, () -> new SparseEdits(bed, size, open, disk, edits));
    }

    private void threshold(int size, Row bytes, Row visible) {
        scenarios.put(EnumSet.of(bytes, visible), () -> new ThresholdEdits(bed, size, bytes, visible));
    }

    /**
     * Measures {@code rows}; {@link Row#PEAK_RSS} alone stands for all of them.
     *
     * @param failed gets a line for each row that has no result
     */
    List<Measurement> measure(Set<Row> rows, int runs, List<String> failed) throws IOException {
        Set<Row> wanted = rows.equals(EnumSet.of(Row.PEAK_RSS)) ? EnumSet.copyOf(Row.mounts()) : rows;
        List<Measurement> results = new ArrayList<>();
        for (Map.Entry<Set<Row>, Supplier<Scenario>> entry : scenarios.entrySet()) {
            if (entry.getKey().stream().anyMatch(wanted::contains)) {
                Samples samples = new Samples();
                try {
                    run(entry.getKey().iterator().next(), entry.getValue().get(), runs, samples);
                    samples.measurements().stream()
                            .filter(m -> rows.contains(m.row()))
                            .forEach(results::add);
                } catch (IOException | RuntimeException e) {
                    failed.add(entry.getKey().iterator().next().label() + ": " + e.getMessage());
                    bed.sidecar().process().checkAlive(); // without it no further row makes sense
                }
            }
        }
        if (rows.contains(Row.PEAK_RSS)) {
            Samples samples = new Samples();
            samples.value(Row.PEAK_RSS, bed.sidecar().process().peakMebibytes());
            PythonClient python = bed.python();
            Reference reference = bed.reference();
            if (reference != null) {
                samples.reference(Row.PEAK_RSS, reference.peakMebibytes());
            } else if (python != null) {
                samples.limit(Row.PEAK_RSS, python.process().peakMebibytes());
            }
            results.addAll(samples.measurements());
        }
        return results;
    }

    private void run(Row row, Scenario scenario, int runs, Samples samples) throws IOException {
        try {
            scenario.prepare();
            for (int i = 1; i <= runs; i++) {
                long sidecar = bed.sidecar().process().cpu().toMillis();
                long hub = bed.hub().process().cpu().toMillis();
                double seconds = Timing.seconds(() -> scenario.run(samples));
                progress.printf(
                        "bench: %s run %d/%d took %.1f s, processor time: sidecar %.1f s, Hub %.1f s%n",
                        row.label(),
                        i,
                        runs,
                        seconds,
                        (bed.sidecar().process().cpu().toMillis() - sidecar) / 1000.0,
                        (bed.hub().process().cpu().toMillis() - hub) / 1000.0);
            }
        } finally {
            scenario.finish();
        }
    }
}
