package io.hfmount.bench;

import io.hfmount.bench.jmh.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the rows without mounts by JMH, each with memory copy as its limit. */
final class KernelRows {
    private static final double MEGABYTE = 1e6;
    /** The vector kernels replace the scalar ones only once they are compiled. */
    private static final int WARMUP_ROUNDS = 10;

    private KernelRows() {}

    /**
     * Measures {@code rows}, which are kernels.
     *
     * @param quick iterations of a hundredth of a second
     * @throws IllegalStateException when JMH fails
     */
    static List<Measurement> measure(Set<Row> rows, int runs, boolean quick) {
        TimeValue time = TimeValue.milliseconds(quick ? 10 : 500);
        List<Double> limits = rates("copy", Kernels.BLOCK, runs, time);
        List<Measurement> results = new ArrayList<>();
        for (Row row : rows) {
            List<Double> rates = switch (row) {
                case BLAKE3_64K -> rates("blake3", Kernels.BLOCK, runs, time);
                case CHUNKER -> rates("chunker", Kernels.CONTENT, runs, time);
                case PIPELINE -> rates("pipeline", Kernels.CONTENT, runs, time);
                default -> throw new IllegalArgumentException(row + " is no kernel");
            };
            results.add(new Measurement(row, rates, limits));
        }
        return results;
    }

    /** MB/s of each iteration. */
    private static List<Double> rates(String method, int bytes, int runs, TimeValue time) {
        try {
            RunResult result = new Runner(new OptionsBuilder()
                            .include("^" + Kernels.class.getName().replace(".", "\\.") + "\\." + method + "$")
                            .forks(1)
                            .warmupIterations(WARMUP_ROUNDS)
                            .warmupTime(time)
                            .measurementIterations(runs)
                            .measurementTime(time)
                            .verbosity(VerboseMode.SILENT)
                            .build())
                    .runSingle();
            return result.getAggregatedResult().getIterationResults().stream()
                    .map(IterationResult::getPrimaryResult)
                    .map(primary -> primary.getScore() * bytes / MEGABYTE)
                    .toList();
        } catch (RunnerException e) {
            throw new IllegalStateException("the kernel " + method + " cannot be measured: " + e.getMessage(), e);
        }
    }
}
