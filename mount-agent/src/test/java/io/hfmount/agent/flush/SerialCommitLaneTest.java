package io.hfmount.agent.flush;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.hub.BatchOperation.AddFile;
import io.hfmount.hub.BatchOperation.DeleteFile;
import io.hfmount.hub.FaultyBucketHub;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.hub.HubException;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.ContentHash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

class SerialCommitLaneTest {
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final FaultyBucketHub hub = new FaultyBucketHub(new MemoryBucketHub("ann/data"));
    private final SerialCommitLane lane =
            new SerialCommitLane(hub, Schedulers.immediate(), time, Duration.ofMinutes(5));
    private final List<String> log = new ArrayList<>();

    private Disposable turn(String name, Mono<Void> work) {
        return lane.run(() -> {
                    log.add("start " + name);
                    return work;
                })
                .subscribe(v -> {}, e -> log.add("failed " + name), () -> log.add("end " + name));
    }

    @Test
    void turns_runOneAfterAnotherInTheOrderOfAsking() {
        Sinks.Empty<Void> first = Sinks.empty();
        turn("1", first.asMono());
        turn("2", Mono.empty());
        turn("3", Mono.empty());
        assertThat(log).containsExactly("start 1");
        first.tryEmitEmpty();
        assertThat(log).filteredOn(l -> l.startsWith("start")).containsExactly("start 1", "start 2", "start 3");
        assertThat(log).hasSize(6);
        assertThat(lane.length()).isZero();
    }

    @Test
    void failedTurn_releasesTheLane() {
        turn("1", Mono.error(new IllegalStateException()));
        assertThat(lane.run(() -> {
                            throw new IllegalStateException("supplier");
                        })
                        .onErrorResume(e -> Mono.just(e.getMessage()))
                        .block())
                .isEqualTo("supplier");
        turn("3", Mono.empty());
        assertThat(log).containsExactly("start 1", "failed 1", "start 3", "end 3");
    }

    @Test
    void cancelledWaitingTurn_neverRuns() {
        Sinks.Empty<Void> first = Sinks.empty();
        turn("1", first.asMono());
        turn("2", Mono.empty()).dispose();
        turn("3", Mono.empty());
        first.tryEmitEmpty();
        assertThat(log).contains("start 3").doesNotContain("start 2");
    }

    @Test
    void cancelledRunningTurn_keepsTheLaneUntilItHasEnded_H61() {
        // what was sent cannot be called back: nothing may overtake it
        Sinks.Empty<Void> first = Sinks.empty();
        turn("1", first.asMono()).dispose();
        turn("2", Mono.empty());
        assertThat(log).containsExactly("start 1");
        first.tryEmitEmpty();
        assertThat(log).contains("start 2", "end 2");
    }

    @Test
    void turnAskedForAtTheEndOfATurn_runs() {
        lane.run(() -> Mono.just("x"))
                .flatMap(x -> lane.run(() -> Mono.just(x + "y")))
                .subscribe(log::add);
        assertThat(log).containsExactly("xy");
    }

    @Test
    void batchWithoutAnAnswer_isAnUnknownOutcome_H64() {
        hub.holdNext(Call.BATCH, Mono.never());
        List<Throwable> failures = new ArrayList<>();
        lane.send(List.of(new DeleteFile("a"))).subscribe(r -> {}, failures::add);
        time.advanceTimeBy(Duration.ofMinutes(5));
        assertThat(failures).singleElement().isInstanceOfSatisfying(HubException.class, e -> {
            assertThat(e.outcomeUnknown()).isTrue();
            assertThat(e.isTransient()).isTrue();
        });
    }

    @Test
    void batchesThatBreakTheOrder_areRefused_H55_H61() {
        AddFile add = new AddFile("a", ContentHash.ZERO, Instant.EPOCH);
        assertThatThrownBy(() -> lane.send(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lane.send(Collections.nCopies(1001, add)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lane.send(List.of(new DeleteFile("b"), add)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lane.send(List.of(add, new DeleteFile("a"))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(hub.calls(Call.BATCH)).isZero();
    }

    @Test
    @Timeout(30)
    void manyThreads_neverRunTwoTurnsAtOnce() throws InterruptedException {
        SerialCommitLane real = new SerialCommitLane(
                hub, DiskScheduler.create("lane-test"), Schedulers.parallel(), Duration.ofMinutes(5));
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(1);
        Flux.range(0, 2000)
                .flatMap(
                        i -> real.run(() -> Mono.fromCallable(() -> {
                                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                    return i;
                                })
                                .publishOn(Schedulers.parallel())
                                .doOnNext(x -> inside.decrementAndGet())),
                        256)
                .doFinally(s -> done.countDown())
                .subscribe();
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(most).hasValue(1);
        assertThat(real.length()).isZero();
    }
}
