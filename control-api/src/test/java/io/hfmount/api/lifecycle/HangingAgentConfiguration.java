package io.hfmount.api.lifecycle;

import io.hfmount.agent.FlushOutcome;
import io.hfmount.agent.Mount;
import io.hfmount.agent.MountAgent;
import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.MountStatus;
import io.hfmount.agent.UnmountOutcome;
import io.hfmount.api.FakeMountAgent;
import io.hfmount.model.api.EngineView;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Profile;
import reactor.core.publisher.Mono;

/** An agent whose mounts never answer an unmount, for {@link ExitCodeTest}. */
@Profile("hanging-agent")
@Configuration(proxyBeanMethods = false)
class HangingAgentConfiguration {
    @Bean
    @Primary
    MountAgent hangingAgent() {
        return new MountAgent() {
            @Override
            public Set<String> transports() {
                return Set.of(MountSpec.DEFAULT_TRANSPORT);
            }

            @Override
            public Mono<Mount> mount(MountSpec spec, MountObserver observer) {
                return Mono.just(new HangingMount(spec));
            }
        };
    }

    private record HangingMount(MountSpec spec) implements Mount {
        @Override
        public EngineView engine() {
            return new EngineView("fuse", "7.45", List.of(), 1 << 20);
        }

        @Override
        public MountStatus status() {
            return FakeMountAgent.FakeMount.status(1, 1, null);
        }

        @Override
        public Mono<FlushOutcome> flush(List<String> paths, Duration timeout) {
            return Mono.never();
        }

        @Override
        public Mono<UnmountOutcome> unmount(Duration drain, boolean force) {
            return Mono.never();
        }

        @Override
        public Mono<UnmountOutcome> ended() {
            return Mono.never();
        }
    }
}
