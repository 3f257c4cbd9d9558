package io.hfmount.api.mounts;

import io.hfmount.agent.MountException;
import io.hfmount.agent.MountSpec;
import io.hfmount.api.config.DeclaredMount;
import io.hfmount.api.config.SidecarProperties;
import io.hfmount.api.request.MountRequests;
import io.hfmount.model.api.ProblemCode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Makes the mounts of {@code hfmount.mounts[]} at start, all at once, and tells readiness whether they serve. While the
 * Hub cannot be reached it tries for five minutes (mount-semantics §8.1); what fails for another reason stays FAILED.
 */
@Component("declaredMounts")
public final class DeclaredMounts implements ApplicationRunner, ReactiveHealthIndicator {
    private static final Logger LOG = LoggerFactory.getLogger(DeclaredMounts.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONGEST_TRIAL = Duration.ofMinutes(5);
    /** 1 + 2 + 4 + 8 + 16 s, then every 30 s, is five minutes. */
    private static final long TRIES = 5 + LONGEST_TRIAL.dividedBy(LONGEST_PAUSE);

    private final MountRegistry registry;
    private final List<MountSpec> specs;
    /** Ids of those that were made. */
    private final Set<String> made = ConcurrentHashMap.newKeySet();

    private final Sinks.Empty<Void> settled = Sinks.empty();

    DeclaredMounts(MountRegistry registry, SidecarProperties properties) {
        this.registry = registry;
        this.specs = properties.mounts().stream()
                .map(DeclaredMount::toRequest)
                .map(MountRequests::parse)
                .toList();
    }

    @Override
    public void run(ApplicationArguments arguments) {
        Flux.fromIterable(specs)
                .flatMap(spec -> registry.mount(spec, true)
                        .retryWhen(Retry.backoff(TRIES, FIRST_PAUSE)
                                .maxBackoff(LONGEST_PAUSE)
                                .jitter(0)
                                .filter(DeclaredMounts::isTransient)
                                .doBeforeRetry(s -> LOG.warn(
                                        "mount of {} will be tried again: {}",
                                        spec.source(),
                                        s.failure().getMessage())))
                        .doOnNext(mounted -> made.add(mounted.view().id()))
                        .onErrorResume(failure -> {
                            LOG.error(
                                    "declared mount of {} at {} cannot be made: {}",
                                    spec.source(),
                                    spec.mountPoint(),
                                    failure.getMessage());
                            return Mono.empty();
                        }))
                .then()
                .subscribe(ignored -> {}, settled::tryEmitError, settled::tryEmitEmpty);
    }

    /** Completes when every declared mount serves or has failed for good. */
    public Mono<Void> settled() {
        return settled.asMono();
    }

    /** Ids of the declared mounts that serve. */
    public List<String> serving() {
        return made.stream().filter(registry::isServing).toList();
    }

    private static boolean isTransient(Throwable failure) {
        return failure instanceof MountException mount && mount.code() == ProblemCode.HUB_UNAVAILABLE;
    }

    @Override
    public Mono<Health> health() {
        return Mono.fromSupplier(() -> {
                    int up = serving().size();
                    Health.Builder health = up == specs.size() ? Health.up() : Health.down();
                    return health.withDetail("declared", specs.size())
                            .withDetail("serving", up)
                            .build();
                })
                .subscribeOn(Schedulers.boundedElastic());
    }
}
