package io.hfmount.api.config;

import io.hfmount.agent.MountAgent;
import io.hfmount.agent.mount.AgentSettings;
import io.hfmount.agent.mount.BucketMountAgent;
import io.hfmount.agent.transport.fuse.FuseTransport;
import io.hfmount.transport.jnr.JnrFuseTransport;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Builds the agent from the settings: the one place where the application meets its implementation. */
@Configuration(proxyBeanMethods = false)
public class AgentConfiguration {
    /** Time for ages of dirty data. */
    @Bean
    public Clock clock() {
        return Clock.systemUTC();
    }

    /** The agent of this process. */
    @Bean
    public MountAgent mountAgent(SidecarProperties properties) {
        BucketMountAgent agent = new BucketMountAgent(
                new AgentSettings(
                        properties.endpoint(), properties.token(), properties.tokenPath(), properties.dataPath()),
                List.of(new FuseTransport(), new JnrFuseTransport()));
        agent.warmUp();
        return agent;
    }
}
