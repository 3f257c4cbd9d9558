package io.hfmount.agent.mount;

import io.hfmount.agent.Mount;
import io.hfmount.agent.MountAgent;
import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.transport.Transport;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Mono;

/** Mounts buckets of one Hub. Thread-safe. */
public final class BucketMountAgent implements MountAgent {
    private final AgentSettings settings;
    private final EngineChoice engines;

    /**
     * @param settings what all mounts share
     * @param transports the engines on offer, the best first
     */
    public BucketMountAgent(AgentSettings settings, List<Transport> transports) {
        this.settings = settings;
        this.engines = new EngineChoice(transports);
    }

    /** Makes the first use of a mount as fast as later ones, in the background. */
    public void warmUp() {
        WarmUp.start();
    }

    @Override
    public Set<String> transports() {
        return engines.names();
    }

    @Override
    public Mono<Mount> mount(MountSpec spec, MountObserver observer) {
        return VirtualWork.mono("mount-" + spec.id(), () -> mountNow(spec, observer), BucketMount::discard);
    }

    private Mount mountNow(MountSpec spec, MountObserver observer) {
        return new MountAssembly(settings, spec, observer, engines.of(spec)).start();
    }
}
