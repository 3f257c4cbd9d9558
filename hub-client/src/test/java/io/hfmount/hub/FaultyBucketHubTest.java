package io.hfmount.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.model.ContentHash;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class FaultyBucketHubTest {
    private final MemoryBucketHub memory = new MemoryBucketHub("ann/data");
    private final FaultyBucketHub hub = new FaultyBucketHub(memory);

    private Mono<BatchResult> add(String... paths) {
        return hub.batch(java.util.Arrays.stream(paths)
                .<BatchOperation>map(p -> new BatchOperation.AddFile(p, ContentHash.ZERO, Instant.EPOCH))
                .toList());
    }

    @Test
    void lostAnswer_hasItsEffect_lostRequest_hasNone_andBothLeaveTheOutcomeUnknown() {
        hub.loseNextAnswer(Call.BATCH);
        hub.loseNextRequest(Call.BATCH);
        StepVerifier.create(add("a"))
                .expectErrorMatches(e -> ((HubException) e).outcomeUnknown())
                .verify();
        StepVerifier.create(add("b"))
                .expectErrorMatches(e -> ((HubException) e).outcomeUnknown())
                .verify();
        assertThat(memory.files()).containsOnlyKeys("a");
        StepVerifier.create(add("b")).expectNextCount(1).verifyComplete();
        assertThat(hub.calls(Call.BATCH)).isEqualTo(3);
        assertThat(hub.unused()).isZero();
    }

    @Test
    void refusedOperations_areReported_theOthersApplied() {
        hub.refuseNextOperations(Map.of("b", "no"));
        StepVerifier.create(add("a", "b"))
                .expectNext(new BatchResult(Map.of("b", "no")))
                .verifyComplete();
        assertThat(memory.files()).containsOnlyKeys("a");
    }

    @Test
    void heldCall_goesOnWhenTheGateOpens() {
        Sinks.Empty<Void> gate = Sinks.empty();
        hub.holdNext(Call.BATCH, gate.asMono());
        StepVerifier.create(add("a"))
                .then(() -> assertThat(memory.files()).isEmpty())
                .then(gate::tryEmitEmpty)
                .expectNextCount(1)
                .verifyComplete();
        assertThat(memory.files()).containsOnlyKeys("a");
    }

    @Test
    void refusal_hasTheStatusAndNoEffect() {
        hub.refuseNext(Call.LIST, 503);
        StepVerifier.create(hub.list("", true))
                .expectErrorMatches(e -> ((HubException) e).status() == 503 && ((HubException) e).isTransient())
                .verify();
        assertThat(List.copyOf(memory.files().keySet())).isEmpty();
    }
}
