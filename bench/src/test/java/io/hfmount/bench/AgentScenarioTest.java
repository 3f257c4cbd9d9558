package io.hfmount.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AgentScenarioTest {
    private final Agent sidecar = new Idle();
    private final Agent reference = new Idle();
    private final List<String> steps = new ArrayList<>();

    @Test
    void withoutReference_theLimitIsMeasuredBeforeTheSidecar_inEveryRun() throws Exception {
        Samples samples = new Samples();
        AgentScenario scenario = scenario(null);
        scenario.run(samples);
        scenario.run(samples);
        assertThat(steps).containsExactly("begin", "limit", "sidecar", "begin", "limit", "sidecar");
        assertThat(samples.measurements())
                .containsExactly(
                        new Measurement(Row.SEQ_WRITE, List.of(2.0, 4.0), List.of(1.0, 3.0), Row.SEQ_WRITE.limit()));
    }

    @Test
    void withReference_theFirstAlternates_andItsValuesAreTheLimits() throws Exception {
        Samples samples = new Samples();
        AgentScenario scenario = scenario(reference);
        for (int run = 0; run < 3; run++) {
            scenario.run(samples);
        }
        assertThat(steps)
                .containsExactly(
                        "begin",
                        "sidecar",
                        "reference",
                        "begin",
                        "reference",
                        "sidecar",
                        "begin",
                        "sidecar",
                        "reference");
        assertThat(samples.measurements())
                .containsExactly(new Measurement(
                        Row.SEQ_WRITE, List.of(1.0, 4.0, 5.0), List.of(2.0, 3.0, 6.0), "hf-mount, the reference"));
    }

    /** Each measurement has the number of those before it as its value. */
    private AgentScenario scenario(@Nullable Agent other) {
        return new AgentScenario(sidecar, other) {
            private double number;

            @Override
            void begin() {
                steps.add("begin");
            }

            @Override
            void limit(Samples samples) {
                steps.add("limit");
                samples.limit(Row.SEQ_WRITE, ++number);
            }

            @Override
            void measure(Agent agent, BiConsumer<Row, Double> result) {
                steps.add(agent == sidecar ? "sidecar" : "reference");
                result.accept(Row.SEQ_WRITE, ++number);
            }
        };
    }

    /** Nothing is mounted here. */
    private static final class Idle implements Agent {
        @Override
        public Mounted mount(String bucket, Path at, Map<String, Object> options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void flush(Mounted mount) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<String, Object> noDebounce() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void settle(Mounted mount) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void unmount(Mounted mount) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path files(Mounted mount) {
            throw new UnsupportedOperationException();
        }

        @Override
        public double peakMebibytes() {
            throw new UnsupportedOperationException();
        }
    }
}
