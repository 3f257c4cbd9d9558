package io.hfmount.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code ./run bench}. Exit codes: 0 all rows have results, 2 bad option, 1 anything else. */
public final class BenchMain {
    private static final int BAD_OPTION = 2;

    private BenchMain() {}

    /** Parses the options and runs. */
    public static void main(String[] args) {
        System.exit(run(List.of(args), JavaCommand.own(), System.out, System.err));
    }

    /** Runs with {@code java} for the processes that are measured; answers the exit code. */
    static int run(List<String> args, JavaCommand java, PrintStream out, PrintStream err) {
        BenchOptions options;
        try {
            options = BenchOptions.parse(args);
        } catch (IllegalArgumentException e) {
            err.println("bench: " + e.getMessage());
            return BAD_OPTION;
        }
        List<String> failed = new ArrayList<>();
        List<Measurement> results = new ArrayList<>();
        try {
            measure(options, java, results, failed, err);
        } catch (IOException | RuntimeException e) {
            failed.add(String.valueOf(e.getMessage()));
        }
        try {
            if (options.json() != null) {
                Report.writeJson(options.json(), results);
            }
        } catch (IOException e) {
            failed.add("the results cannot be written: " + e.getMessage());
        }
        Report.print(out, results);
        if (options.quick()) {
            out.println("Small sizes (--quick): the figures say only that the benchmarks work.");
        }
        out.flush();
        failed.forEach(line -> err.println("bench: " + line));
        return failed.isEmpty() ? 0 : 1;
    }

    private static void measure(
            BenchOptions options, JavaCommand java, List<Measurement> results, List<String> failed, PrintStream err)
            throws IOException {
        Set<Row> mounts = EnumSet.noneOf(Row.class);
        Set<Row> roundTrips = EnumSet.noneOf(Row.class);
        Set<Row> kernels = EnumSet.noneOf(Row.class);
        options.rows().forEach(row -> (row.isKernel() ? kernels : row.isRoundTrip() ? roundTrips : mounts).add(row));
        if (!mounts.isEmpty()) {
            Path python = usable(options.python());
            if (python == null) {
                err.println(
                        "bench: no Python with huggingface_hub and hf_xet (build/venv, made by ./run bench and ./test): limits that"
                                + " need it are missing");
            }
            Testbed bed = Testbed.start(
                    options.directory(),
                    java.withClassPath(options.classes()),
                    python,
                    options.reference(),
                    options.sizes());
            Thread onSignal = Thread.ofPlatform().name("bench-stop").unstarted(() -> close(bed, err));
            Runtime.getRuntime().addShutdownHook(onSignal);
            try {
                results.addAll(new MountBench(bed, err).measure(mounts, options.runs(), failed));
            } finally {
                bed.close();
                Runtime.getRuntime().removeShutdownHook(onSignal);
            }
        }
        if (!roundTrips.isEmpty()) {
            results.addAll(RoundTripRows.measure(
                    roundTrips, options.runs(), options.quick(), options.directory(), java, failed));
        }
        if (!kernels.isEmpty()) {
            results.addAll(KernelRows.measure(
                    kernels, options.runs(), options.quick(), options.directory(), usable(options.python()), err));
        }
    }

    private static @Nullable Path usable(@Nullable Path python) {
        return python != null && Files.isExecutable(python) ? python : null;
    }

    private static void close(Testbed bed, PrintStream err) {
        try {
            bed.close();
        } catch (IOException e) {
            err.println("bench: " + e.getMessage());
        }
    }
}
