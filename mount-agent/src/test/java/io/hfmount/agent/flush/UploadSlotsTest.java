package io.hfmount.agent.flush;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** H-66b: uploads are bounded by count, and a slot is never lost. */
class UploadSlotsTest {
    private final UploadSlots slots = new UploadSlots(2);
    private final List<String> started = new ArrayList<>();

    private Disposable upload(String name, Mono<Void> work) {
        return slots.run(Mono.defer(() -> {
                    started.add(name);
                    return work;
                }))
                .subscribe(v -> {}, e -> {});
    }

    @Test
    void onlySoManyRunAtOnce_theOthersInOrder() {
        Sinks.Empty<Void> a = Sinks.empty();
        upload("a", a.asMono());
        upload("b", Mono.never());
        upload("c", Mono.never());
        upload("d", Mono.never());
        assertThat(started).containsExactly("a", "b");
        a.tryEmitEmpty();
        assertThat(started).containsExactly("a", "b", "c");
    }

    @Test
    void failedAndCancelledUploads_freeTheirSlots() {
        for (int i = 0; i < 10; i++) {
            upload("failed", Mono.error(new IllegalStateException()));
            upload("cancelled", Mono.never()).dispose();
        }
        assertThat(started).hasSize(20);
    }

    @Test
    void uploadThatGivesUpWaiting_takesNoSlot() {
        Sinks.Empty<Void> a = Sinks.empty();
        upload("a", a.asMono());
        upload("b", Mono.never());
        upload("c", Mono.empty()).dispose();
        upload("d", Mono.never());
        a.tryEmitEmpty();
        assertThat(started).containsExactly("a", "b", "d");
    }
}
