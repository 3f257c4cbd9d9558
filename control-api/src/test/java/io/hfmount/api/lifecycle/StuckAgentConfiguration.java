package io.hfmount.api.lifecycle;

import io.hfmount.agent.Mount;
import io.hfmount.agent.MountAgent;
import io.hfmount.agent.MountObserver;
import io.hfmount.agent.MountSpec;
import io.hfmount.api.FakeMountAgent;
import java.util.List;
import java.util.Set;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Profile;
import reactor.core.publisher.Mono;

/** An agent whose mounts keep a file unpublished for ever, for {@link ExitCodeTest}. */
@Profile("stuck-agent")
@Configuration(proxyBeanMethods = false)
class StuckAgentConfiguration {
    @Bean
    @Primary
    MountAgent stuckAgent() {
        FakeMountAgent fake = new FakeMountAgent();
        return new MountAgent() {
            @Override
            public Set<String> transports() {
                return fake.transports();
            }

            @Override
            public Mono<Mount> mount(MountSpec spec, MountObserver observer) {
                return fake.mount(spec, observer)
                        .doOnNext(mount -> ((FakeMountAgent.FakeMount) mount).unpublished = List.of("stuck.txt"));
            }
        };
    }
}
