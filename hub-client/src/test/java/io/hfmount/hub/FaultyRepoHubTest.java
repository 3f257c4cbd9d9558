package io.hfmount.hub;

import io.hfmount.hub.FaultyRepoHub.Call;
import io.hfmount.model.ByteRange;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class FaultyRepoHubTest {
    private final MemoryRepoHub memory = new MemoryRepoHub("ann/net", "main");
    private final FaultyRepoHub hub = new FaultyRepoHub(memory);

    FaultyRepoHubTest() {
        memory.commit("main", Map.of("x", MemoryRepoHub.Content.plain("one")));
    }

    @Test
    void refusals_areUsedOnceEach_byCall() {
        hub.refuseNext(Call.READ, 503);
        hub.refuseNext(Call.INFO, 403, "GatedRepo");
        StepVerifier.create(hub.info())
                .expectErrorMatches(
                        e -> ((HubException) e).errorCode().orElseThrow().equals("GatedRepo"))
                .verify();
        StepVerifier.create(hub.read("main", "x", new ByteRange(0, 1), null))
                .expectErrorMatches(e -> ((HubException) e).isTransient())
                .verify();
        StepVerifier.create(hub.info()).expectNextCount(1).verifyComplete();
        StepVerifier.create(hub.read("main", "x", new ByteRange(0, 1), null))
                .expectNextCount(1)
                .verifyComplete();
        Assertions.assertThat(hub.calls(Call.READ)).isEqualTo(2);
        Assertions.assertThat(hub.unused()).isZero();
    }

    @Test
    void heldListing_goesOnWhenTheGateOpens() {
        Sinks.Empty<Void> gate = Sinks.empty();
        hub.holdNext(Call.LIST, gate.asMono());
        StepVerifier.create(hub.list("main", "", true))
                .then(gate::tryEmitEmpty)
                .expectNextMatches(entry -> entry.path().equals("x"))
                .verifyComplete();
    }
}
