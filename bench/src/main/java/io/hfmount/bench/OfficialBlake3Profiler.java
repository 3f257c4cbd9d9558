package io.hfmount.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;
import org.openjdk.jmh.runner.IterationType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures BLAKE3's own code beside each iteration of JMH, for as long: after the first, before the second, and so on. JMH
 * creates it in the process of the benchmark; its Python process ends with that. Not thread-safe.
 */
public final class OfficialBlake3Profiler implements InternalProfiler {
    /** What the result of an iteration is called, in MB/s. */
    static final String RATE = "officialBlake3";

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Path python;
    private final Path directory;
    private final boolean hot;

    private @Nullable OfficialBlake3 official;
    private int measured;
    private double rate;

    /** With the options that {@link #options} made. */
    public OfficialBlake3Profiler(String options) {
        JsonNode json = JSON.readTree(options);
        this.python = Path.of(json.required("python").asString());
        this.directory = Path.of(json.required("directory").asString());
        this.hot = json.required("hot").asBoolean();
    }

    /** What JMH carries into the process of the benchmark. */
    static String options(Path python, Path directory, boolean hot) {
        return JSON.writeValueAsString(new Options(python.toString(), directory.toString(), hot));
    }

    @Override
    public String getDescription() {
        return "BLAKE3's own code beside each iteration";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        if (counts(iteration) && measured % 2 == 1) {
            measure(iteration);
        }
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        if (!counts(iteration)) {
            return List.of();
        }
        if (measured % 2 == 0) {
            measure(iteration);
        }
        measured++;
        return List.of(new ScalarResult(RATE, rate, "MB/s", AggregationPolicy.AVG));
    }

    private static boolean counts(IterationParams iteration) {
        return iteration.getType() == IterationType.MEASUREMENT;
    }

    private void measure(IterationParams iteration) {
        double seconds = iteration.getTime().convertTo(TimeUnit.NANOSECONDS) / 1e9;
        try {
            OfficialBlake3 own = official;
            if (own == null) {
                own = OfficialBlake3.start(python, directory);
                own.measure(hot, seconds); // brings the processor and the content up, as the warm-up does for ours
                official = own;
            }
            rate = own.measure(hot, seconds).rate();
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private record Options(String python, String directory, boolean hot) {}
}
