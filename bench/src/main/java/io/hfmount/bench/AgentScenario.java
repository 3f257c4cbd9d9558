package io.hfmount.bench;

import java.io.IOException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Work that any agent can do. Without a reference its limit is what {@link #limit} measures; with one it is the same work
 * done by the reference, which goes first in every other run: who comes second profits from memory that the first has just
 * freed, and from what the Hub's disk has in memory by then.
 */
abstract class AgentScenario implements Scenario {
    private final Agent sidecar;
    private final @Nullable Agent reference;
    private boolean referenceFirst;

    AgentScenario(Agent sidecar, @Nullable Agent reference) {
        this.sidecar = sidecar;
        this.reference = reference;
    }

    /** Done once a run, before the first measurement. */
    void begin() throws IOException {}

    /** Reports the limit of each row that has one without a reference. */
    abstract void limit(Samples samples) throws IOException;

    /** Does the work through {@code agent} and tells {@code result} the value of each row. */
    abstract void measure(Agent agent, BiConsumer<Row, Double> result) throws IOException;

    @Override
    public final void run(Samples samples) throws IOException {
        begin();
        Agent other = reference;
        if (other == null) {
            limit(samples);
            measure(sidecar, samples::value);
            return;
        }
        if (referenceFirst) {
            measure(other, samples::reference);
        }
        measure(sidecar, samples::value);
        if (!referenceFirst) {
            measure(other, samples::reference);
        }
        referenceFirst = !referenceFirst;
    }
}
