package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.register.Registrar;
import io.hfmount.emulator.storage.register.RegistrationProgress;
import io.hfmount.emulator.storage.register.ShardRefusedException;
import io.hfmount.xet.shard.Shard;
import io.hfmount.xet.shard.ShardFormatException;
import io.hfmount.xet.shard.ShardReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Registration of files by shard (xet-protocol §9, §9.7, §14.3).
 *
 * <p>Version 2 answers after the registration is over, like version 1, as long as that takes no longer than the grace;
 * a refusal is then a plain 400. Only a longer registration is answered while it runs, with progress lines; a client
 * that goes away does not stop it.
 */
final class ShardRoutes {
    private static final Logger log = LoggerFactory.getLogger(ShardRoutes.class);
    private static final String NDJSON = "application/x-ndjson";

    private final StorageRequests requests;
    private final UploadBody bodies;
    private final Registrar registrar;
    private final Limits limits;

    /**
     * Bounds of shard requests.
     *
     * @param maxBytes most bytes of a shard
     * @param grace how long version 2 waits for a registration before it answers with progress; zero answers at once
     * @param heartbeat time between progress lines
     */
    record Limits(long maxBytes, Duration grace, Duration heartbeat) {}

    ShardRoutes(StorageRequests requests, UploadBody bodies, Registrar registrar, Limits limits) {
        this.requests = requests;
        this.bodies = bodies;
        this.registrar = registrar;
        this.limits = limits;
    }

    void register(Router router) {
        router.post("/v1/shards", requests.guarded(Scope.WRITE, this::registerV1));
        router.post("/v2/shards", requests.guarded(Scope.WRITE, this::registerV2));
    }

    private Mono<Answer> registerV1(Request request) {
        return receive(request)
                .flatMap(shard -> registration(shard, new RegistrationProgress()))
                .map(isNew -> Answer.json(200, Map.of("result", isNew ? 1 : 0)));
    }

    private Mono<Answer> registerV2(Request request) {
        return receive(request).flatMap(shard -> {
            RegistrationProgress progress = new RegistrationProgress();
            // cached, so that neither the end of the grace nor a lost client cancels it
            Mono<Boolean> registration = registration(shard, progress).cache();
            Mono<Answer> running = Mono.fromSupplier(() -> running(registration, progress));
            if (limits.grace().isZero()) {
                return running;
            }
            return Mono.firstWithSignal(
                    registration.map(isNew -> done(progress)),
                    Mono.delay(limits.grace()).then(running));
        });
    }

    private Mono<Shard> receive(Request request) {
        return bodies.receive(request, limits.maxBytes(), "shard", ShardRoutes::parse);
    }

    private static Shard parse(Path body) throws IOException {
        try {
            return ShardReader.readUpload(Files.readAllBytes(body));
        } catch (ShardFormatException e) {
            throw RefusedException.badRequest("the shard is refused: " + e.getMessage());
        }
    }

    private Mono<Boolean> registration(Shard shard, RegistrationProgress progress) {
        return requests.onDisk(() -> {
            try {
                return registrar.register(shard, progress);
            } catch (ShardRefusedException e) {
                throw RefusedException.badRequest("the shard is refused: " + e.getMessage());
            }
        });
    }

    private static Answer done(RegistrationProgress progress) {
        byte[] state = line(progress.view());
        byte[] result = line(Map.of("type", "result"));
        return Answer.stream(
                200,
                NDJSON,
                state.length + result.length,
                Flux.just(Unpooled.wrappedBuffer(state), Unpooled.wrappedBuffer(result)));
    }

    private Answer running(Mono<Boolean> registration, RegistrationProgress progress) {
        Flux<byte[]> states = Flux.interval(Duration.ZERO, limits.heartbeat())
                .onBackpressureDrop()
                .map(tick -> line(progress.view()))
                .takeUntilOther(registration.onErrorComplete());
        Mono<byte[]> end = registration
                .map(isNew -> line(Map.of("type", "result")))
                .onErrorResume(e -> Mono.fromSupplier(() -> line(failure(e))));
        Flux<ByteBuf> lines = Flux.concat(states, end).map(Unpooled::wrappedBuffer);
        return Answer.stream(200, NDJSON, -1, lines);
    }

    private static Map<String, Object> failure(Throwable error) {
        boolean refused = error instanceof RefusedException;
        if (!refused) {
            log.error("a registration failed", error);
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("type", "error");
        line.put("message", refused ? String.valueOf(error.getMessage()) : "storage failed; try again");
        line.put("retryable", !refused);
        return line;
    }

    private static byte[] line(RegistrationProgress.View view) {
        Map<String, Object> line = new LinkedHashMap<>();
        switch (view.stage()) {
            case VALIDATING -> {
                line.put("type", "validating");
                line.put("verified", view.verified());
                line.put("total", view.total());
            }
            case COMMITTING -> {
                line.put("type", "committing");
                line.put("stage", "syncing");
            }
        }
        return line(line);
    }

    private static byte[] line(Map<String, ?> value) {
        byte[] json = Json.bytes(value);
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }
}
