package io.hfmount.api.mounts;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.MountException;
import io.hfmount.agent.MountMode;
import io.hfmount.agent.MountOptions;
import io.hfmount.agent.MountSpec;
import io.hfmount.api.FakeMountAgent;
import io.hfmount.api.FakeMountAgent.FakeMount;
import io.hfmount.model.BucketSource;
import io.hfmount.model.api.MountState;
import io.hfmount.model.api.ProblemCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class MountRegistryTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path dir;

    private final FakeMountAgent agent = new FakeMountAgent();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private MountRegistry registry;

    @BeforeEach
    void open() throws IOException {
        registry = new MountRegistry(
                agent,
                new MountPoints(List.of(dir.toRealPath()), dir.resolve("data"), MountTable.ofThisProcess()),
                meters,
                Clock.systemUTC());
    }

    private MountSpec spec(String name) throws IOException {
        return new MountSpec(
                BucketSource.parse("hf://buckets/ann/data"),
                Files.createDirectories(dir.toRealPath().resolve(name)),
                MountMode.STAGED,
                "fuse",
                MountOptions.DEFAULTS.toBuilder()
                        .flushShutdownTimeout(Duration.ofSeconds(5))
                        .build());
    }

    private FakeMount mounted(String name) throws IOException {
        MountSpec spec = spec(name);
        registry.mount(spec, false).block(LIMIT);
        return agent.mount(spec.id());
    }

    @Test
    void drain_unmountsAll_detachesWhatStaysDirty_andTellsIt() throws IOException {
        FakeMount clean = mounted("clean");
        FakeMount stuck = mounted("stuck");
        stuck.unpublished = List.of("a", "b/c");
        Path point = stuck.spec().mountPoint();
        assertThat(registry.drainAll().block(LIMIT)).containsExactlyInAnyOrder(point + "/a", point + "/b/c");
        assertThat(clean.unmounts).containsExactly(new FakeMount.Unmount(Duration.ofSeconds(5), false));
        assertThat(stuck.unmounts)
                .containsExactly(
                        new FakeMount.Unmount(Duration.ofSeconds(5), false),
                        new FakeMount.Unmount(Duration.ZERO, true));
        assertThat(registry.list()).isEmpty();
        assertThat(meters.getMeters()).isEmpty();
    }

    @Test
    void drain_tellsAMountThatOnlyHasRemovalsLeft() throws IOException {
        FakeMount stuck = mounted("stuck");
        stuck.deletesQueued = 1;
        FakeMount ended = mounted("ended");
        ended.deletesQueued = 1;
        ended.endFromOutside();
        assertThat(registry.drainAll().block(LIMIT))
                .containsExactlyInAnyOrder(
                        stuck.spec().mountPoint().toString(),
                        ended.spec().mountPoint().toString());
    }

    @Test
    void afterTheDrainBegan_nothingNewIsMounted() throws IOException {
        assertThat(registry.drainAll().block(LIMIT)).isEmpty();
        StepVerifier.create(registry.mount(spec("late"), false))
                .expectErrorSatisfies(
                        e -> assertThat(((MountException) e).code()).isEqualTo(ProblemCode.SHUTTING_DOWN))
                .verify(LIMIT);
    }

    @Test
    void mountThatIsStillStarting_isDrainedOnceItServes() throws IOException {
        Sinks.Empty<Void> gate = Sinks.empty();
        agent.gates.add(gate.asMono());
        MountSpec spec = spec("slow");
        StepVerifier.create(registry.mount(spec, false))
                .then(() -> org.awaitility.Awaitility.await()
                        .until(() -> registry.list().size() == 1
                                && registry.list().getFirst().state() == MountState.STARTING
                                && !agent.threads.isEmpty()))
                .then(() -> {
                    StepVerifier.create(registry.drainAll())
                            .then(gate::tryEmitEmpty)
                            .expectNext(List.of())
                            .expectComplete()
                            .verify(LIMIT);
                })
                .expectNextCount(1)
                .expectComplete()
                .verify(LIMIT);
        assertThat(agent.mount(spec.id()).unmounts).hasSize(1);
    }

    @Test
    void requestThatIsCancelled_mountsAllTheSame() throws IOException {
        Sinks.Empty<Void> gate = Sinks.empty();
        agent.gates.add(gate.asMono());
        MountSpec spec = spec("cancelled");
        StepVerifier.create(registry.mount(spec, false))
                .then(() -> org.awaitility.Awaitility.await().until(() -> !agent.threads.isEmpty()))
                .thenCancel()
                .verify(LIMIT);
        gate.tryEmitEmpty();
        MountRegistry.Mounted repeat = registry.mount(spec, false).block(LIMIT);
        assertThat(repeat.created()).isFalse();
        assertThat(repeat.view().state()).isEqualTo(MountState.READY);
    }

    @Test
    void declaredMountThatFails_staysFailed_untilItIsMadeOrForgotten() throws IOException {
        MountSpec spec = spec("declared");
        agent.failures.add(new MountException(ProblemCode.HUB_UNAVAILABLE, "down"));
        StepVerifier.create(registry.mount(spec, true))
                .expectError(MountException.class)
                .verify(LIMIT);
        assertThat(registry.view(spec.id()).state()).isEqualTo(MountState.FAILED);
        assertThat(registry.view(spec.id()).error()).isEqualTo("down");
        assertThat(registry.isServing(spec.id())).isFalse();
        assertThat(registry.mount(spec, true).block(LIMIT).created()).isTrue();
        assertThat(registry.isServing(spec.id())).isTrue();
        agent.mount(spec.id()).endFromOutside();
        agent.failures.add(new MountException(ProblemCode.UNKNOWN_BUCKET, "gone"));
        StepVerifier.create(registry.mount(spec, true))
                .expectError(MountException.class)
                .verify(LIMIT);
        assertThat(registry.unmount(spec.id(), Optional.empty(), false)
                        .block(LIMIT)
                        .unmounted())
                .isTrue();
        assertThat(registry.list()).isEmpty();
    }

    @Test
    void drain_mountThatCannotBeDetached_isToldAndDoesNotKeepTheOthers() throws IOException {
        FakeMount broken = mounted("broken");
        broken.unmountFailure = new IllegalStateException("no");
        FakeMount slow = mounted("slow");
        Sinks.Empty<Void> gate = Sinks.empty();
        slow.drainGate = gate.asMono();
        StepVerifier.create(registry.drainAll())
                .then(() -> org.awaitility.Awaitility.await().until(() -> broken.unmounts.size() == 2))
                .then(gate::tryEmitEmpty)
                .expectNext(List.of(broken.spec().mountPoint().toString()))
                .expectComplete()
                .verify(LIMIT);
        assertThat(slow.unmounts).containsExactly(new FakeMount.Unmount(Duration.ofSeconds(5), false));
    }

    @Test
    void drain_whileAnUnmountWithALongerLimitRuns_detachesAfterItsOwnLimit() throws IOException {
        FakeMount stuck = mounted("stuck");
        stuck.drainGate = Mono.never();
        stuck.unpublished = List.of("a");
        registry.unmount(stuck.spec().id(), Optional.of(Duration.ofHours(24)), false)
                .subscribe();
        assertThat(registry.drainAll().block(LIMIT))
                .containsExactly(stuck.spec().mountPoint() + "/a");
        assertThat(stuck.unmounts).endsWith(new FakeMount.Unmount(Duration.ZERO, true));
    }

    @Test
    void drain_tellsWhatAMountThatEndedBeforeLeftUnpublished() throws IOException {
        FakeMount gone = mounted("gone");
        gone.unpublished = List.of("a");
        gone.endFromOutside();
        org.awaitility.Awaitility.await()
                .until(() -> registry.view(gone.spec().id()).state() == MountState.FAILED);
        assertThat(registry.drainAll().block(LIMIT)).containsExactly(gone.spec().mountPoint() + "/a");
    }

    @Test
    void unmountWhoseClientLeaves_andThatDoesNotUnmount_leavesTheMountServing() throws IOException {
        FakeMount mount = mounted("left");
        Sinks.Empty<Void> gate = Sinks.empty();
        mount.drainGate = gate.asMono();
        mount.unpublished = List.of("a");
        StepVerifier.create(registry.unmount(mount.spec().id(), Optional.empty(), false))
                .thenCancel()
                .verify(LIMIT);
        gate.tryEmitEmpty();
        assertThat(registry.mount(mount.spec(), false).block(LIMIT).created()).isFalse();
    }
}
