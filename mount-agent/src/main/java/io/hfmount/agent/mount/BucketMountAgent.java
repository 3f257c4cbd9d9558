package io.hfmount.agent.mount;

import io.hfmount.agent.Mount;
import io.hfmount.agent.MountAgent;
import io.hfmount.agent.MountException;
import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.transport.Transport;
import io.hfmount.model.api.ProblemCode;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import reactor.core.publisher.Mono;

/** Mounts buckets of one Hub. Thread-safe. */
public final class BucketMountAgent implements MountAgent {
    private final AgentSettings settings;
    private final TreeMap<String, Transport> transports = new TreeMap<>();

    /**
     * @param settings what all mounts share
     * @param transports the engines on offer
     */
    public BucketMountAgent(AgentSettings settings, List<Transport> transports) {
        this.settings = settings;
        transports.forEach(t -> this.transports.put(t.name(), t));
    }

    @Override
    public Set<String> transports() {
        return Set.copyOf(transports.keySet());
    }

    @Override
    public Mono<Mount> mount(MountSpec spec, MountObserver observer) {
        return VirtualWork.mono("mount-" + spec.id(), () -> mountNow(spec, observer), BucketMount::discard);
    }

    private Mount mountNow(MountSpec spec, MountObserver observer) {
        Transport transport = transports.get(spec.transport());
        if (transport == null) {
            throw new MountException(
                    ProblemCode.UNKNOWN_TRANSPORT,
                    "no transport '" + spec.transport() + "'; there is " + transports.keySet());
        }
        String unusable = transport.unusableBecause();
        if (!unusable.isEmpty()) {
            throw new MountException(ProblemCode.TRANSPORT_UNUSABLE, unusable);
        }
        return new MountAssembly(settings, spec, observer, transport).start();
    }
}
