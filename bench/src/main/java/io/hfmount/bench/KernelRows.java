package io.hfmount.bench;

import io.hfmount.bench.jmh.Kernels;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the rows without mounts by JMH: BLAKE3 beside that project's own code, the others with memory copy as their limit. */
final class KernelRows {
    private static final double MEGABYTE = 1e6;
    /** The vector kernels replace the scalar ones only once they are compiled. */
    private static final int WARMUP_ROUNDS = 10;

    private final int runs;
    private final TimeValue time;
    private final Path directory;
    private final @Nullable Official official;

    private KernelRows(int runs, boolean quick, Path directory, @Nullable Official official) {
        this.runs = runs;
        this.time = TimeValue.milliseconds(quick ? 10 : 500);
        this.directory = directory;
        this.official = official;
    }

    /**
     * Measures {@code rows}, which are kernels.
     *
     * @param quick iterations of a hundredth of a second
     * @param parent gets a directory for the run, which is removed
     * @param python interpreter with the package blake3, null for none
     * @param err gets a line when that limit cannot be measured here
     * @throws IllegalStateException when JMH fails, or BLAKE3's own code has other hashes
     */
    static List<Measurement> measure(
            Set<Row> rows, int runs, boolean quick, Path parent, @Nullable Path python, PrintStream err)
            throws IOException {
        Files.createDirectories(parent);
        Path directory = Files.createTempDirectory(parent, "kernels-");
        try {
            boolean beside = rows.stream().anyMatch(KernelRows::isBlake3);
            Official official = beside ? official(python, directory, err) : null;
            return new KernelRows(runs, quick, directory, official).measure(rows);
        } finally {
            Testbed.remove(directory);
        }
    }

    /** BLAKE3's own code when {@code python} has the package, and hashes as we do. */
    private static @Nullable Official official(@Nullable Path python, Path directory, PrintStream err) {
        String why = "no Python in build/venv";
        if (python != null) {
            try (OfficialBlake3 official = OfficialBlake3.start(python, directory)) {
                return new Official(python, official.label());
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
        }
        err.println("bench: " + Row.BLAKE3_64K.label() + " and " + Row.BLAKE3_64K_HOT.label()
                + " have no limit, which is the Python package blake3 (build/venv, made by ./run bench and ./test where the"
                + " package is ready-made for the platform): " + why);
        return null;
    }

    private static boolean isBlake3(Row row) {
        return row == Row.BLAKE3_64K || row == Row.BLAKE3_64K_HOT;
    }

    private List<Measurement> measure(Set<Row> rows) {
        List<Double> copies =
                rows.stream().allMatch(KernelRows::isBlake3) ? List.of() : primary(run("copy", null), Kernels.BLOCK);
        List<Measurement> results = new ArrayList<>();
        for (Row row : rows) {
            results.add(
                    switch (row) {
                        case BLAKE3_64K -> blake3(row, "blake3", false);
                        case BLAKE3_64K_HOT -> blake3(row, "blake3Hot", true);
                        case CHUNKER -> new Measurement(row, primary(run("chunker", null), Kernels.CONTENT), copies);
                        case PIPELINE -> new Measurement(row, primary(run("pipeline", null), Kernels.CONTENT), copies);
                        default -> throw new IllegalArgumentException(row + " is no kernel");
                    });
        }
        return results;
    }

    private Measurement blake3(Row row, String method, boolean hot) {
        Official other = official;
        if (other == null) {
            return new Measurement(row, primary(run(method, null), Kernels.BLOCK), List.of());
        }
        Collection<IterationResult> iterations =
                run(method, OfficialBlake3Profiler.options(other.python(), directory, hot));
        return new Measurement(
                row,
                primary(iterations, Kernels.BLOCK),
                iterations.stream().map(KernelRows::beside).toList(),
                other.label());
    }

    /** MB/s of BLAKE3's own code beside an iteration. */
    private static double beside(IterationResult iteration) {
        return Objects.requireNonNull(iteration.getSecondaryResults().get(OfficialBlake3Profiler.RATE))
                .getScore();
    }

    /** MB/s of each iteration. */
    private static List<Double> primary(Collection<IterationResult> iterations, int bytes) {
        return iterations.stream()
                .map(iteration -> iteration.getPrimaryResult().getScore() * bytes / MEGABYTE)
                .toList();
    }

    /** The iterations of {@code method}, with BLAKE3's own code beside them when {@code beside} has options for that. */
    private Collection<IterationResult> run(String method, @Nullable String beside) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Kernels.class.getName().replace(".", "\\.") + "\\." + method + "$")
                .forks(1)
                .warmupIterations(WARMUP_ROUNDS)
                .warmupTime(time)
                .measurementIterations(runs)
                .measurementTime(time)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        if (beside != null) {
            options.addProfiler(OfficialBlake3Profiler.class, beside);
        }
        try {
            return new Runner(options.build()).runSingle().getAggregatedResult().getIterationResults();
        } catch (RunnerException e) {
            throw new IllegalStateException("the kernel " + method + " cannot be measured: " + innermost(e), e);
        }
    }

    /** What happened, of which JMH says only that something did. */
    private static @Nullable String innermost(Throwable thrown) {
        Throwable at = thrown;
        while (true) {
            Throwable[] suppressed = at.getSuppressed();
            Throwable next = suppressed.length > 0 ? suppressed[0] : at.getCause();
            if (next == null) {
                return at.getMessage();
            }
            at = next;
        }
    }

    private record Official(Path python, String label) {}
}
