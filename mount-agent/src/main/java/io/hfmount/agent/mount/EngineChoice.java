package io.hfmount.agent.mount;

import io.hfmount.agent.InvalidOptionException;
import io.hfmount.agent.MountException;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.transport.Transport;
import io.hfmount.model.api.ProblemCode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Which engine serves a mount (fuse-transports §8.5): the one that is named, else the first that can be used here.
 * Immutable.
 */
final class EngineChoice {
    private final Map<String, Transport> engines = new LinkedHashMap<>();

    /** @param inOrder the best first */
    EngineChoice(List<Transport> inOrder) {
        inOrder.forEach(engine -> engines.put(engine.name(), engine));
    }

    /** What a mount may ask for. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>(engines.keySet());
        names.add(MountSpec.DEFAULT_TRANSPORT);
        return Set.copyOf(names);
    }

    /**
     * The engine for {@code spec}. Looks at the machine, so it may wait.
     *
     * @throws MountException when there is none that can be used
     */
    Transport of(MountSpec spec) {
        Transport engine =
                spec.transport().equals(MountSpec.DEFAULT_TRANSPORT) ? firstUsable() : named(spec.transport());
        if (!engine.canInterrupt() && spec.options().readFetchTimeout().isZero()) {
            throw new InvalidOptionException(
                    ProblemCode.BAD_OPTION,
                    "readFetchTimeout",
                    "the engine " + engine.name()
                            + " cannot interrupt a read, so one that waits for ever could not even be killed; give a"
                            + " limit, or use the engine fuse");
        }
        return engine;
    }

    private Transport named(String name) {
        Transport engine = engines.get(name);
        if (engine == null) {
            throw new MountException(
                    ProblemCode.UNKNOWN_TRANSPORT, "no transport '" + name + "'; there is " + engines.keySet());
        }
        String unusable = engine.unusableBecause();
        if (!unusable.isEmpty()) {
            throw new MountException(ProblemCode.TRANSPORT_UNUSABLE, unusable);
        }
        return engine;
    }

    private Transport firstUsable() {
        StringJoiner reasons = new StringJoiner("; ");
        for (Transport engine : engines.values()) {
            String unusable = engine.unusableBecause();
            if (unusable.isEmpty()) {
                return engine;
            }
            reasons.add(engine.name() + ": " + unusable);
        }
        throw new MountException(ProblemCode.TRANSPORT_UNUSABLE, "no engine can mount here: " + reasons);
    }
}
