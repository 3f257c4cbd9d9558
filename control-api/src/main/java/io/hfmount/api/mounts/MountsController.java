package io.hfmount.api.mounts;

import io.hfmount.agent.MountException;
import io.hfmount.api.problem.ProblemException;
import io.hfmount.api.request.Durations;
import io.hfmount.api.request.MountRequests;
import io.hfmount.model.RemotePath;
import io.hfmount.model.api.FlushReport;
import io.hfmount.model.api.FlushRequest;
import io.hfmount.model.api.MountRequest;
import io.hfmount.model.api.MountView;
import io.hfmount.model.api.Problem;
import io.hfmount.model.api.ProblemCode;
import io.hfmount.model.api.UnmountReport;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The routes {@code /v1/mounts…}; {@code /mounts…} means the same. */
@RestController
@RequestMapping(
        path = {"/v1/mounts", "/mounts"},
        produces = MediaType.APPLICATION_JSON_VALUE)
public final class MountsController {
    private static final String ROUTE = "/v1/mounts/";
    private static final Duration FLUSH_TIMEOUT = Duration.ofMinutes(5);
    private static final int MOST_PATHS = 10_000;

    private final MountRegistry registry;

    MountsController(MountRegistry registry) {
        this.registry = registry;
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<MountView>> create(@RequestBody MountRequest request) {
        return Mono.defer(() -> registry.mount(MountRequests.parse(request), false))
                .map(mounted -> mounted.created()
                        ? ResponseEntity.created(
                                        URI.create(ROUTE + mounted.view().id()))
                                .body(mounted.view())
                        : ResponseEntity.ok(mounted.view()));
    }

    @GetMapping
    Mono<List<MountView>> list() {
        return Mono.fromCallable(registry::list).subscribeOn(Schedulers.boundedElastic());
    }

    @GetMapping("/{id}")
    Mono<MountView> view(@PathVariable("id") String id) {
        return Mono.fromCallable(() -> registry.view(id)).subscribeOn(Schedulers.boundedElastic());
    }

    @PostMapping("/{id}/flush")
    Mono<FlushReport> flush(
            @PathVariable("id") String id, @RequestBody(required = false) @Nullable FlushRequest request) {
        return Mono.defer(() -> {
                    Duration timeout =
                            Durations.parse("timeout", request == null ? null : request.timeout(), FLUSH_TIMEOUT);
                    return registry.flush(id, paths(request), timeout);
                })
                .map(outcome -> {
                    if (outcome.timedOut()) {
                        throw new ProblemException(Problem.ofFlush(
                                "the time is up; what is left goes on in the background", outcome.report()));
                    }
                    return outcome.report();
                });
    }

    private static List<String> paths(@Nullable FlushRequest request) {
        List<@Nullable String> asked = request == null ? null : request.paths();
        if (asked == null) {
            return List.of();
        }
        if (asked.size() > MOST_PATHS) {
            throw new MountException(ProblemCode.BAD_PATH, "paths: at most " + MOST_PATHS + " are taken at once");
        }
        List<String> paths = new ArrayList<>(asked.size());
        for (String path : asked) {
            if (path == null || !RemotePath.isValid(path)) {
                throw new MountException(
                        ProblemCode.BAD_PATH,
                        "paths: each is relative to the mount, without a slash at either end and without '.' or '..'");
            }
            paths.add(path);
        }
        return paths;
    }

    @DeleteMapping("/{id}")
    Mono<UnmountReport> unmount(
            @PathVariable("id") String id,
            @RequestParam(name = "drain", required = false) @Nullable String drain,
            @RequestParam(name = "force", defaultValue = "false") boolean force) {
        return Mono.defer(() -> {
                    Optional<Duration> limit = drain == null
                            ? Optional.empty()
                            : Optional.of(Durations.parse("drain", drain, Duration.ZERO));
                    return registry.unmount(id, limit, force);
                })
                .map(outcome -> {
                    if (!outcome.unmounted()) {
                        throw new ProblemException(Problem.ofUnmount(
                                outcome.report().unpublished().size()
                                        + " files and "
                                        + outcome.report().deletesQueued()
                                        + " removals are not published; the mount goes on serving. Wait longer (drain),"
                                        + " or detach with force=true",
                                outcome.report()));
                    }
                    return outcome.report();
                });
    }
}
